/** A file for other programs to read, that only this user can read, and that is gone afterwards. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function withFile<T>(content: string | Uint8Array, work: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'scopewall-'))
  try {
    await writeFile(join(folder, 'value'), content)
    return await work(join(folder, 'value'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
