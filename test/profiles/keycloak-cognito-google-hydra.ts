/** Tokens of Keycloak, Cognito, Google service accounts and Ory Hydra, in the shapes of their documentation. */
import { type ProfileFixture, THUMBPRINT, TIMES } from './fixture.ts'

const API = 'https://api.example.com'

const KEYCLOAK = {
  profile: 'keycloak',
  issuer: 'https://sso.example.com/realms/example',
  audience: API,
  idToken: {
    header: { alg: 'RS256', typ: 'JWT', kid: 'keycloak-1' },
    claims: {
      ...TIMES,
      auth_time: TIMES.iat,
      jti: '2b8e6f9a-3f4a-4b7e-8b9d-0d7c1a5e6f01',
      iss: 'https://sso.example.com/realms/example',
      aud: API,
      sub: 'f9a1c1de-52b5-4d0a-9a8e-6f4b2c3d4e05',
      typ: 'ID',
      azp: 'web-app',
      sid: '0c6f7b1e-8a4d-4c8e-9b7a-1d2e3f4a5b06',
      acr: '1',
      email_verified: true,
      preferred_username: 'jane',
    },
  },
} as const

const KEYCLOAK_USER = {
  ...TIMES,
  auth_time: TIMES.iat,
  jti: 'onrtac:5f1d8a0e-6f8b-4a55-9d0c-2c3b4a5d6e07',
  iss: KEYCLOAK.issuer,
  aud: [API, 'account'],
  sub: 'f9a1c1de-52b5-4d0a-9a8e-6f4b2c3d4e05',
  typ: 'Bearer',
  azp: 'web-app',
  sid: '0c6f7b1e-8a4d-4c8e-9b7a-1d2e3f4a5b06',
  acr: '1',
  'allowed-origins': ['https://app.example.com'],
  realm_access: { roles: ['offline_access', 'invoices:write'] },
  resource_access: { account: { roles: ['view-profile'] } },
  scope: 'openid invoices:read',
  preferred_username: 'jane',
} as const

const KEYCLOAK_EXPECTED = {
  scopes: ['openid', 'invoices:read'],
  client: 'web-app',
  subject: 'f9a1c1de-52b5-4d0a-9a8e-6f4b2c3d4e05',
  acrs: ['1'],
} as const

const keycloak: readonly ProfileFixture[] = [
  {
    ...KEYCLOAK,
    variant: 'bearer token of a user',
    accessToken: { header: { alg: 'RS256', typ: 'JWT', kid: 'keycloak-1' }, claims: KEYCLOAK_USER },
    refused: [
      {
        what: 'a logout token',
        header: { alg: 'RS256', typ: 'logout+jwt', kid: 'keycloak-1' },
        claims: {
          ...TIMES,
          jti: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
          iss: KEYCLOAK.issuer,
          aud: API,
          sub: KEYCLOAK_USER.sub,
          typ: 'Logout',
          sid: KEYCLOAK_USER.sid,
          events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        },
      },
    ],
    expected: KEYCLOAK_EXPECTED,
  },
  {
    ...KEYCLOAK,
    variant: 'bound by DPoP',
    accessToken: {
      header: { alg: 'RS256', typ: 'JWT', kid: 'keycloak-1' },
      claims: { ...KEYCLOAK_USER, typ: 'DPoP', cnf: { jkt: THUMBPRINT } },
    },
    expected: KEYCLOAK_EXPECTED,
  },
  {
    ...KEYCLOAK,
    variant: 'client with at+jwt as header type',
    accessToken: { header: { alg: 'RS256', typ: 'at+jwt', kid: 'keycloak-1' }, claims: KEYCLOAK_USER },
    expected: KEYCLOAK_EXPECTED,
  },
  {
    ...KEYCLOAK,
    variant: 'service account',
    accessToken: {
      header: { alg: 'RS256', typ: 'JWT', kid: 'keycloak-1' },
      claims: {
        ...TIMES,
        jti: 'trrtcc:9a8b7c6d-5e4f-4a3b-8c1d-0e9f8a7b6c08',
        iss: KEYCLOAK.issuer,
        aud: API,
        sub: '3d2c1b0a-9f8e-4d7c-8b6a-5f4e3d2c1b09',
        typ: 'Bearer',
        azp: 'billing-job',
        client_id: 'billing-job',
        acr: '1',
        scope: 'invoices:read',
        clientHost: '192.0.2.10',
        preferred_username: 'service-account-billing-job',
      },
    },
    expected: {
      scopes: ['invoices:read'],
      client: 'billing-job',
      subject: '3d2c1b0a-9f8e-4d7c-8b6a-5f4e3d2c1b09',
      acrs: ['1'],
    },
  },
]

