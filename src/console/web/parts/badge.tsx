/** States and names in small frames. A state is told three ways: by a mark, a word and a colour. */
import type { ComponentChildren } from 'preact'
import type { Outcome } from '../../../policy/decision-event.ts'
import { visible } from '../model/shown-text.ts'
import { Icon } from './icon.tsx'

export type Tone = 'good' | 'warn' | 'bad' | 'accent' | 'none'

interface BadgeProps {
  readonly tone?: Tone
  readonly title?: string
  readonly children: ComponentChildren
}

const isMarked = (tone: Tone): tone is 'good' | 'warn' | 'bad' => tone === 'good' || tone === 'warn' || tone === 'bad'

export const Badge = ({ tone = 'none', title, children }: BadgeProps) => (
  <span class={`badge ${tone}`} title={title}>
    {isMarked(tone) && <Icon name={tone} size={11} />}
    <span>{children}</span>
  </span>
)

/** A scope, a rule, a code: as it is written in the map. */
export const Name = ({ children, tone = 'none' }: { readonly children: string; readonly tone?: Tone }) => (
  <span class={`badge mono ${tone}`} title={visible(children)}>
    <bdi>{visible(children)}</bdi>
  </span>
)

/** Without a frame: for columns, where a frame in each line would be too much. */
export const State = ({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) => (
  <span class={`state ${tone}`}>
    {isMarked(tone) && <Icon name={tone} size={12} />}
    <span>{children}</span>
  </span>
)

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  allow: 'allowed',
  observe: 'observed',
  deny: 'refused',
}

const OUTCOME_TONES: Readonly<Record<Outcome, Tone>> = { allow: 'good', observe: 'warn', deny: 'bad' }

export const OutcomeState = ({ outcome }: { readonly outcome: Outcome }) => (
  <State tone={OUTCOME_TONES[outcome]}>{OUTCOME_WORDS[outcome]}</State>
)
