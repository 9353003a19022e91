/** Before anybody is signed in. */
import type { ConsoleSettings } from '../../policy/console-answers.ts'
import { Icon } from './parts/icon.tsx'
import { useSession } from './session.ts'
import type { Arrival } from './sign-in.ts'

/** What a provider answers where it would have had to ask the person something (OpenID Connect Core section 3.1.2.6). */
const NEEDS_PERSON: ReadonlySet<string> = new Set(['login_required', 'interaction_required', 'consent_required'])

interface WelcomeProps {
  readonly settings: ConsoleSettings
  readonly arrival: Arrival
}

export function Welcome({ settings, arrival }: WelcomeProps) {
  const { signIn } = useSession()
  return (
    <main class="gate">
      <div class="panel">
        <div class="stack">
          <h1>Scopewall</h1>
          <p class="quiet">
            The console of the environment <strong>{settings.environment}</strong>. What you may see here, your token's
            scopes say.
          </p>
          {arrival.kind === 'failed' && NEEDS_PERSON.has(arrival.code) && (
            <div class="banner" role="status">
              <p>Your sign-in has ended. Sign in again: you come back to where you were.</p>
            </div>
          )}
          {arrival.kind === 'failed' && !NEEDS_PERSON.has(arrival.code) && (
            <div class="banner bad" role="alert">
              <Icon name="warn" size={14} />
              <p>
                Signing in failed ({arrival.code}). {arrival.detail}
              </p>
            </div>
          )}
          <button type="button" class="button primary" onClick={() => signIn()}>
            Sign in
          </button>
          {settings.signIn.kind === 'oauth' && <p class="faint small wrap">At {settings.signIn.issuer}</p>}
        </div>
      </div>
    </main>
  )
}
