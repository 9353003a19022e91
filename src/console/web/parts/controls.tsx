/** What is typed into and chosen from. */
import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'
import { count } from './words.ts'

interface FilterProps {
  /** What is searched, such as `Filter scopes`. */
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}

/** The key `/` leads here from anywhere on the page. */
export const Filter = ({ label, value, onChange }: FilterProps) => (
  <div class="filter">
    <input
      class="input"
      type="search"
      data-filter
      placeholder={label}
      aria-label={label}
      value={value}
      autocomplete="off"
      spellcheck={false}
      onInput={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        onChange('')
        event.currentTarget.blur()
      }}
    />
    <kbd>/</kbd>
  </div>
)

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly options: readonly { readonly value: T; readonly text: string }[]
  readonly value: T
  readonly onChange: (value: T) => void
}

/** One of a few, all in sight. */
export const Choice = <T extends string>({ label, options, value, onChange }: ChoiceProps<T>) => (
  <fieldset class="choice" aria-label={label}>
    {options.map((option) => (
      <button
        key={option.value}
        type="button"
        aria-pressed={option.value === value}
        onClick={() => onChange(option.value)}
      >
        {option.text}
      </button>
    ))}
  </fieldset>
)

interface TogglesProps<T extends string> {
  /** What they leave, such as `Only scopes that are`. */
  readonly label: string
  readonly names: readonly T[]
  readonly isOn: (name: T) => boolean
  readonly onToggle: (name: T) => void
  /** What each means. */
  readonly words?: Readonly<Record<T, string>>
  /** How many each would leave. */
  readonly counts?: Readonly<Record<T, number>>
}

/** Each on or off, by itself. */
export const Toggles = <T extends string>({ label, names, isOn, onToggle, words, counts }: TogglesProps<T>) => (
  <fieldset class="row toggles" aria-label={label}>
    {names.map((name) => (
      <button
        key={name}
        type="button"
        class="toggle"
        aria-pressed={isOn(name)}
        title={words?.[name]}
        onClick={() => onToggle(name)}
      >
        {name}
        {counts && <span class="faint"> {count(counts[name])}</span>}
      </button>
    ))}
  </fieldset>
)

interface SelectProps<T extends string> extends ChoiceProps<T> {}

/** One of many. */
export const Select = <T extends string>({ label, options, value, onChange }: SelectProps<T>) => (
  <select
    class="input"
    aria-label={label}
    value={value}
    onChange={(event) => {
      const chosen = options.find((option) => option.value === event.currentTarget.value)
      if (chosen !== undefined) onChange(chosen.value)
    }}
  >
    {options.map((option) => (
      <option key={option.value} value={option.value}>
        {option.text}
      </option>
    ))}
  </select>
)

interface FieldProps {
  readonly label: string
  readonly hint?: ComponentChildren
  /** What is wrong with what was typed. */
  readonly fault?: string | undefined
  /** The input, given what ties it to its label. */
  readonly children: (tied: {
    readonly id: string
    readonly 'aria-describedby': string
    readonly 'aria-invalid': boolean
  }) => JSX.Element
}

export function Field({ label, hint, fault, children }: FieldProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': `${id}-more`, 'aria-invalid': fault !== undefined })}
      <div id={`${id}-more`}>
        {fault !== undefined && <p class="fault">{fault}</p>}
        {hint !== undefined && <p class="hint">{hint}</p>}
      </div>
    </div>
  )
}
