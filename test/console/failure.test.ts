/** What the console makes of answers that are no success. */
import { expect, test } from 'vitest'
import { readFailure } from '../../src/console/web/api/failure.ts'

test('a map from before the console is told which file it lacks', async () => {
  const answer = Response.json({ title: 'No rule covers this request', status: 403, code: 'unmapped' }, { status: 403 })
  const failure = await readFailure(answer)
  expect(failure).toMatchObject({ kind: 'refused', status: 403, flaws: [] })
  expect(failure.kind === 'refused' && `${failure.title} ${failure.detail}`).toContain('scopes/scopewall.yaml')
})
