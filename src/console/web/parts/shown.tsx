/** What stands where an answer is not (yet) there: on its way, nothing in it, failed, or old. Each with a word that helps. */
import type { ComponentChildren } from 'preact'
import type { Failure } from '../api/failure.ts'
import type { Answer } from '../api/use-answer.ts'
import { useSession } from '../session.ts'
import { Icon, type IconName } from './icon.tsx'
import { Ago } from './time.tsx'
import { duration } from './words.ts'

interface NoticeProps {
  readonly icon?: IconName
  readonly title: string
  /** What it means, or what to do. */
  readonly children?: ComponentChildren
  /** Buttons or links. */
  readonly actions?: ComponentChildren
}

export const Notice = ({ icon = 'empty', title, children, actions }: NoticeProps) => (
  <div class="notice">
    <Icon name={icon} size={24} />
    <strong>{title}</strong>
    {children !== undefined && <p>{children}</p>}
    {actions !== undefined && <div class="row">{actions}</div>}
  </div>
)

/** As many lines as will come, so that nothing jumps when they do. */
export const Waiting = ({ lines = 5 }: { readonly lines?: number }) => (
  <div class="waiting" aria-busy="true">
    <span class="unseen">Loading</span>
    {Array.from({ length: lines }, (_, line) => (
      <span key={line} aria-hidden="true" />
    ))}
  </div>
)

interface Explanation {
  readonly title: string
  readonly detail: string
}

/** A failure in words: what happened, and what would help. */
export function explain(failure: Failure): Explanation {
  switch (failure.kind) {
    case 'unreachable':
      return {
        title: 'The gate did not answer',
        detail: 'The network is down, or the gate is not running. What you saw last stays here.',
      }
    case 'signed-out':
      return { title: 'Your sign-in has ended', detail: 'Sign in again: you come back to this very place.' }
    case 'step-up':
      return {
        title: 'This needs a stronger sign-in',
        detail: `The gate asks for ${stepUpWords(failure)}. Sign in again: you come back to this very place, with what you prepared.`,
      }
    case 'scope':
      return {
        title: 'Your sign-in does not cover this',
        detail: `It needs ${failure.scopes.join(', ') || 'a scope that your token lacks'}. Sign in again to ask for it; whether you get it, your identity provider decides.`,
      }
    case 'refused':
      return {
        title: failure.title,
        detail: [
          failure.detail ?? '',
          ...failure.flaws.map(({ at, detail }) => `${at}: ${detail}`),
          failure.retryAfterSeconds === undefined
            ? ''
            : `Worth trying again in ${duration(failure.retryAfterSeconds)}.`,
        ]
          .filter((text) => text !== '')
          .join(' '),
      }
  }
}

function stepUpWords({ acrValues, maxAgeSeconds }: Extract<Failure, { kind: 'step-up' }>): string {
  const how = acrValues.length === 0 ? '' : `an authentication of the class ${acrValues.join(' or ')}`
  const when = maxAgeSeconds === undefined ? '' : `one that is at most ${duration(maxAgeSeconds)} old`
  return [how, when].filter((text) => text !== '').join(', and ') || 'another authentication'
}

/** The button that mends a failure. */
export function Mend({ failure, retry }: { readonly failure: Failure; readonly retry?: () => void }) {
  const { signIn } = useSession()
  if (failure.kind === 'signed-out') return <Action act={() => signIn()}>Sign in again</Action>
  if (failure.kind === 'scope')
    return (
      <Action act={() => signIn({ scopes: failure.scopes })}>Sign in with {failure.scopes[0] ?? 'more scopes'}</Action>
    )
  if (failure.kind === 'step-up') {
    const { acrValues, maxAgeSeconds } = failure
    return (
      <Action act={() => signIn({ acrValues, ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) })}>
        Sign in again
      </Action>
    )
  }
  return retry === undefined ? null : <Action act={retry}>Try again</Action>
}

const Action = ({ act, children }: { readonly act: () => void; readonly children: ComponentChildren }) => (
  <button type="button" class="button" onClick={act}>
    {children}
  </button>
)

export function Failed({ failure, retry }: { readonly failure: Failure; readonly retry?: () => void }) {
  const { title, detail } = explain(failure)
  return (
    <div role="alert">
      <Notice icon="warn" title={title} actions={<Mend failure={failure} {...(retry && { retry })} />}>
        {detail}
      </Notice>
    </div>
  )
}

interface ShownProps<T> {
  readonly answer: Answer<T>
  /** Lines to keep room for while it loads. */
  readonly lines?: number
  readonly children: (value: T) => ComponentChildren
}

/** The answer, or what stands in its place; above an old answer, a line that says so. */
export function Shown<T>({ answer, lines = 5, children }: ShownProps<T>) {
  const { value, failure, asOf, reload } = answer
  if (value === undefined)
    return failure === undefined ? <Waiting lines={lines} /> : <Failed failure={failure} retry={reload} />
  return (
    <>
      {failure !== undefined && <Stale failure={failure} asOf={asOf ?? Date.now()} retry={reload} />}
      {children(value)}
    </>
  )
}

function Stale(props: { readonly failure: Failure; readonly asOf: number; readonly retry: () => void }) {
  return (
    <div class="banner warn" role="status">
      <Icon name="warn" size={14} />
      <p>
        {explain(props.failure).title}. This is from <Ago at={props.asOf} />.
      </p>
      <Mend failure={props.failure} retry={props.retry} />
    </div>
  )
}
