/** Where the console begins. */
import { render } from 'preact'
import type { ConsoleSettings } from '../../policy/console-answers.ts'
import { OWN_PREFIX } from '../../policy/reserved.ts'
import { App } from './app.tsx'
import { arrive } from './sign-in.ts'

async function start(root: HTMLElement): Promise<void> {
  const response = await fetch(`${OWN_PREFIX}console.json`, { cache: 'no-store' }).catch(() => undefined)
  if (response === undefined || !response.ok) {
    render(<Unavailable status={response?.status} />, root)
    return
  }
  const settings: ConsoleSettings = await response.json()
  const arrival = settings.signIn.kind === 'oauth' ? await arrive(settings.signIn) : ({ kind: 'none' } as const)
  render(<App settings={settings} arrival={arrival} />, root)
}

const Unavailable = ({ status }: { readonly status: number | undefined }) => (
  <main class="gate">
    <div class="panel">
      <div class="stack">
        <h1>Scopewall</h1>
        <p class="quiet" role="alert">
          {status === 404
            ? 'The console is not switched on: write `console: { clientId: <id> }` at this environment in gateway.yaml, and deploy (docs/console.md).'
            : 'The gate, or the identity provider that it names, does not answer at the moment. Load the page again in a little while.'}
        </p>
      </div>
    </div>
  </main>
)

const root = document.getElementById('app')
if (root !== null) void start(root)
