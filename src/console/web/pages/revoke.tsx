/** What is to be revoked, filled in beside a sentence that says what will happen. All of it but a token stands in the address: a stronger sign-in loses nothing. */
import { useState } from 'preact/hooks'
import { type Failure, failureOf } from '../api/failure.ts'
import {
  EMPTY_FORM,
  FORM_KINDS,
  type FormFaults,
  type FormKind,
  hasField,
  KIND_LABELS,
  type RevocationForm,
  readForm,
} from '../model/revocation-form.ts'
import { type Preview, previewOf } from '../model/revocation-preview.ts'
import { visible } from '../model/shown-text.ts'
import { Field } from '../parts/controls.tsx'
import { Page, Panel } from '../parts/panel.tsx'
import { Failed } from '../parts/shown.tsx'
import { useNow } from '../parts/time.tsx'
import { changeQuery, goTo, pathTo, type Route } from '../route.ts'
import { useAdmin } from '../session.ts'
import { type ActiveMap, useMap } from '../use-map.ts'
import { useClients } from '../use-usage.ts'
import { RemovalFacts } from './removal.tsx'
import { KindField, ReasonField, ScopesField, TextField, UntilField } from './revoke-fields.tsx'

const CLIENT_DAYS = 30

export function RevokePage({ route }: { readonly route: Route }) {
  const admin = useAdmin()
  const map = useMap().value
  const clients = useClients(CLIENT_DAYS).value?.clients
  const now = useNow()
  // Never in the address.
  const [token, setToken] = useState('')
  const [confirmed, setConfirmed] = useState('')
  const [isTried, setTried] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure>()

  const form = formIn(route, token)
  const change = (changes: Partial<RevocationForm>) => {
    if (form.kind === 'token' && changes.value !== undefined) setToken(changes.value)
    else changeQuery(route, queryOf(changes))
  }
  const isKnown = (name: string) => map === undefined || map.index.scopes.has(name)
  const reading = readForm(form, isKnown, now)
  const faults = reading.ok ? {} : isTried ? reading.faults : onlyFilled(reading.faults, form)
  // What will happen does not wait for the reason.
  const foreseen = readForm({ ...form, reason: form.reason.trim() === '' ? '?' : form.reason }, isKnown, now)
  const typed = wantsTyping(form)
  const isConfirmed = typed === undefined || confirmed === typed

  const submit = async (event: Event) => {
    event.preventDefault()
    setTried(true)
    if (!reading.ok || !isConfirmed) return
    setBusy(true)
    setFailure(undefined)
    try {
      const { entries } = await admin.revoke(reading.revocation)
      goTo(pathTo('revocations', [], { entry: entries[0]?.entry }))
    } catch (error) {
      setFailure(failureOf(error))
      setBusy(false)
    }
  }

  const names = form.kind === 'scope' ? [...(map?.index.scopes.keys() ?? [])] : []
  const known = form.kind === 'client' ? (clients ?? []).flatMap(({ client }) => client ?? []) : names
  const issuers = [...new Set((clients ?? []).map(({ issuer }) => issuer))]
  return (
    <Page title="Revoke" above={<a href={pathTo('revocations')}>Revocations</a>}>
      <form class="panels" onSubmit={submit} noValidate>
        <Panel title="What" width="half">
          <div class="stack">
            <KindField value={form.kind} onChange={(kind) => change({ kind })} />
            <TextField
              label={VALUE_LABELS[form.kind]}
              hint={VALUE_HINTS[form.kind]}
              fault={faults.value}
              value={form.value}
              known={form.kind === 'issuer' ? issuers : known}
              isSecret={form.kind === 'token'}
              onChange={(value) => change({ value })}
            />
            {hasField(form.kind, 'client') && (
              <TextField
                label="For one client alone"
                hint="Empty: for everybody."
                fault={faults.client}
                value={form.client}
                known={(clients ?? []).flatMap(({ client }) => client ?? [])}
                onChange={(client) => change({ client })}
              />
            )}
            {hasField(form.kind, 'issuer') && (
              <TextField
                label="Of the issuer"
                hint="Need not be said where there is only one."
                fault={faults.issuer}
                value={form.issuer}
                known={issuers}
                onChange={(issuer) => change({ issuer })}
              />
            )}
            <UntilField
              kind={form.kind}
              value={form.expires}
              fault={faults.expires}
              onChange={(expires) => change({ expires })}
            />
            {hasField(form.kind, 'onlyOld') && (
              <label class="row">
                <input
                  type="checkbox"
                  checked={form.onlyOld}
                  onChange={(event) => change({ onlyOld: event.currentTarget.checked })}
                />
                Only tokens that were issued until now
              </label>
            )}
            {hasField(form.kind, 'holding') && (
              <ScopesField value={form.holding} fault={faults.holding} onChange={(holding) => change({ holding })} />
            )}
            <ReasonField value={form.reason} fault={faults.reason} onChange={(reason) => change({ reason })} />
          </div>
        </Panel>
        <Panel title="What will happen" width="half">
          <div class="stack">
            {foreseen.ok ? <Words preview={previewOf(foreseen.revocation.body)} /> : <p class="quiet">{MISSING}</p>}
            {form.kind === 'scope' && map !== undefined && form.client === '' && (
              <Touched map={map} name={form.value} clients={clients} />
            )}
            {typed !== undefined && (
              <Field label={`Type ${visible(typed)} to confirm`} hint="This touches everybody.">
                {(tied) => (
                  <input
                    {...tied}
                    class="input mono"
                    value={confirmed}
                    autocomplete="off"
                    spellcheck={false}
                    onInput={(event) => setConfirmed(event.currentTarget.value)}
                  />
                )}
              </Field>
            )}
            {failure !== undefined && <Failed failure={failure} />}
            <div class="row">
              <button type="submit" class="button danger" disabled={isBusy || (typed !== undefined && !isConfirmed)}>
                {isBusy ? 'Revoking…' : form.kind === 'scope' ? 'Suspend' : 'Revoke'}
              </button>
              <a class="button" href={pathTo('revocations')}>
                Cancel
              </a>
            </div>
          </div>
        </Panel>
      </form>
    </Page>
  )
}

