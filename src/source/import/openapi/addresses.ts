/** Servers -> the addresses that rules can have, and what is to be said of the rest. */
import { isHostPattern } from '../../address.ts'
import { quoted } from '../../diagnostic.ts'
import type { ApiServer, ServerAddress } from '../../openapi/api.ts'
import type { ImportFinding } from '../imported.ts'
import type { SourceAddress } from '../operation.ts'

export interface AddressReading {
  readonly addresses: readonly SourceAddress[]
  readonly findings: readonly ImportFinding[]
}

/** `hosts`, where the user gives some, stand in for all that the description names; base paths stay. */
export function addressesOf(servers: readonly ApiServer[], hosts: readonly string[]): AddressReading {
  const all = servers.flatMap((server) => server.addresses.map((address) => ({ server, address })))
  const opened = all.filter(({ address }) => address.open === 'path').map(({ server }) => openFinding(server))
  if (hosts.length > 0) {
    const basePaths = [...new Set(all.map(({ address }) => address.basePath))]
    return { addresses: hosts.flatMap((host) => basePaths.map((basePath) => ({ host, basePath }))), findings: opened }
  }
  const usable = all.filter(({ address }) => faultOf(address) === undefined)
  const unusable = all.filter((each) => !usable.includes(each))
  if (usable.length > 0)
    return {
      addresses: usable.map(({ address: { host, basePath } }) => ({ ...(host !== undefined && { host }), basePath })),
      findings: [...unusable.map(({ server, address }) => leftOut(server, address)), ...opened],
    }
  const basePaths = [...new Set(all.map(({ address }) => address.basePath))]
  return {
    addresses: basePaths.map((basePath) => ({ basePath })),
    findings: [...unusable.map(({ server, address }) => onDefault(server, address)), ...opened],
  }
}

/** Machines that no edge stands in front of. */
const LOCAL = /^(?:localhost|127\.[0-9.]+|0\.0\.0\.0|\[::1?\]|.*\.(?:localhost|local))$/

function faultOf({ host, open }: ServerAddress): string | undefined {
  if (open === 'host') return 'has a host that is filled in elsewhere'
  if (host === undefined) return 'names no host'
  if (LOCAL.test(host)) return 'is a machine of its own'
  return isHostPattern(host) ? undefined : 'has no host that a map could name'
}

const constructOf = ({ url }: ApiServer): string => `server ${url === '' ? '/' : url}`

const leftOut = (server: ApiServer, address: ServerAddress): ImportFinding => ({
  construct: constructOf(server),
  at: server.at,
  verdict: 'unrepresentable',
  message: `it ${faultOf(address)}, so nothing is mapped there`,
  help: '`--host` names the hosts to map instead of those of the description',
})

const onDefault = (server: ApiServer, address: ServerAddress): ImportFinding => ({
  construct: constructOf(server),
  at: server.at,
  verdict: 'exact',
  message: `it ${faultOf(address)}, so the rules stand on the hosts of \`gateway.yaml\``,
  help: '`--host` names others',
})

const openFinding = (server: ApiServer): ImportFinding => ({
  construct: constructOf(server),
  at: server.at,
  verdict: 'stricter',
  message: `a variable of ${quoted(server.url)} may have any value, and only its default is mapped`,
})