const COGNITO_CLIENT = '7l1v2examplewebapp3c4d5e6f'
const COGNITO_MACHINE = '5k9pexamplemachine1a2b3c4d'

const COGNITO = {
  profile: 'cognito',
  issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE',
  // Documented without `client_id`; it is here because Cognito's audience is held against it.
  idToken: {
    header: { alg: 'RS256', kid: 'cognito-1=' },
    claims: {
      ...TIMES,
      auth_time: TIMES.iat,
      jti: 'f7b0c1de-0d2a-4c1f-8f5e-6f7a8b9c0d10',
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE',
      aud: COGNITO_CLIENT,
      client_id: COGNITO_CLIENT,
      sub: 'c3a4b5c6-d7e8-4f90-a1b2-c3d4e5f60711',
      token_use: 'id',
      'cognito:username': 'jane',
      'cognito:groups': ['staff'],
      email: 'jane@example.com',
      email_verified: true,
    },
  },
} as const

const cognito: readonly ProfileFixture[] = [
  {
    ...COGNITO,
    variant: 'user',
    audience: COGNITO_CLIENT,
    accessToken: {
      header: { alg: 'RS256', kid: 'cognito-1=' },
      claims: {
        ...TIMES,
        auth_time: TIMES.iat,
        sub: 'c3a4b5c6-d7e8-4f90-a1b2-c3d4e5f60711',
        device_key: 'eu-central-1_a1b2c3d4',
        'cognito:groups': ['staff'],
        iss: COGNITO.issuer,
        version: 2,
        client_id: COGNITO_CLIENT,
        origin_jti: '1e2d3c4b-5a69-4788-9796-a5b4c3d2e112',
        event_id: '8d7c6b5a-4938-4271-8f6e-5d4c3b2a1f13',
        token_use: 'access',
        scope: 'openid https://api.example.com/invoices.read',
        jti: '2f3e4d5c-6b7a-4889-9807-b6c5d4e3f214',
        username: 'jane',
      },
    },
    expected: {
      scopes: ['openid', 'https://api.example.com/invoices.read'],
      client: COGNITO_CLIENT,
      subject: 'c3a4b5c6-d7e8-4f90-a1b2-c3d4e5f60711',
    },
  },
  {
    ...COGNITO,
    variant: 'machine',
    audience: COGNITO_MACHINE,
    idToken: {
      header: COGNITO.idToken.header,
      claims: { ...COGNITO.idToken.claims, aud: COGNITO_MACHINE, client_id: COGNITO_MACHINE },
    },
    accessToken: {
      header: { alg: 'RS256', kid: 'cognito-1=' },
      claims: {
        ...TIMES,
        auth_time: TIMES.iat,
        sub: COGNITO_MACHINE,
        token_use: 'access',
        scope: 'https://api.example.com/invoices.read',
        iss: COGNITO.issuer,
        version: 2,
        jti: '3a4b5c6d-7e8f-4a9b-8c0d-c7d6e5f4a315',
        client_id: COGNITO_MACHINE,
      },
    },
    expected: {
      scopes: ['https://api.example.com/invoices.read'],
      client: COGNITO_MACHINE,
      subject: COGNITO_MACHINE,
    },
  },
]

