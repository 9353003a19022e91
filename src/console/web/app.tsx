/** From opening the page to seeing something: the settings, the sign-in, the frame. */
import { useMemo, useState } from 'preact/hooks'
import type { ConsoleSettings } from '../../policy/console-answers.ts'
import { createAdmin } from './api/admin.ts'
import { createApiClient } from './api/client.ts'
import { Frame } from './frame.tsx'
import { type Session, SessionContext, type SignInWish } from './session.ts'
import { type Arrival, leaveToSignIn, type Token } from './sign-in.ts'
import { Welcome } from './welcome.tsx'

interface AppProps {
  readonly settings: ConsoleSettings
  readonly arrival: Arrival
}

export function App({ settings, arrival }: AppProps) {
  const [token, setToken] = useState<Token | undefined>(arrival.kind === 'signed-in' ? arrival.token : undefined)
  const session = useMemo(() => createSession(settings, token, () => setToken(undefined)), [settings, token])
  const isIn = settings.signIn.kind === 'access' || token !== undefined
  return (
    <SessionContext.Provider value={session}>
      {isIn ? <Frame /> : <Welcome settings={settings} arrival={arrival} />}
    </SessionContext.Provider>
  )
}

function createSession(settings: ConsoleSettings, token: Token | undefined, forget: () => void): Session {
  const { signIn } = settings
  const leave = (wish: SignInWish, silently: boolean) => {
    if (signIn.kind === 'access') location.reload()
    else void leaveToSignIn(signIn, { ...wish, scopes: [...(token?.scopes ?? []), ...(wish.scopes ?? [])] }, silently)
  }
  const credentials = (): Readonly<Record<string, string>> =>
    token === undefined ? BEHIND_ACCESS : { authorization: `Bearer ${token.text}` }
  return {
    settings,
    admin: createAdmin(createApiClient(credentials, () => mayLeaveSilently(token) && leave({}, true))),
    signIn: (wish = {}) => leave(wish, false),
    signOut: forget,
  }
}

/** What no other site's page can send: by it the gate tells this page's requests from those that a stranger made the browser send. */
const BEHIND_ACCESS = { 'x-scopewall-console': '1' }

/** A token that is refused as soon as it is there would be asked for without end. */
const YOUNGEST_MS = 60_000

/** An hour goes by while a page is open, and the provider still knows the person: nothing need be asked. Never while something is being written. */
function mayLeaveSilently(token: Token | undefined): boolean {
  const isWriting =
    document.querySelector('dialog[open]') !== null ||
    document.activeElement?.matches('input, textarea, select') === true
  return token !== undefined && Date.now() - token.at > YOUNGEST_MS && !isWriting && !document.hidden
}
