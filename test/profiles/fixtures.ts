/** The tokens of all providers that have a profile. */
import { ACCESS_WORKOS_CLERK } from './access-workos-clerk.ts'
import { AUTH0_OKTA_ENTRA } from './auth0-okta-entra.ts'
import type { ProfileFixture } from './fixture.ts'
import { KEYCLOAK_COGNITO_GOOGLE_HYDRA } from './keycloak-cognito-google-hydra.ts'
import { SUPABASE_PINGFEDERATE } from './supabase-pingfederate.ts'

export { FIXTURE_NOW, type ProfileFixture, type SampleToken } from './fixture.ts'

export const FIXTURES: readonly ProfileFixture[] = [
  ...AUTH0_OKTA_ENTRA,
  ...KEYCLOAK_COGNITO_GOOGLE_HYDRA,
  ...ACCESS_WORKOS_CLERK,
  ...SUPABASE_PINGFEDERATE,
]
