import { describe, expect, test } from 'vitest'
import { isScopeToken } from '../../src/policy/scope.ts'
import { adminOver, ISSUER } from './admin.ts'

const mark = (value: string, more: object = {}) => ({ target: { kind: 'subject', value }, reason: 'r', ...more })

async function filled() {
  const admin = adminOver()
  await admin.post(
    'revocations/bulk',
    ['a', 'b', 'c'].map((value) => mark(value)),
  )
  await admin.post('revocations/2/undo', { reason: 'r' })
  return admin
}

type Admin = Awaited<ReturnType<typeof filled>>

const listed = async (admin: Admin, query: string) => {
  const answer = await admin.get(`revocations${query}`)
  const { marks, next } = (await answer.json()) as { marks: readonly { seq: number }[]; next: number | null }
  return { seqs: marks.map(({ seq }) => seq), next }
}

describe('the list', () => {
  test('has what holds, the newest first; or all', async () => {
    const admin = await filled()
    expect(await listed(admin, '')).toEqual({ seqs: [3, 1], next: null })
    expect(await listed(admin, '?active=false')).toEqual({ seqs: [3, 2, 1], next: null })
  })

  test('comes in pages', async () => {
    const admin = await filled()
    expect(await listed(admin, '?active=false&limit=2')).toEqual({ seqs: [3, 2], next: 2 })
    expect(await listed(admin, '?active=false&limit=2&before=2')).toEqual({ seqs: [1], next: null })
  })

  test('is filtered by target', async () => {
    const query = new URLSearchParams({ kind: 'subject', issuer: ISSUER, value: 'c' })
    expect(await listed(await filled(), `?${query}`)).toEqual({ seqs: [3], next: null })
  })

  test('finds an address however its domain is typed', async () => {
    const admin = adminOver()
    await admin.post('revocations', { target: { kind: 'email', value: 'Ada@Example.COM' }, reason: 'r' })
    expect((await listed(admin, '?kind=email&value=Ada@EXAMPLE.com')).seqs).toEqual([1])
  })

  test('has the further names of a complex subject, and so has the entry', async () => {
    const admin = adminOver()
    const effect = { kind: 'revoke', matching: { session: 's1' }, holding: ['invoices:read'] } as const
    const target = { kind: 'subject', issuer: ISSUER, value: 'u1' } as const
    const by = { author: { kind: 'sender', name: 'idp' }, origin: { via: 'signal' } } as const
    const [holding] = effect.holding
    if (!isScopeToken(holding)) throw new Error(holding)
    const action = { kind: 'mark', target, effect: { ...effect, holding: [holding] }, reason: 'r' } as const
    await admin.log.append([{ ...by, action }])
    expect(await (await admin.get('revocations')).json()).toMatchObject({ marks: [{ action: { effect } }] })
    expect(await (await admin.get('revocations/1')).json()).toMatchObject({ action: { effect } })
  })

  test.each([
    '?actve=false',
    '?active=maybe',
    '?limit=0',
    '?limit=201',
    '?limit=1&limit=2',
    '?before=x',
    '?value=c',
    '?kind=subject',
    '?kind=subject&value=c&scope=invoices:read',
    '?kind=token&value=c&issuer=https://issuer.example.com',
    '?kind=person&value=c',
    '?kind=scope&scope=a%20b',
  ])('%s is refused: it would show what was not asked for', async (query) => {
    expect((await adminOver().get(`revocations${query}`)).status).toBe(400)
  })
})

describe('one entry', () => {
  test('is a mark with its standing, or whatever else the log has', async () => {
    const admin = await filled()
    expect(await (await admin.get('revocations/2')).json()).toMatchObject({ seq: 2, standing: 'undone' })
    expect(await (await admin.get('revocations/4')).json()).toMatchObject({ seq: 4, action: { kind: 'undo', mark: 2 } })
    expect((await admin.get('revocations/5')).status).toBe(404)
    expect((await admin.get('revocations/0')).status).toBe(400)
  })
})

describe('the log', () => {
  test('says where it is', async () => {
    expect(await (await (await filled()).get('log')).json()).toMatchObject({ head: { seq: 4 }, activeMarks: 2 })
  })

  test('is exported link by link, in pages', async () => {
    const admin = await filled()
    const first = await (await admin.get('log/entries?limit=3')).json()
    expect(first).toMatchObject({ links: [{ seq: 1 }, { seq: 2 }, { seq: 3 }], next: 3, head: { seq: 4 } })
    const second = await (await admin.get('log/entries?after=3&limit=3')).json()
    expect(second).toMatchObject({ links: [{ seq: 4 }], next: null, floor: { seq: 0 } })
    expect((await admin.get('log/entries?after=-1')).status).toBe(400)
  })
})
