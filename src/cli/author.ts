/** Who publishes, and from which commit: for the history, not for trust. */
import { execFile } from 'node:child_process'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)

async function git(...args: readonly string[]): Promise<string | undefined> {
  try {
    return (await run('git', args)).stdout.trim() || undefined
  } catch {
    return undefined
  }
}

/** In CI the actor, else git's name for you, else the system's. */
export async function authorName(): Promise<string> {
  const { GITHUB_ACTOR, GITLAB_USER_LOGIN } = process.env
  return GITHUB_ACTOR ?? GITLAB_USER_LOGIN ?? (await git('config', 'user.name')) ?? userInfo().username
}

/**
 * The commit that the map comes from, marked `-dirty` where its folder holds changes that are not committed. Where there is no git, as in the small
 * images that CI runs in, the one that CI says it has checked out.
 */
export async function commitOf(folder: string): Promise<string | undefined> {
  const commit = await git('rev-parse', 'HEAD')
  if (commit === undefined) return process.env.GITHUB_SHA ?? process.env.CI_COMMIT_SHA
  const changes = await git('status', '--porcelain', '--', folder)
  return changes === undefined ? commit : `${commit}-dirty`
}
