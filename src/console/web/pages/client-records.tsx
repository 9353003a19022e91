/** What is on record of one client: requests that were refused, tokens in use, revocations. */
import type { DecisionEvent } from '../../../policy/decision-event.ts'
import type { TokenSighting } from '../../../policy/token-audit.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Name } from '../parts/badge.tsx'
import { Panel } from '../parts/panel.tsx'
import { Notice, Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Clipped } from '../parts/text.tsx'
import { Ago } from '../parts/time.tsx'
import { count, shortCount } from '../parts/words.ts'
import { pathTo } from '../route.ts'
import { useAdmin } from '../session.ts'
import { Marks } from './marks.tsx'

export function Refusals({ client }: { readonly client: string }) {
  const admin = useAdmin()
  const answer = useAnswer(`refusals of ${client}`, (signal) =>
    admin.decisions({ client, outcome: 'deny', limit: 50 }, signal),
  )
  return (
    <Panel title="Refused lately" flush>
      <Shown answer={answer} lines={3}>
        {({ decisions }) => (
          <Table
            label="Requests that were refused"
            columns={REFUSAL_COLUMNS}
            rows={decisions}
            keyOf={({ decision }) => decision}
            href={({ decision }) => pathTo('why', [decision])}
            empty={
              <Notice icon="good" title="Nothing was refused">
                As far back as single decisions are kept.
              </Notice>
            }
          />
        )}
      </Shown>
    </Panel>
  )
}

const REFUSAL_COLUMNS: readonly Column<DecisionEvent>[] = [
  { title: 'When', width: '104px', cell: ({ at }) => <Ago at={at} />, by: ({ at }) => at },
  {
    title: 'Why',
    width: '190px',
    cell: ({ codes }) => <Name>{codes?.[0] ?? 'refused'}</Name>,
    by: ({ codes }) => codes?.[0] ?? '',
  },
  {
    title: 'Route',
    cell: ({ rule, method, shape }) => <Clipped>{rule ?? `${method ?? ''} ${shape ?? 'no rule'}`}</Clipped>,
  },
  {
    title: 'Missing',
    width: '220px',
    isWide: true,
    cell: ({ missing }) => missing !== undefined && <Clipped>{missing.join(' ')}</Clipped>,
  },
]

export function Tokens({ client, issuer }: { readonly client: string; readonly issuer: string }) {
  const admin = useAdmin()
  const answer = useAnswer(`tokens of ${issuer} ${client}`, (signal) =>
    admin.tokens({ client, issuer, limit: 50 }, signal),
  )
  return (
    <Panel title="Tokens in use" note="the longest left first" flush>
      <Shown answer={answer} lines={3}>
        {({ tokens = [], kept }) => (
          <>
            <Table
              label="Tokens of this client"
              columns={TOKEN_COLUMNS}
              rows={tokens}
              keyOf={({ fingerprint }) => fingerprint}
              empty={<Notice title="No token is in use">None that is alive was seen in the last days.</Notice>}
            />
            {kept > tokens.length && (
              <p class="table-foot faint small">
                {count(kept - tokens.length)} more: <code>scopewall tokens</code> lists all.
              </p>
            )}
          </>
        )}
      </Shown>
    </Panel>
  )
}

const TOKEN_COLUMNS: readonly Column<TokenSighting>[] = [
  {
    title: 'Fingerprint',
    width: '160px',
    cell: ({ fingerprint }) => (
      <span class="mono" title={fingerprint}>
        {fingerprint.slice(0, 12)}
      </span>
    ),
  },
  {
    title: 'Subject',
    isWide: true,
    cell: ({ subject }) => <Clipped>{subject ?? 'not remembered'}</Clipped>,
    by: ({ subject }) => subject ?? '',
  },
  { title: 'Scopes', cell: ({ scopes }) => <Clipped>{scopes.join(' ')}</Clipped>, by: ({ scopes }) => scopes.length },
  {
    title: 'Ends',
    width: '96px',
    cell: ({ expiresAt }) => (expiresAt === undefined ? 'no end' : <Ago at={expiresAt * 1000} />),
    by: ({ expiresAt }) => expiresAt ?? Number.POSITIVE_INFINITY,
  },
  {
    title: 'Last seen',
    width: '100px',
    isWide: true,
    cell: ({ lastSeen }) => <Ago at={lastSeen * 1000} />,
    by: ({ lastSeen }) => lastSeen,
  },
  {
    title: 'Uses',
    width: '72px',
    isNumber: true,
    isWide: true,
    cell: ({ uses }) => shortCount(uses),
    by: ({ uses }) => uses,
  },
  {
    title: 'Revoke',
    width: '84px',
    cell: ({ fingerprint }) => (
      <a href={pathTo('revocations', ['new'], { kind: 'fingerprint', value: fingerprint })}>Revoke…</a>
    ),
  },
]

export function Revocations({ client, issuer }: { readonly client: string; readonly issuer: string }) {
  const admin = useAdmin()
  const answer = useAnswer(`marks of ${issuer} ${client}`, (signal) =>
    admin.marks({ active: false, kind: 'client', value: client, issuer, limit: 20 }, signal),
  )
  return (
    <Panel title="Revocations" flush>
      <Shown answer={answer} lines={2}>
        {({ marks }) =>
          marks.length === 0 ? (
            <Notice title="It was never revoked">Its tokens may have been, one by one.</Notice>
          ) : (
            <Marks marks={marks} />
          )
        }
      </Shown>
    </Panel>
  )
}
