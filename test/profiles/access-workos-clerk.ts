/** Tokens of Cloudflare Access, WorkOS and Clerk, in the shapes of their documentation. */
import { type ProfileFixture, TIMES } from './fixture.ts'

const API = 'https://api.example.com'

const AUD_TAG = '32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228'

const ACCESS = {
  profile: 'cloudflare-access',
  issuer: 'https://example.cloudflareaccess.com',
  audience: AUD_TAG,
  // Of Access for SaaS, whose issuer has a path of its own in truth.
  idToken: {
    header: { alg: 'RS256', typ: 'JWT', kid: 'access-1' },
    claims: {
      ...TIMES,
      iss: 'https://example.cloudflareaccess.com',
      aud: AUD_TAG,
      sub: '7335d417-61da-459d-899c-0a01c76a2f94',
      email: 'jane@example.com',
      groups: ['staff'],
      custom: { scope: 'invoices:read' },
    },
  },
} as const

const access: readonly ProfileFixture[] = [
  {
    ...ACCESS,
    variant: 'person',
    accessToken: {
      header: { alg: 'RS256', typ: 'JWT', kid: 'access-1' },
      claims: {
        ...TIMES,
        nbf: TIMES.iat,
        aud: [AUD_TAG],
        email: 'jane@example.com',
        iss: ACCESS.issuer,
        type: 'app',
        identity_nonce: '6ei69kawdKzMIAPF',
        sub: '7335d417-61da-459d-899c-0a01c76a2f94',
        custom: { scope: ['invoices:read', 'invoices:write'] },
        country: 'US',
      },
    },
    refused: [
      {
        what: 'the global session token of the team domain',
        header: { alg: 'RS256', typ: 'JWT', kid: 'access-1' },
        claims: {
          ...TIMES,
          aud: AUD_TAG,
          iss: ACCESS.issuer,
          type: 'org',
          sub: '7335d417-61da-459d-899c-0a01c76a2f94',
        },
      },
    ],
    expected: {
      scopes: ['invoices:read', 'invoices:write'],
      client: undefined,
      subject: '7335d417-61da-459d-899c-0a01c76a2f94',
    },
  },
  {
    ...ACCESS,
    variant: 'service token',
    accessToken: {
      header: { alg: 'RS256', typ: 'JWT', kid: 'access-1' },
      claims: {
        ...TIMES,
        type: 'app',
        aud: [AUD_TAG],
        iss: ACCESS.issuer,
        common_name: 'e367826f93b8d71185e03fe518aff3b4.access',
        sub: '',
      },
    },
    expected: { scopes: [], client: 'e367826f93b8d71185e03fe518aff3b4.access', subject: undefined },
  },
]

const WORKOS = {
  profile: 'workos',
  issuer: 'https://example.authkit.app',
  audience: API,
  idToken: {
    header: { alg: 'RS256', kid: 'sso_oidc_key_pair_01EXAMPLE' },
    claims: {
      ...TIMES,
      iss: 'https://example.authkit.app',
      aud: API,
      sub: 'user_01JQ0E27VT3MH79RY0FVA4QBP9',
      name: 'Jane Doe',
      email: 'jane@example.com',
      email_verified: true,
    },
  },
} as const

const SESSION_ISSUER = 'https://api.workos.com/user_management/client_01EXAMPLE'

const SESSION = {
  ...TIMES,
  iss: SESSION_ISSUER,
  sub: 'user_01JQ0E27VT3MH79RY0FVA4QBP9',
  org_id: 'org_01HRDMC6CM357W30QMHMQ96Q0S',
  role: 'member',
  roles: ['member'],
  permissions: ['invoices:read', 'invoices:write'],
  entitlements: ['audit-logs'],
  sid: 'session_01HQSXZGF8FHF7A9ZZFCW4387R',
  jti: '01HQSXZXPPFPKMDD32RKTFY6PV',
} as const

