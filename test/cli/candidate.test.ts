/** The options of `publish` that are about a candidate, before anything is read or written. */
import { expect, test } from 'vitest'
import { type CandidateOptions, publishOrTry } from '../../src/cli/commands/candidate.ts'
import { Stop } from '../../src/cli/exit.ts'

const PLACE = { scopes: 'no-such-folder', env: 'production', config: 'wrangler.toml' }

test.each<[string, Partial<CandidateOptions>, RegExp]>([
  ['two things at once', { observe: true, share: '10', enforce: true }, /exclude each other/],
  ['a share without --observe', { share: '10' }, /add --observe/],
  ['clients of what is made live', { enforce: true, clients: ['a'] }, /add --observe/],
  ['nobody to try it on', { observe: true }, /give --share 10/],
  ['a share of nothing', { observe: true, share: '0' }, /whole number from 1 to 100/],
  ['a share of too much', { observe: true, share: '101' }, /whole number from 1 to 100/],
  ['a share that is no number', { observe: true, share: 'ten' }, /whole number from 1 to 100/],
  ['clients without a name', { observe: true, clients: [','] }, /names no client/],
  ['a dry run of something that changes no answer', { dropCandidate: true, dryRun: true }, /--dry-run/],
])('%s is a usage error', async (_, options, message) => {
  const error = await Promise.resolve()
    .then(() => publishOrTry({ ...PLACE, ...options }))
    .catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(Stop)
  expect(error instanceof Stop && [error.exitCode, `${error.message} ${error.help}`]).toEqual([
    2,
    expect.stringMatching(message),
  ])
})
