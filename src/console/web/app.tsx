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
  return {
    settings,
    admin: createAdmin(createApiClient(() => (token === undefined ? {} : { authorization: `Bearer ${token.text}` }))),
    signIn(wish: SignInWish = {}) {
      if (signIn.kind === 'access') location.reload()
      else void leaveToSignIn(signIn, { ...wish, scopes: [...(token?.scopes ?? []), ...(wish.scopes ?? [])] })
    },
    signOut: forget,
  }
}
