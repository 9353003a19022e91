import { describe, expect, it } from 'vitest'
import { diffTexts } from '../../../src/console/web/model/release-diff.ts'
import { encodeRelease, type ReleaseDocument } from '../../../src/policy/release.ts'
import { documentOf, ruleOf, scopesOf } from '../../policy/build.ts'

const NOW = Date.UTC(2026, 10, 28, 12)

const diff = (before: Partial<ReleaseDocument>, after: Partial<ReleaseDocument>) => {
  const view = diffTexts(encodeRelease(documentOf(before)), encodeRelease(documentOf(after)), NOW)
  if (!view.ok) throw new Error(view.error)
  return view.value
}

const scopes = scopesOf(['a:read', 'a:write'])
const asks = (name: string) => ({ scopes, rules: [ruleOf('GET /a', { anyOf: [[name]] })] })

describe('two releases', () => {
  it('are alike where nothing differs', () => {
    const view = diff(asks('a:read'), asks('a:read'))
    expect(view).toMatchObject({ isEmpty: true, isLooser: false, isStricter: false, sections: [] })
  })

  it('are told by who gets in and who does not, with the names apart from the words', () => {
    const view = diff(asks('a:read'), { scopes, rules: [ruleOf('GET /a', { anyOf: [['a:read', 'a:write']] })] })
    expect(view).toMatchObject({ isLooser: false, isStricter: true, summary: 'routes: 1 stricter' })
    const [section] = view.sections
    expect(section).toMatchObject({ title: 'Stricter', tone: 'stricter' })
    expect(section?.items[0]?.subject).toEqual([{ text: 'GET api.example.com/a', isName: true }])
    expect(section?.items[0]?.notes[0]).toEqual([
      { text: 'a token with ', isName: false },
      { text: 'a:read', isName: true },
      { text: ' is refused now: it also needs ', isName: false },
      { text: 'a:write', isName: true },
    ])
  })

  it('are looser where somebody gets in who did not', () => {
    const view = diff(asks('a:read'), { scopes, rules: [ruleOf('GET /a')] })
    expect(view).toMatchObject({ isLooser: true })
    expect(view.sections[0]).toMatchObject({ title: 'Public now', tone: 'looser' })
  })

  it('keep a hostile owner in one piece', () => {
    const hostile = '<img src=x onerror=alert(1)>\u0001\u0002\u202e`'
    const view = diff({ scopes }, { scopes: { ...scopes, ...scopesOf([], { 'a:new': { owner: hostile } }) } })
    const text = view.sections.flatMap(({ items }) => items.flatMap(({ notes }) => notes.flat()))
    expect(text).toEqual([
      { text: 'added: owned by <img src=x onerror=alert(1)>\u202e`, sensitivity low. Tested.', isName: false },
    ])
  })

  it('say which of them cannot be read', () => {
    const fine = encodeRelease(documentOf({}))
    expect(diffTexts('{', fine, NOW)).toMatchObject({ ok: false, error: expect.stringMatching(/^The first release/) })
    expect(diffTexts(fine, '{}', NOW)).toMatchObject({ ok: false, error: expect.stringMatching(/^The second release/) })
  })
})
