/** The surfaces of a page: its head, panels, figures and facts. */
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Icon } from './icon.tsx'

interface PageProps {
  readonly title: string
  /** Shown small above the title: where this belongs. */
  readonly above?: ComponentChildren
  readonly about?: ComponentChildren
  /** At the right: filters, periods, buttons. */
  readonly tools?: ComponentChildren
  readonly children: ComponentChildren
}

export function Page({ title, above, about, tools, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Scopewall`
  }, [title])
  return (
    <div class="page">
      <header class="page-head">
        <div>
          {above !== undefined && <div class="crumbs">{above}</div>}
          <h1 class="wrap">{title}</h1>
          {about !== undefined && <p>{about}</p>}
        </div>
        {tools !== undefined && <div class="row">{tools}</div>}
      </header>
      {children}
    </div>
  )
}

export type Width = 'whole' | 'half' | 'third' | 'two-thirds'

interface PanelProps {
  readonly title?: string
  readonly note?: ComponentChildren
  readonly tools?: ComponentChildren
  readonly width?: Width
  /** Without room at the edges: for tables and lists. */
  readonly flush?: boolean
  readonly children: ComponentChildren
}

export const Panel = ({ title, note, tools, width = 'whole', flush = false, children }: PanelProps) => (
  <section class={`panel ${width}`}>
    {title !== undefined && (
      <header class="panel-head">
        <h2>{title}</h2>
        {note !== undefined && <span class="note">{note}</span>}
        {tools}
      </header>
    )}
    <div class={flush ? 'panel-body flush' : 'panel-body'}>{children}</div>
  </section>
)

export const Figures = ({ children }: { readonly children: ComponentChildren }) => <dl class="figures">{children}</dl>

interface FigureProps {
  readonly name: string
  readonly value: ComponentChildren
  readonly note?: ComponentChildren
}

export const Figure = ({ name, value, note }: FigureProps) => (
  <div class="figure">
    <dt>{name}</dt>
    <dd>
      {value}
      {note !== undefined && <small>{note}</small>}
    </dd>
  </div>
)

/** Names and values. A value that is undefined is left out together with its name. */
export const Facts = ({ facts }: { readonly facts: readonly (readonly [string, ComponentChildren])[] }) => (
  <dl class="facts">
    {facts
      .filter(([, value]) => value !== undefined && value !== null && value !== false)
      .map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
  </dl>
)

interface DisclosureProps {
  readonly summary: string
  readonly children: ComponentChildren
}

export const Disclosure = ({ summary, children }: DisclosureProps) => (
  <details class="disclosure">
    <summary>
      <Icon name="next" size={10} />
      {summary}
    </summary>
    {children}
  </details>
)
