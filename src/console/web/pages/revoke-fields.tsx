/** The fields of the form that revokes. */
import { useId } from 'preact/hooks'
import { FORM_KINDS, type FormKind, KIND_LABELS } from '../model/revocation-form.ts'
import { Choice, Field } from '../parts/controls.tsx'

interface KindFieldProps {
  readonly value: FormKind
  readonly onChange: (kind: FormKind) => void
}

export const KindField = ({ value, onChange }: KindFieldProps) => (
  <Field label="Kind">
    {(tied) => (
      <select
        {...tied}
        class="input"
        value={value}
        onChange={(event) => {
          const kind = FORM_KINDS.find((each) => each === event.currentTarget.value)
          if (kind !== undefined) onChange(kind)
        }}
      >
        {FORM_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {KIND_LABELS[kind]}
          </option>
        ))}
      </select>
    )}
  </Field>
)

interface TextFieldProps {
  readonly label: string
  readonly hint?: string | undefined
  readonly fault: string | undefined
  readonly value: string
  readonly onChange: (value: string) => void
  /** What can be chosen from, besides typing. */
  readonly known?: readonly string[]
  /** Nothing remembers it, and nobody reads it off the screen. */
  readonly isSecret?: boolean
}

/** A longer list is no help to anybody. */
const MOST_KNOWN = 300

export function TextField({ label, hint, fault, value, onChange, known = [], isSecret = false }: TextFieldProps) {
  const list = useId()
  const common = {
    class: 'input mono',
    value,
    autocomplete: 'off',
    spellcheck: false,
    onInput: (event: InputEvent) => onChange((event.currentTarget as HTMLInputElement).value),
  } as const
  return (
    <Field label={label} fault={fault} {...(hint !== undefined && { hint })}>
      {(tied) => (
        <>
          <input {...tied} {...common} {...(isSecret ? { type: 'password' as const } : { list })} />
          {!isSecret && (
            <datalist id={list}>
              {suggestions(known, value).map((each) => (
                <option key={each} value={each} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  )
}

const suggestions = (known: readonly string[], typed: string): readonly string[] =>
  known.filter((name) => name.includes(typed)).slice(0, MOST_KNOWN)

const LENGTHS = [
  { value: '1h', text: '1 hour' },
  { value: '24h', text: '1 day' },
  { value: '7d', text: '7 days' },
] as const

/** Kill switches stay on; marks end by themselves once no token that they are about can be alive. */
const endsOf = (kind: FormKind) =>
  kind === 'scope' || kind === 'issuer'
    ? [...LENGTHS, { value: '', text: 'Until undone' }]
    : [...LENGTHS, { value: '', text: 'As long as needed' }, { value: 'never', text: 'Until undone' }]

interface PlainFieldProps {
  readonly value: string
  readonly fault: string | undefined
  readonly onChange: (value: string) => void
}

export const UntilField = ({ kind, value, fault, onChange }: PlainFieldProps & { readonly kind: FormKind }) => (
  <div class="stack tight">
    <span class="label">For how long</span>
    <div>
      <Choice<string> label="For how long" options={endsOf(kind)} value={value} onChange={onChange} />
    </div>
    <TextField
      label="Or a length, a day or a time"
      hint="30d, 2027-01-31, 2027-01-31T12:00:00Z"
      fault={fault}
      value={value}
      onChange={onChange}
    />
  </div>
)

export const ScopesField = ({ value, fault, onChange }: PlainFieldProps) => (
  <TextField
    label="Only tokens that hold one of these scopes"
    hint="With spaces between. Empty: whatever they hold."
    fault={fault}
    value={value}
    onChange={onChange}
  />
)

export const ReasonField = ({ value, fault, onChange }: PlainFieldProps) => (
  <Field
    label="Reason"
    fault={fault}
    hint="One line that whoever is called at night understands. It stays on record, with your name."
  >
    {(tied) => (
      <input
        {...tied}
        class="input"
        value={value}
        maxLength={500}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    )}
  </Field>
)
