/** The demo's clients, as data: the issuer registers them, the token command and the tests ask for tokens in their name. */

export interface DemoClient {
  readonly id: string
  /** `client`: the client acts for itself (RFC 6749 section 4.4). `person`: a person logs in (section 4.1 with PKCE). */
  readonly acts: 'client' | 'person'
  readonly description: string
  /** Absent for a public client. It protects nothing: the demo's issuer listens on the loopback address alone. */
  readonly secret?: string
  readonly mayAskFor: (scope: string) => boolean
  /** It runs in a browser at this address, on any port (RFC 8252 section 7.3). Absent: it goes back to the issuer's own page. */
  readonly page?: string
}

export const DEMO_CLIENTS: readonly DemoClient[] = [
  {
    id: 'partner',
    acts: 'client',
    description: 'a business partner that reads, every night',
    secret: 'partner-demo-secret',
    mayAskFor: (scope) => scope.endsWith(':read'),
  },
  {
    id: 'support',
    acts: 'person',
    description: 'the support desk: a person logs in, with --acr as strongly as asked',
    mayAskFor: () => true,
  },
  {
    id: 'billing',
    acts: 'client',
    description: 'the billing run, with wide scopes',
    secret: 'billing-demo-secret',
    mayAskFor: () => true,
  },
  {
    id: 'legacy',
    acts: 'client',
    description: 'an old integration that still asks for the deprecated invoices:write',
    secret: 'legacy-demo-secret',
    mayAskFor: (scope) => scope === 'invoices:write',
  },
  {
    id: 'reporting',
    acts: 'client',
    description: 'the reporting tool, which holds more than it needs',
    secret: 'reporting-demo-secret',
    mayAskFor: (scope) => /^(reports|customers):/.test(scope),
  },
  {
    id: 'shop',
    acts: 'client',
    description: 'a shop that was set up with too few scopes',
    secret: 'shop-demo-secret',
    mayAskFor: (scope) => scope === 'invoices:read',
  },
  {
    id: 'courier',
    acts: 'client',
    description: 'a courier that is being moved behind the gate, and is observed for now',
    secret: 'courier-demo-secret',
    mayAskFor: (scope) => scope === 'customers:read',
  },
  {
    id: 'console',
    acts: 'person',
    description: "the gate's own console, in a browser",
    mayAskFor: (scope) => scope.startsWith('scopewall:'),
    page: 'http://localhost/_scopewall/',
  },
]

/** Returns the client of this id, or undefined. */
export const findClient = (id: string): DemoClient | undefined => DEMO_CLIENTS.find((client) => client.id === id)

/** Where a person's login ends: a page of the issuer itself. The token command reads the code off the redirect to it. */
export const callbackUrl = (issuer: string): string => `${issuer}/callback`
