/** Who is signed in, for as long as this page is open: the token is here and nowhere else. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { ConsoleSettings } from '../../policy/console-answers.ts'
import type { Admin } from './api/admin.ts'

/** What a new sign-in has to bring. */
export interface SignInWish {
  readonly scopes?: readonly string[]
  readonly acrValues?: readonly string[]
  readonly maxAgeSeconds?: number
}

export interface Session {
  readonly settings: ConsoleSettings
  readonly admin: Admin
  /** Leaves the page, and comes back to the same address. */
  readonly signIn: (wish?: SignInWish) => void
  readonly signOut: () => void
}

export const SessionContext = createContext<Session | undefined>(undefined)

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === undefined) throw new TypeError('outside of a session')
  return session
}

export const useAdmin = (): Admin => useSession().admin
