/** Words that stand for "any other text" in paths and hosts: no literal of either map equals them, folded or not, and no text of authorization details. */
import type { Release } from '../../policy/decode.ts'
import { foldSegment } from '../../policy/fold.ts'

/** The word for one place of a path or a host; different places get different words, so that no two parameters are equal by chance. */
export type Words = (place: number) => string

/** Found by trying: the first stem that begins no literal and no label of a host. */
export function freshWords(releases: readonly Release[]): Words {
  const texts = new Set<string>()
  for (const { document } of releases)
    for (const { host, path, authorizationDetails = [] } of document.rules) {
      for (const label of host.split('.')) texts.add(label)
      for (const part of path.split('/')) if (!part.startsWith('{')) texts.add(part)
      // Details may ask for a text where others ask for what stands in the path.
      for (const { match = {} } of authorizationDetails)
        for (const wanted of Object.values(match)) texts.add(encodeURIComponent(wanted.toWellFormed()))
    }
  const stems = [...texts].map(foldSegment).filter((text) => text.startsWith('any'))
  let number = 0
  const stem = () => (number === 0 ? 'any' : `any${number}x`)
  while (stems.some((text) => text.startsWith(stem()))) number++
  const found = stem()
  return (place) => `${found}${place + 1}`
}
