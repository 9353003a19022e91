/** Tokens of Auth0, Okta and Entra ID, in the shapes of their documentation. */
import { type ProfileFixture, THUMBPRINT, TIMES } from './fixture.ts'

const API = 'https://api.example.com'

const AUTH0 = {
  profile: 'auth0',
  issuer: 'https://example.eu.auth0.com/',
  audience: API,
  idToken: {
    header: { alg: 'RS256', typ: 'JWT', kid: 'auth0-1' },
    claims: {
      ...TIMES,
      iss: 'https://example.eu.auth0.com/',
      aud: API,
      sub: 'auth0|64b7f0a1',
      sid: 'OQ0rXw7mHn3LrV6',
      name: 'Jane Doe',
      email: 'jane@example.com',
      email_verified: true,
    },
  },
} as const

const auth0: readonly ProfileFixture[] = [
  {
    ...AUTH0,
    variant: 'Auth0 token profile with RBAC',
    accessToken: {
      header: { alg: 'RS256', typ: 'JWT', kid: 'auth0-1' },
      claims: {
        ...TIMES,
        iss: AUTH0.issuer,
        sub: 'auth0|64b7f0a1',
        aud: [API, 'https://example.eu.auth0.com/userinfo'],
        azp: 'sPaClient01',
        org_id: 'org_9ybsU1dN2dKfDkBi',
        scope: 'openid invoices:read',
        permissions: ['invoices:read', 'invoices:write'],
      },
    },
    expected: {
      scopes: ['openid', 'invoices:read', 'invoices:write'],
      client: 'sPaClient01',
      subject: 'auth0|64b7f0a1',
    },
  },
  {
    ...AUTH0,
    variant: 'Auth0 token profile, client credentials',
    accessToken: {
      header: { alg: 'RS256', typ: 'JWT', kid: 'auth0-1' },
      claims: {
        ...TIMES,
        iss: AUTH0.issuer,
        sub: 'm2mClient02@clients',
        aud: API,
        azp: 'm2mClient02',
        gty: 'client-credentials',
        scope: 'invoices:read',
      },
    },
    expected: { scopes: ['invoices:read'], client: 'm2mClient02', subject: 'm2mClient02@clients' },
  },
  {
    ...AUTH0,
    variant: 'RFC 9068 token profile',
    accessToken: {
      header: { alg: 'RS256', typ: 'at+jwt', kid: 'auth0-1' },
      claims: {
        ...TIMES,
        iss: AUTH0.issuer,
        sub: 'auth0|64b7f0a1',
        aud: [API, 'https://example.eu.auth0.com/userinfo'],
        client_id: 'sPaClient01',
        jti: '73WakrfVbNJBaAmhQtEeDv',
        scope: 'openid invoices:read',
      },
    },
    expected: { scopes: ['openid', 'invoices:read'], client: 'sPaClient01', subject: 'auth0|64b7f0a1' },
  },
]

const OKTA = {
  profile: 'okta',
  issuer: 'https://example.okta.com/oauth2/aus1a2b3c4',
  audience: API,
  idToken: {
    header: { alg: 'RS256', kid: 'okta-1' },
    claims: {
      ...TIMES,
      iss: 'https://example.okta.com/oauth2/aus1a2b3c4',
      aud: API,
      sub: '00u1a2b3c4',
      ver: 1,
      jti: 'ID.4eAWJOCMB3SX8XewDfVR',
      amr: ['pwd', 'mfa'],
      idp: '00o1a2b3c4',
      auth_time: TIMES.iat,
      preferred_username: 'jane@example.com',
    },
  },
} as const

const okta: readonly ProfileFixture[] = [
  {
    ...OKTA,
    variant: 'custom authorization server',
    accessToken: {
      header: { alg: 'RS256', kid: 'okta-1' },
      claims: {
        ...TIMES,
        ver: 1,
        jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
        iss: OKTA.issuer,
        aud: API,
        cid: '0oa1webapp',
        uid: '00u1a2b3c4',
        scp: ['openid', 'invoices:read'],
        auth_time: TIMES.iat,
        sub: 'jane@example.com',
        acr: 'urn:okta:loa:2fa:any',
      },
    },
    refused: [
      {
        what: 'an access token of the org authorization server',
        header: { alg: 'RS256', kid: 'okta-1', typ: 'application/okta-internal-at+jwt' },
        claims: { ...TIMES, iss: OKTA.issuer, aud: API, cid: '0oa1webapp', scp: ['invoices:read'], sub: 'jane' },
      },
    ],
    expected: {
      scopes: ['openid', 'invoices:read'],
      client: '0oa1webapp',
      subject: 'jane@example.com',
      acrs: ['urn:okta:loa:2fa:any'],
    },
  },
  {
    ...OKTA,
    variant: 'client credentials, bound by DPoP',
    accessToken: {
      header: { alg: 'RS256', kid: 'okta-1' },
      claims: {
        ...TIMES,
        ver: 1,
        jti: 'AT.QrYX5cYt2DXm0XTvkUwgWHKJLvUxmtl8',
        iss: OKTA.issuer,
        aud: API,
        cid: '0oa2service',
        scp: ['invoices:read'],
        sub: '0oa2service',
        cnf: { jkt: THUMBPRINT },
      },
    },
    expected: { scopes: ['invoices:read'], client: '0oa2service', subject: '0oa2service' },
  },
]

