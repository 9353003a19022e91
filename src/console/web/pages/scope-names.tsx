/** Scopes by name, each leading to its page. */
import { Name } from '../parts/badge.tsx'
import { count } from '../parts/words.ts'
import { pathTo } from '../route.ts'

const MOST_SCOPES = 12

export const Scopes = ({ names }: { readonly names: readonly string[] }) => (
  <span class="row names">
    {names.slice(0, MOST_SCOPES).map((name) => (
      <a key={name} href={pathTo('scopes', [name])}>
        <Name>{name}</Name>
      </a>
    ))}
    {names.length > MOST_SCOPES && <span class="faint">and {count(names.length - MOST_SCOPES)} more</span>}
  </span>
)
