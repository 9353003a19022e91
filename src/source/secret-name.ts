/** The name of a secret: what `wrangler secret put` is called with. */
import { BINDINGS } from '../policy/bindings.ts'
import { textThat } from './fields.ts'

/** A secret of such a name would take the place of what the deployment is bound to. */
const TAKEN = ['SCOPES', ...BINDINGS.map(({ name }) => name)].join('|')
const SECRET_NAME = new RegExp(`^(?!SCOPEWALL_|(?:${TAKEN})$)[A-Z][A-Z0-9_]*$`)

export const secretName = textThat(
  (text) => SECRET_NAME.test(text),
  'is no name of a secret',
  'write the name, never the value: capital letters, digits and `_`, as `wrangler secret put` takes it, and none of the names that the gate itself uses',
).meta({ pattern: SECRET_NAME.source })
