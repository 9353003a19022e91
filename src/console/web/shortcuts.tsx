/** The keyboard: letters that lead to pages, to the filter, to help. Never while something is being typed. */
import { useEffect } from 'preact/hooks'
import { PAGES } from './pages/registry.ts'
import { Dialog } from './parts/dialog.tsx'
import { goTo, pathTo } from './route.ts'

/** How long after `g` a letter still counts. */
const PATIENCE_MS = 1200

export function useShortcuts(showHelp: () => void): void {
  useEffect(() => {
    let leaderAt = Number.NEGATIVE_INFINITY
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isDialogOpen()) return
      const afterLeader = event.timeStamp - leaderAt < PATIENCE_MS
      leaderAt = Number.NEGATIVE_INFINITY
      if (afterLeader) {
        const page = PAGES.find(({ letter }) => letter === event.key)
        if (page !== undefined) goTo(pathTo(page.name))
      } else if (event.key === 'g') leaderAt = event.timeStamp
      else if (event.key === '?') showHelp()
      else if (event.key === '/') {
        const filter = document.querySelector<HTMLElement>('[data-filter]')
        if (filter === null) return
        event.preventDefault()
        filter.focus()
      }
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null

const isDialogOpen = (): boolean => document.querySelector('dialog[open]') !== null

export const ShortcutsDialog = ({ onClose }: { readonly onClose: () => void }) => (
  <Dialog title="Keyboard" onClose={onClose}>
    <dl class="shortcuts">
      {PAGES.map(({ name, title, letter }) => (
        <Shortcut key={name} keys={['g', letter]}>
          {title}
        </Shortcut>
      ))}
      <Shortcut keys={['/']}>To the filter</Shortcut>
      <Shortcut keys={['↑', '↓']}>From row to row</Shortcut>
      <Shortcut keys={['Enter']}>Open the row</Shortcut>
      <Shortcut keys={['Esc']}>Close, or leave the filter</Shortcut>
      <Shortcut keys={['?']}>This</Shortcut>
    </dl>
  </Dialog>
)

const Shortcut = ({ keys, children }: { readonly keys: readonly string[]; readonly children: string }) => (
  <>
    <dt>{children}</dt>
    <dd>
      {keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </dd>
  </>
)
