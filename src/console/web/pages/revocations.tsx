import { Page, Panel } from '../parts/panel.tsx'
import { Notice } from '../parts/shown.tsx'
import type { ViewProps } from './view.ts'

export const RevocationsPage = (_: ViewProps) => (
  <Page title="Revocations">
    <Panel>
      <Notice title="Not here yet">The command line has it.</Notice>
    </Panel>
  </Page>
)