const MISSING = 'Fill in what is to be revoked; here you read what follows from it, before it does.'

function formIn({ query }: Route, token: string): RevocationForm {
  const text = (name: string) => query.get(name) ?? ''
  const kind = FORM_KINDS.find((each) => each === query.get('kind')) ?? EMPTY_FORM.kind
  return {
    kind,
    value: kind === 'token' ? token : text('value'),
    issuer: text('issuer'),
    client: text('client'),
    reason: text('reason'),
    expires: text('expires'),
    onlyOld: query.has('onlyOld'),
    holding: text('holding'),
  }
}

const queryOf = ({ onlyOld, ...texts }: Partial<RevocationForm>) => ({
  ...texts,
  ...(onlyOld !== undefined && { onlyOld: onlyOld ? '1' : undefined }),
  // What was typed for another kind means nothing for this one.
  ...(texts.kind !== undefined && { value: undefined, client: undefined }),
})

/** Nobody is told off for what they have not come to yet. */
const onlyFilled = (faults: FormFaults, form: RevocationForm): FormFaults =>
  Object.fromEntries(Object.entries(faults).filter(([field]) => form[field as keyof RevocationForm] !== ''))

/** What has to be typed before it is done: that which touches everybody. */
const wantsTyping = ({ kind, value, client }: RevocationForm): string | undefined =>
  value.trim() !== '' && ((kind === 'scope' && client.trim() === '') || kind === 'issuer') ? value.trim() : undefined

const VALUE_LABELS: Readonly<Record<FormKind, string>> = {
  ...KIND_LABELS,
  client: 'Its client id',
  subject: 'Its sub',
  token: 'The token',
  fingerprint: 'Its fingerprint',
  scope: 'The scope',
  issuer: 'The issuer',
  session: 'Its sid',
  jti: 'Its jti',
  grant: 'The grant',
  tenant: 'The tenant',
  device: 'The device',
  email: 'The address',
  user: 'The user',
}

const VALUE_HINTS: Readonly<Partial<Record<FormKind, string>>> = {
  token: 'It is sent once, and neither kept nor logged: what is marked is its fingerprint.',
  fingerprint: 'As the list of tokens has it: 43 characters.',
  client: 'With the prefix of its issuer, where that has one.',
  scope: 'It then lets nobody in, until you take that back or the time is over.',
}

const Words = ({ preview: { what, notes } }: { readonly preview: Preview }) => (
  <div class="stack tight" aria-live="polite">
    <p class="preview">
      {what.map((part, at) =>
        'name' in part ? (
          <code key={`${at} name`} class="wrap">
            {visible(part.name)}
          </code>
        ) : (
          <span key={`${at} text`}>{part.text}</span>
        ),
      )}
    </p>
    {notes.map((note) => (
      <p key={note} class="quiet small">
        {note}
      </p>
    ))}
  </div>
)

interface TouchedProps {
  readonly map: ActiveMap
  readonly name: string
  readonly clients: Parameters<typeof RemovalFacts>[0]['clients']
}

function Touched({ map, name, clients }: TouchedProps) {
  const scope = map.index.scopes.get(name.trim())
  return scope === undefined ? null : (
    <RemovalFacts scope={scope} index={map.index} clients={clients} days={CLIENT_DAYS} />
  )
}
