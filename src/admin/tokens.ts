/** The route that tells which tokens were seen lately. What it knows is in audit/ledger.ts; nobody's standing rests on it. */
import { treatSubject } from '../audit/sightings.ts'
import type { AdminRoute } from '../policy/admin-routes.ts'
import { parseTokenQuery } from '../policy/token-query.ts'
import { json, problem } from './answers.ts'
import type { Handler } from './call.ts'
import type { AdminParts } from './parts.ts'

type TokenRoute = Extract<AdminRoute, `GET /_scopewall/admin/tokens`>

export const tokenHandlers = ({
  gate,
  ledger,
}: Pick<AdminParts, 'gate' | 'ledger'>): Readonly<Record<TokenRoute, Handler>> => ({
  async 'GET /_scopewall/admin/tokens'({ target }) {
    const { tokenAudit } = gate.environment
    if (tokenAudit === undefined) return problem(404, 'This environment remembers no tokens: `tokenAudit` is off.')
    if (ledger === undefined) return problem(404, 'This Worker remembers no tokens: the binding `LEDGER` is missing.')
    const query = parseTokenQuery(new URLSearchParams(target.query))
    if (!query.ok) return problem(400, `${query.error}.`)
    const { subject, ...others } = query.value
    if (subject === undefined) return json({ subjects: tokenAudit.subjects, ...(await ledger.ask(others)) })
    const remembered = await rememberedAs(subject, tokenAudit.subjects)
    if (remembered === undefined) return problem(400, 'This environment remembers no subjects.')
    return json({ subjects: tokenAudit.subjects, ...(await ledger.ask({ ...others, subject: remembered })) })
  },
})

/** Whoever asks names a person, or what an earlier answer had in their place. */
const HASHED = /^sha256:[0-9a-f]{32}$/

const rememberedAs: typeof treatSubject = async (subject, treatment) =>
  treatment === 'hashed' && HASHED.test(subject) ? subject : treatSubject(subject, treatment)
