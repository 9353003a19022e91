import { Page, Panel } from '../parts/panel.tsx'
import { Notice } from '../parts/shown.tsx'
import type { ViewProps } from './view.ts'

export const ScopesPage = (_: ViewProps) => (
  <Page title="Scopes">
    <Panel>
      <Notice title="Not here yet">The command line has it.</Notice>
    </Panel>
  </Page>
)
