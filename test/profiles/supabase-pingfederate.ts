/** Tokens of Supabase and PingFederate, in the shapes of their documentation. */
import { type ProfileFixture, TIMES } from './fixture.ts'

const API = 'https://api.example.com'

const SUPABASE = {
  profile: 'supabase',
  issuer: 'https://abcdefghijklmnopqrst.supabase.co/auth/v1',
  audience: 'authenticated',
  idToken: {
    header: { alg: 'ES256', typ: 'JWT', kid: 'supabase-1' },
    claims: {
      ...TIMES,
      iss: 'https://abcdefghijklmnopqrst.supabase.co/auth/v1',
      aud: 'authenticated',
      sub: '123e4567-e89b-42d3-a456-426614174000',
      auth_time: TIMES.iat,
      email: 'jane@example.com',
      email_verified: true,
      phone_number_verified: false,
      client_id: '9a8b7c6d-5e4f-4a2b-8c0d-9e8f7a6b5c4d',
    },
  },
} as const

const SUPABASE_USER = {
  ...TIMES,
  iss: SUPABASE.issuer,
  aud: 'authenticated',
  sub: '123e4567-e89b-42d3-a456-426614174000',
  email: 'jane@example.com',
  phone: '',
  app_metadata: { provider: 'email', providers: ['email'] },
  user_metadata: { scope: 'invoices:write' },
  role: 'authenticated',
  session_id: '5c6d7e8f-9aab-4cbd-8e2f-e9f8a7b6c518',
  is_anonymous: false,
} as const

const supabase: readonly ProfileFixture[] = [
  {
    ...SUPABASE,
    variant: 'session with scopes of a hook',
    accessToken: {
      header: { alg: 'ES256', typ: 'JWT', kid: 'supabase-1' },
      claims: {
        ...SUPABASE_USER,
        aal: 'aal2',
        amr: [
          { method: 'totp', timestamp: TIMES.iat },
          { method: 'password', timestamp: TIMES.iat - 60 },
        ],
        scope: 'invoices:read',
      },
    },
    expected: {
      scopes: ['invoices:read'],
      client: undefined,
      subject: SUPABASE_USER.sub,
      acrs: ['aal2'],
      amr: ['totp', 'password'],
    },
  },
  {
    ...SUPABASE,
    variant: 'OAuth client',
    accessToken: {
      header: { alg: 'ES256', typ: 'JWT', kid: 'supabase-1' },
      claims: {
        ...SUPABASE_USER,
        aal: 'aal1',
        amr: [{ method: 'oauth_provider/authorization_code', timestamp: TIMES.iat }],
        client_id: '9a8b7c6d-5e4f-4a2b-8c0d-9e8f7a6b5c4d',
        scope: 'openid email',
      },
    },
    expected: {
      scopes: ['openid', 'email'],
      client: '9a8b7c6d-5e4f-4a2b-8c0d-9e8f7a6b5c4d',
      subject: SUPABASE_USER.sub,
      acrs: ['aal1'],
      amr: ['oauth_provider/authorization_code'],
    },
  },
]

const PING = {
  profile: 'pingfederate',
  issuer: 'https://sso.example.com',
  audience: API,
  idToken: {
    header: { alg: 'RS256', kid: 'ping-1' },
    claims: {
      ...TIMES,
      iss: 'https://sso.example.com',
      aud: API,
      sub: 'joe',
      jti: 'uf90SK4wscFhctUT6Dtvb2',
      auth_time: TIMES.iat,
      acr: 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
      'pi.sri': 'y3IQmLpTzwoQhcRUAKMNbFsGNZA',
    },
  },
} as const

const PING_USER = {
  ...TIMES,
  iss: PING.issuer,
  aud: API,
  client_id: 'im_oic_client',
  sub: 'joe',
  jti: 'Uo0KfYqN5bZQ',
} as const

const PING_EXPECTED = { scopes: ['openid', 'invoices:read'], client: 'im_oic_client', subject: 'joe' } as const

const pingfederate: readonly ProfileFixture[] = [
  {
    ...PING,
    variant: 'scopes as an array',
    accessToken: {
      header: { alg: 'RS256', kid: 'ping-1', 'pi.atm': 'i8bv' },
      claims: { ...PING_USER, scope: ['openid', 'invoices:read'] },
    },
    expected: PING_EXPECTED,
  },
  {
    ...PING,
    variant: 'type header and space-delimited scopes',
    accessToken: {
      header: { alg: 'RS256', kid: 'ping-1', typ: 'at+jwt' },
      claims: { ...PING_USER, scope: 'openid invoices:read' },
    },
    expected: PING_EXPECTED,
  },
  {
    ...PING,
    variant: 'client credentials without a subject',
    accessToken: {
      header: { alg: 'RS256', kid: 'ping-1', 'pi.atm': 'i8bv' },
      claims: { exp: TIMES.exp, iss: PING.issuer, aud: API, client_id: 'billing_job', scope: ['invoices:read'] },
    },
    expected: { scopes: ['invoices:read'], client: 'billing_job', subject: undefined },
  },
]

export const SUPABASE_PINGFEDERATE: readonly ProfileFixture[] = [...supabase, ...pingfederate]
