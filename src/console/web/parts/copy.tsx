/** A text to take along. */
import { useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

const SAID_FOR_MS = 2_000

export function Copy({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }) {
  const [said, setSaid] = useState<string>()
  const say = (word: string) => {
    setSaid(word)
    setTimeout(() => setSaid(undefined), SAID_FOR_MS)
  }
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => say('Copied'),
      () => say('Select and copy it by hand'),
    )
  return (
    <button type="button" class="button" onClick={copy}>
      {said === 'Copied' && <Icon name="good" size={12} />}
      <span aria-live="polite">{said ?? label}</span>
    </button>
  )
}