const TENANT = '7ba2c5f0-3a5c-4d3b-9a52-1f0a6d1f3c11'
const ENTRA_API = '1c2f0b8e-6f0e-4b1d-8d43-5d3f6a0d9e22'
const ENTRA_CLIENT = '9f6f3f0e-2c62-4d0d-b9a2-7b1c5a4e3d33'

const ENTRA_V2 = {
  profile: 'entra',
  issuer: `https://login.microsoftonline.com/${TENANT}/v2.0`,
  audience: ENTRA_API,
  idToken: {
    header: { alg: 'RS256', typ: 'JWT', kid: 'entra-1' },
    claims: {
      ...TIMES,
      nbf: TIMES.iat,
      iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
      aud: ENTRA_API,
      sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
      oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
      tid: TENANT,
      ver: '2.0',
      name: 'Jane Doe',
      preferred_username: 'jane@example.com',
      roles: ['Invoices.Approve'],
      acrs: ['c1'],
    },
  },
} as const

const entra: readonly ProfileFixture[] = [
  {
    ...ENTRA_V2,
    variant: 'v2.0, delegated',
    accessToken: {
      header: { alg: 'RS256', typ: 'JWT', kid: 'entra-1' },
      claims: {
        ...TIMES,
        nbf: TIMES.iat,
        iss: ENTRA_V2.issuer,
        aud: ENTRA_API,
        azp: ENTRA_CLIENT,
        azpacr: '0',
        scp: 'Invoices.Read Invoices.Write',
        roles: ['Invoices.Approve'],
        acrs: ['p1', 'c1'],
        sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
        oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
        tid: TENANT,
        ver: '2.0',
        uti: 'fqiBqXLPj0eQa82S-IYFAA',
        rh: '0.AAAA',
      },
    },
    expected: {
      scopes: ['Invoices.Read', 'Invoices.Write', 'Invoices.Approve'],
      client: ENTRA_CLIENT,
      subject: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
      acrs: ['p1', 'c1'],
    },
  },
  {
    ...ENTRA_V2,
    variant: 'v2.0, application',
    accessToken: {
      header: { alg: 'RS256', typ: 'JWT', kid: 'entra-1' },
      claims: {
        ...TIMES,
        nbf: TIMES.iat,
        iss: ENTRA_V2.issuer,
        aud: ENTRA_API,
        azp: ENTRA_CLIENT,
        azpacr: '2',
        idtyp: 'app',
        roles: ['Invoices.Read.All'],
        sub: '0a4bc3d2-8a1f-4d70-a5a7-3f5b2b9f4c44',
        oid: '0a4bc3d2-8a1f-4d70-a5a7-3f5b2b9f4c44',
        tid: TENANT,
        ver: '2.0',
      },
    },
    expected: {
      scopes: ['Invoices.Read.All'],
      client: ENTRA_CLIENT,
      subject: '0a4bc3d2-8a1f-4d70-a5a7-3f5b2b9f4c44',
    },
  },
  {
    profile: 'entra',
    variant: 'v1.0, delegated',
    issuer: `https://sts.windows.net/${TENANT}/`,
    audience: `api://${ENTRA_API}`,
    accessToken: {
      header: { alg: 'RS256', typ: 'JWT', kid: 'entra-1', x5t: 'entra-1' },
      claims: {
        ...TIMES,
        nbf: TIMES.iat,
        iss: `https://sts.windows.net/${TENANT}/`,
        aud: `api://${ENTRA_API}`,
        acr: '1',
        amr: ['pwd', 'mfa'],
        appid: ENTRA_CLIENT,
        appidacr: '1',
        scp: 'Invoices.Read',
        sub: 'l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA',
        oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
        tid: TENANT,
        unique_name: 'jane@example.com',
        ver: '1.0',
      },
    },
    idToken: {
      header: { alg: 'RS256', typ: 'JWT', kid: 'entra-1', x5t: 'entra-1' },
      claims: {
        ...TIMES,
        nbf: TIMES.iat,
        iss: `https://sts.windows.net/${TENANT}/`,
        aud: `api://${ENTRA_API}`,
        amr: ['pwd'],
        sub: '5_uLQk8f4nOxvS3vZGNz6ZBXrsx2XpJqmNQDgkUvT3s',
        oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
        tid: TENANT,
        roles: ['Invoices.Approve'],
        unique_name: 'jane@example.com',
        ver: '1.0',
      },
    },
    expected: {
      scopes: ['Invoices.Read'],
      client: ENTRA_CLIENT,
      subject: 'l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA',
      amr: ['pwd', 'mfa'],
    },
  },
]

export const AUTH0_OKTA_ENTRA: readonly ProfileFixture[] = [...auth0, ...okta, ...entra]
