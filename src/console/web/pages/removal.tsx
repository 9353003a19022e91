/** What would break if a scope were taken out of the map, or switched off. */

import type { ClientUsage } from '../../../policy/usage-answers.ts'
import { clientsOfScope } from '../model/client-usage.ts'
import { type MapIndex, type RouteView, removalOf, type ScopeView } from '../model/map-index.ts'
import { State } from '../parts/badge.tsx'
import { Disclosure, Panel } from '../parts/panel.tsx'
import { Clipped, Text } from '../parts/text.tsx'
import { count, plural } from '../parts/words.ts'
import { pathTo } from '../route.ts'
import { clientAddress } from '../use-usage.ts'

interface RemovalProps {
  readonly scope: ScopeView
  readonly index: MapIndex
  /** Undefined while it is not known. */
  readonly clients: readonly ClientUsage[] | undefined
  readonly days: number
}

export const Removal = (props: RemovalProps) => (
  <Panel title="If it were gone" note="taken out of the map, or suspended">
    <RemovalFacts {...props} />
  </Panel>
)

export function RemovalFacts({ scope, index, clients, days }: RemovalProps) {
  const { closed, narrowed, byImplication } = removalOf(scope, index)
  const users =
    clients === undefined ? undefined : clientsOfScope(clients, scope.name).filter(({ exercised }) => exercised > 0)
  const requests = users?.reduce((sum, { exercised }) => sum + exercised, 0)
  return (
    <ul class="stack tight sentences">
      {users !== undefined && (
        <li>
          <State tone={users.length > 0 ? 'bad' : 'good'}>
            {users.length > 0
              ? `${plural(users.length, 'client')} would be refused, with ${plural(requests ?? 0, 'request')} in the last ${days} days`
              : `Nobody used it in the last ${days} days`}
          </State>
          {users.length > 0 && (
            <Disclosure summary="Which clients">
              <ul class="lines plain">
                {users.map(({ client, exercised }) => (
                  <li key={client.client}>
                    <a class="grow" href={clientAddress(client)}>
                      <Clipped>{client.client ?? 'no client'}</Clipped>
                    </a>
                    <span>{count(exercised)}</span>
                  </li>
                ))}
              </ul>
            </Disclosure>
          )}
        </li>
      )}
      <Affected tone="bad" routes={closed} text="would let nobody in" />
      <Affected tone="warn" routes={narrowed} text="would still be open to whoever holds another scope" />
      <Affected tone="warn" routes={byImplication} text="would ask its holders for the scope that it implies" />
      {closed.length + narrowed.length + byImplication.length === 0 && (
        <li>
          <State tone="good">No route rests on it</State>
        </li>
      )}
    </ul>
  )
}

interface AffectedProps {
  readonly tone: 'bad' | 'warn'
  readonly routes: readonly RouteView[]
  readonly text: string
}

const MOST_LISTED = 50

const Affected = ({ tone, routes, text }: AffectedProps) =>
  routes.length === 0 ? null : (
    <li>
      <State tone={tone}>
        {plural(routes.length, 'route')} {text}
      </State>
      <Disclosure summary="Which routes">
        <ul class="lines plain">
          {routes.slice(0, MOST_LISTED).map(({ id }) => (
            <li key={id}>
              <a class="grow" href={pathTo('map', [], { route: id })}>
                <Text mono>{id}</Text>
              </a>
            </li>
          ))}
          {routes.length > MOST_LISTED && <li class="faint">and {count(routes.length - MOST_LISTED)} more</li>}
        </ul>
      </Disclosure>
    </li>
  )