const ROBOT = 'billing-robot@example-project.iam.gserviceaccount.com'

const google: readonly ProfileFixture[] = [
  {
    profile: 'google',
    variant: 'signed by a service account',
    issuer: ROBOT,
    audience: API,
    accessToken: {
      header: { alg: 'RS256', typ: 'JWT', kid: 'google-1' },
      claims: { ...TIMES, iss: ROBOT, sub: ROBOT, email: ROBOT, aud: API, scope: 'invoices:read invoices:write' },
    },
    // What Google signs for the account, as if the account's own key had.
    idToken: {
      header: { alg: 'RS256', typ: 'JWT', kid: 'google-1' },
      claims: {
        ...TIMES,
        iss: ROBOT,
        aud: API,
        azp: '113258942105700140798',
        sub: '113258942105700140798',
        email: ROBOT,
        email_verified: true,
      },
    },
    refused: [
      {
        what: 'an assertion that asks Google for an ID token',
        header: { alg: 'RS256', typ: 'JWT', kid: 'google-1' },
        claims: { ...TIMES, iss: ROBOT, sub: ROBOT, aud: 'https://oauth2.googleapis.com/token', target_audience: API },
      },
      {
        what: 'an ID token of accounts.google.com',
        header: { alg: 'RS256', typ: 'JWT', kid: 'google-1' },
        claims: { ...TIMES, iss: 'https://accounts.google.com', aud: API, sub: '110169484474386276334' },
      },
    ],
    expected: { scopes: ['invoices:read', 'invoices:write'], client: ROBOT, subject: ROBOT },
  },
]

const HYDRA = {
  profile: 'ory-hydra',
  issuer: 'https://example.projects.oryapis.com',
  audience: API,
  idToken: {
    header: { alg: 'RS256', typ: 'JWT', kid: 'hydra-1' },
    claims: {
      ...TIMES,
      auth_time: TIMES.iat,
      rat: TIMES.iat,
      jti: '4b5c6d7e-8f9a-4bac-9d1e-d8e7f6a5b416',
      iss: 'https://example.projects.oryapis.com',
      aud: [API],
      sub: 'e2d1c0b9-a897-4685-9473-625140f1e217',
      sid: '5c6d7e8f-9aab-4cbd-8e2f-e9f8a7b6c518',
      acr: 'aal1',
      amr: ['password'],
    },
  },
} as const

const HYDRA_USER = {
  ...TIMES,
  nbf: TIMES.iat,
  iss: HYDRA.issuer,
  aud: [API],
  client_id: '6d7e8f9a-abbc-4dce-9f30-faa9b8c7d619',
  ext: { department: 'billing' },
  jti: '7e8f9aab-bccd-4edf-8041-0bbac9d8e720',
  sub: 'e2d1c0b9-a897-4685-9473-625140f1e217',
} as const

const HYDRA_EXPECTED = {
  scopes: ['openid', 'invoices:read'],
  client: HYDRA_USER.client_id,
  subject: HYDRA_USER.sub,
} as const

const hydra: readonly ProfileFixture[] = (
  [
    ['scopes as a list', { scp: ['openid', 'invoices:read'] }],
    ['scopes as a string', { scope: 'openid invoices:read' }],
    ['scopes as both', { scp: ['openid', 'invoices:read'], scope: 'openid invoices:read' }],
  ] as const
).map(([variant, scopes]) => ({
  ...HYDRA,
  variant,
  accessToken: { header: { alg: 'RS256', typ: 'JWT', kid: 'hydra-1' }, claims: { ...HYDRA_USER, ...scopes } },
  expected: HYDRA_EXPECTED,
}))

export const KEYCLOAK_COGNITO_GOOGLE_HYDRA: readonly ProfileFixture[] = [...keycloak, ...cognito, ...google, ...hydra]
