import { Page, Panel } from '../parts/panel.tsx'
import { Notice } from '../parts/shown.tsx'
import type { ViewProps } from './view.ts'

export const TailPage = (_: ViewProps) => (
  <Page title="Tail">
    <Panel>
      <Notice title="Not here yet">The command line has it.</Notice>
    </Panel>
  </Page>
)
