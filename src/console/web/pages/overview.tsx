import { Page, Panel } from '../parts/panel.tsx'
import { Notice } from '../parts/shown.tsx'
import type { ViewProps } from './view.ts'

export const OverviewPage = (_: ViewProps) => (
  <Page title="Overview">
    <Panel>
      <Notice title="Not here yet">The command line has it.</Notice>
    </Panel>
  </Page>
)
