/** The frame around every page: navigation, theme, shortcuts, and the way out. */
import type { ComponentChildren } from 'preact'
import { useEffect, useErrorBoundary, useRef, useState } from 'preact/hooks'
import { PAGES, pageNamed } from './pages/registry.ts'
import { Icon, type IconName } from './parts/icon.tsx'
import { Page, Panel } from './parts/panel.tsx'
import { Notice } from './parts/shown.tsx'
import { pathTo, useRoute } from './route.ts'
import { useSession } from './session.ts'
import { ShortcutsDialog, useShortcuts } from './shortcuts.tsx'
import { keepTheme, keptTheme, THEMES, type Theme } from './theme.ts'

const GROUPS = ['Now', 'Access', 'Response'] as const

export function Frame() {
  const route = useRoute()
  const page = pageNamed(route.page)
  const main = useRef<HTMLElement>(null)
  const [isMenuOpen, setMenuOpen] = useState(false)
  const [isHelpShown, setHelpShown] = useState(false)
  useShortcuts(() => setHelpShown(true))
  useNewPage(page?.name ?? '', () => {
    setMenuOpen(false)
    main.current?.focus({ preventScroll: true })
    scrollTo(0, 0)
  })
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <div class="frame">
        <header class="chrome">
          <div class="top">
            <button
              type="button"
              class="button plain icon"
              aria-label="Navigation"
              aria-expanded={isMenuOpen}
              aria-controls="side"
              onClick={() => setMenuOpen((before) => !before)}
            >
              <Icon name={isMenuOpen ? 'close' : 'menu'} />
            </button>
            <Brand />
          </div>
          <div class="side" id="side" data-open={isMenuOpen ? '' : undefined}>
            <Brand />
            <Navigation current={page?.name} />
            <SideEnd showHelp={() => setHelpShown(true)} />
          </div>
        </header>
        <main class="main" id="main" ref={main} tabIndex={-1}>
          {page === undefined ? (
            <NoSuchPage />
          ) : (
            <Guarded key={page.name} title={page.title}>
              <page.view route={route} />
            </Guarded>
          )}
        </main>
      </div>
      {isHelpShown && <ShortcutsDialog onClose={() => setHelpShown(false)} />}
    </>
  )
}

/** Where a page ends and another begins, readers of screens are told, and the page is seen from its top. */
function useNewPage(name: string, arrive: () => void): void {
  const before = useRef(name)
  useEffect(() => {
    if (before.current === name) return
    before.current = name
    arrive()
  }, [name])
}

function Brand() {
  const { settings } = useSession()
  return (
    <a class="brand" href={pathTo('overview')}>
      <svg aria-hidden="true" width="18" height="18" viewBox="0 0 18 18" fill="currentColor">
        <path d="M1 3h7v5H1zM10 3h7v5h-7zM1 10h4v5H1zM13 10h4v5h-4z" />
      </svg>
      Scopewall
      <span class="environment clip" title={settings.environment}>
        {settings.environment}
      </span>
    </a>
  )
}

const Navigation = ({ current }: { readonly current: string | undefined }) => (
  <nav class="nav" aria-label="Pages">
    {GROUPS.map((group) => (
      <>
        <h2 key={group}>{group}</h2>
        {PAGES.filter((page) => page.group === group).map((page) => (
          <a key={page.name} href={pathTo(page.name)} aria-current={page.name === current ? 'page' : undefined}>
            <Icon name={page.icon} />
            {page.title}
          </a>
        ))}
      </>
    ))}
  </nav>
)

const THEME_ICONS: Readonly<Record<Theme, IconName>> = { system: 'system', light: 'sun', dark: 'moon' }
const THEME_WORDS: Readonly<Record<Theme, string>> = { system: 'as the system', light: 'light', dark: 'dark' }

function SideEnd({ showHelp }: { readonly showHelp: () => void }) {
  const { settings, signOut } = useSession()
  const [theme, setTheme] = useState(keptTheme())
  const change = () => {
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system'
    keepTheme(next)
    setTheme(next)
  }
  const themeText = `Colours: ${THEME_WORDS[theme]}`
  return (
    <div class="side-end">
      <button type="button" class="button plain icon" aria-label={themeText} title={themeText} onClick={change}>
        <Icon name={THEME_ICONS[theme]} />
      </button>
      <button type="button" class="button plain icon" aria-label="Keyboard" title="Keyboard (?)" onClick={showHelp}>
        <Icon name="keys" />
      </button>
      {settings.signIn.kind === 'oauth' && (
        <button type="button" class="button plain icon" aria-label="Sign out" title="Sign out" onClick={signOut}>
          <Icon name="leave" />
        </button>
      )}
    </div>
  )
}

/** An answer that no page foresaw, as from a gate of another version, takes one page away and not the console. */
function Guarded({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  const [fault, again] = useErrorBoundary()
  if (fault === undefined) return <>{children}</>
  return (
    <Page title={title}>
      <Panel>
        <Notice
          icon="warn"
          title="This page could not be drawn"
          actions={
            <button type="button" class="button" onClick={again}>
              Try again
            </button>
          }
        >
          The gate answered something that this page does not understand. Where the gate was deployed since this page
          was opened, load it again.
        </Notice>
      </Panel>
    </Page>
  )
}

const NoSuchPage = () => (
  <Page title="No such page">
    <Panel>
      <Notice
        icon="search"
        title="This address leads nowhere"
        actions={
          <a class="button" href={pathTo('overview')}>
            To the overview
          </a>
        }
      >
        It may come from another version of the console.
      </Notice>
    </Panel>
  </Page>
)
