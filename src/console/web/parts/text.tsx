/** Names and texts that clients and authors of maps chose. They are text whatever they hold, and stay on their own side of the words around them. */
import { webLink } from '../model/lifecycle.ts'
import { visible } from '../model/shown-text.ts'
import { Icon } from './icon.tsx'

export const Text = ({ children, mono = false }: { readonly children: string; readonly mono?: boolean }) => (
  <bdi class={mono ? 'mono wrap' : 'wrap'}>{visible(children)}</bdi>
)

/** On one line; what does not fit is in the title. */
export const Clipped = ({ children, mono = true }: { readonly children: string; readonly mono?: boolean }) => (
  <bdi class={mono ? 'mono clip' : 'clip'} title={visible(children)}>
    {visible(children)}
  </bdi>
)

/** A web address of the map becomes a link that opens elsewhere and tells nothing of this page; whatever else stands there is text. */
export function OutLink({ address }: { readonly address: string }) {
  const link = webLink(address)
  if (link === undefined) return <Text>{address}</Text>
  return (
    <a href={link} target="_blank" rel="noopener noreferrer" class="wrap">
      {visible(link)} <Icon name="out" size={11} />
    </a>
  )
}

/** A sentence with names between backticks, as the command line and the gate write them. */
export const Words = ({ children }: { readonly children: string }) => (
  <>
    {children
      .split('`')
      .map((part, place) => (place % 2 === 1 ? <code key={part}>{visible(part)}</code> : visible(part)))}
  </>
)