const workos: readonly ProfileFixture[] = [
  {
    ...WORKOS,
    variant: 'Connect, user',
    accessToken: {
      header: { alg: 'RS256', kid: 'sso_oidc_key_pair_01EXAMPLE' },
      claims: {
        ...TIMES,
        iss: WORKOS.issuer,
        aud: API,
        sub: 'user_01JQ0E27VT3MH79RY0FVA4QBP9',
        client_id: 'client_01JP8BD0CZ401TDF9X54NT5ZEK',
        org_id: 'org_01HRDMC6CM357W30QMHMQ96Q0S',
        sid: 'app_consent_01JQ0E27WE4K1RCMH7Q094M1GJ',
        scope: 'openid invoices:read',
        jti: '01JQ0E27ZXE4XNHVP870S6PWYN',
      },
    },
    expected: {
      scopes: ['openid', 'invoices:read'],
      client: 'client_01JP8BD0CZ401TDF9X54NT5ZEK',
      subject: 'user_01JQ0E27VT3MH79RY0FVA4QBP9',
    },
  },
  {
    ...WORKOS,
    variant: 'Connect, M2M',
    audience: 'client_01ENVIRONMENT',
    idToken: {
      header: WORKOS.idToken.header,
      claims: { ...WORKOS.idToken.claims, aud: 'client_01ENVIRONMENT' },
    },
    accessToken: {
      header: { alg: 'RS256', kid: 'sso_oidc_key_pair_01EXAMPLE' },
      claims: {
        ...TIMES,
        iss: WORKOS.issuer,
        aud: 'client_01ENVIRONMENT',
        sub: 'client_01JM2MEXAMPLE',
        client_id: 'client_01JM2MEXAMPLE',
        org_id: 'org_01HRDMC6CM357W30QMHMQ96Q0S',
        scope: 'invoices:read',
        jti: '01JQ0E28AXE4XNHVP870S6PWYN',
      },
    },
    expected: { scopes: ['invoices:read'], client: 'client_01JM2MEXAMPLE', subject: 'client_01JM2MEXAMPLE' },
  },
  {
    profile: 'workos',
    variant: 'AuthKit session with an audience',
    issuer: SESSION_ISSUER,
    audience: API,
    idToken: { header: WORKOS.idToken.header, claims: { ...WORKOS.idToken.claims, iss: SESSION_ISSUER } },
    accessToken: {
      header: { alg: 'RS256', kid: 'sso_oidc_key_pair_01EXAMPLE' },
      claims: { ...SESSION, aud: API },
    },
    refused: [
      {
        what: 'an AuthKit session token without an audience',
        header: { alg: 'RS256', kid: 'sso_oidc_key_pair_01EXAMPLE' },
        claims: SESSION,
      },
    ],
    expected: { scopes: ['invoices:read', 'invoices:write'], client: undefined, subject: SESSION.sub },
  },
]

const CLERK = {
  profile: 'clerk',
  issuer: 'https://clerk.example.com',
  audience: API,
  idToken: {
    header: { alg: 'RS256', typ: 'JWT', kid: 'ins_example' },
    claims: {
      ...TIMES,
      iss: 'https://clerk.example.com',
      aud: API,
      sub: 'user_2vYVexample',
      email: 'jane@example.com',
    },
  },
} as const

const CLERK_OAUTH = {
  ...TIMES,
  iss: CLERK.issuer,
  aud: API,
  sub: 'user_2vYVexample',
  client_id: 'client_2VTWUzvGexample',
  jti: 'oat_2xKa9Bgv7Nexample',
} as const

const clerk: readonly ProfileFixture[] = [
  {
    ...CLERK,
    variant: 'OAuth, scopes as a string',
    accessToken: {
      header: { alg: 'RS256', typ: 'at+jwt', kid: 'ins_example' },
      claims: { ...CLERK_OAUTH, scope: 'profile invoices:read' },
    },
    refused: [
      {
        what: 'a session token with an audience',
        header: { alg: 'RS256', typ: 'JWT', kid: 'ins_example', cat: 'cl_B7d4PD111AAA' },
        claims: {
          ...TIMES,
          nbf: TIMES.iat,
          iss: CLERK.issuer,
          aud: API,
          azp: 'https://app.example.com',
          fva: [7, -1],
          jti: 'a1b2c3d4e5f6',
          sid: 'sess_2GbDB4example',
          sts: 'active',
          sub: 'user_2vYVexample',
          v: 2,
          scope: 'invoices:read',
        },
      },
      {
        what: 'an M2M token',
        header: { alg: 'RS256', typ: 'JWT', kid: 'ins_example' },
        claims: { ...TIMES, iss: CLERK.issuer, aud: [API], sub: 'mch_2vYVexample', jti: 'mt_2xKa9', scopes: API },
      },
    ],
    expected: {
      scopes: ['profile', 'invoices:read'],
      client: 'client_2VTWUzvGexample',
      subject: 'user_2vYVexample',
    },
  },
  {
    ...CLERK,
    variant: 'OAuth, scopes as a list',
    accessToken: {
      header: { alg: 'RS256', typ: 'application/at+jwt', kid: 'ins_example' },
      claims: { ...CLERK_OAUTH, scp: ['profile', 'invoices:read'] },
    },
    refused: [
      {
        what: 'an access token that was not asked for a resource',
        header: { alg: 'RS256', typ: 'at+jwt', kid: 'ins_example' },
        claims: { ...CLERK_OAUTH, aud: undefined, scope: 'profile invoices:read' },
      },
    ],
    expected: {
      scopes: ['profile', 'invoices:read'],
      client: 'client_2VTWUzvGexample',
      subject: 'user_2vYVexample',
    },
  },
]

export const ACCESS_WORKOS_CLERK: readonly ProfileFixture[] = [...access, ...workos, ...clerk]
