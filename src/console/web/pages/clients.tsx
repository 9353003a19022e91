import { Page, Panel } from '../parts/panel.tsx'
import { Notice } from '../parts/shown.tsx'
import type { ViewProps } from './view.ts'

export const ClientsPage = (_: ViewProps) => (
  <Page title="Clients">
    <Panel>
      <Notice title="Not here yet">The command line has it.</Notice>
    </Panel>
  </Page>
)
