/** Why a request was refused, or would be: by the id of a decision, or by a request that is judged here. */
import { useMemo, useState } from 'preact/hooks'
import { useAnswer } from '../api/use-answer.ts'
import { judgeHere } from '../model/judge-here.ts'
import { readPasted, withoutCredentials } from '../model/pasted-request.ts'
import { Field } from '../parts/controls.tsx'
import { DecisionFacts } from '../parts/decision.tsx'
import { Icon } from '../parts/icon.tsx'
import { Judgement } from '../parts/judgement.tsx'
import { Page, Panel } from '../parts/panel.tsx'
import { Notice, Shown } from '../parts/shown.tsx'
import { shortDigest } from '../parts/words.ts'
import { changeQuery, goTo, pathTo, type Route } from '../route.ts'
import { useAdmin } from '../session.ts'
import { type ActiveMap, useMap } from '../use-map.ts'
import type { ViewProps } from './view.ts'

export function WhyPage({ route }: ViewProps) {
  const [id] = route.rest
  return (
    <Page
      title="Why refused?"
      about="By the decision id that every answer of the gate carries, or by a request: that one is judged here in the browser, by the live release and the gate's own code."
    >
      <div class="panels">
        <div class="half stack">
          <Panel title="A decision">
            <DecisionForm id={id} />
          </Panel>
          <Panel title="A request" note="judged here, sent nowhere">
            <RequestForm route={route} />
          </Panel>
        </div>
        <div class="half">{id === undefined ? <AboutRequest route={route} /> : <AboutDecision id={id} />}</div>
      </div>
    </Page>
  )
}

function DecisionForm({ id = '' }: { readonly id: string | undefined }) {
  const [text, setText] = useState(id)
  return (
    <form
      class="stack tight"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') goTo(pathTo('why', [text.trim()]))
      }}
    >
      <Field
        label="Decision id"
        hint="In the header scopewall-decision of each answer, and in the body of each refusal."
      >
        {(tied) => (
          <input
            {...tied}
            class="input mono"
            data-filter
            value={text}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="row">
        <button type="submit" class="button primary">
          Look up
        </button>
      </div>
    </form>
  )
}

function AboutDecision({ id }: { readonly id: string }) {
  const admin = useAdmin()
  const answer = useAnswer(`decision ${id}`, (signal) => admin.decision(id, signal))
  if (answer.failure?.kind === 'refused' && answer.failure.status === 404)
    return (
      <Panel title="The decision">
        <Notice icon="search" title="No such decision is kept">
          Refused and observed requests are kept for a while, allowed ones only where they are sampled. Perhaps it is
          older, or it is a few seconds too young.
        </Notice>
      </Panel>
    )
  return (
    <Panel title="The decision">
      <Shown answer={answer} lines={10}>
        {(event) => <DecisionFacts event={event} />}
      </Shown>
    </Panel>
  )
}

/** What is typed stands in the address, so that it can be passed on and survives a new sign-in. Credentials never get so far. */
function RequestForm({ route }: { readonly route: Route }) {
  const [hadCredentials, setHadCredentials] = useState(false)
  const value = (name: string) => route.query.get(name) ?? ''
  const change = (name: string) => (text: string) => {
    const clean = withoutCredentials(text)
    if (clean.hadCredentials) setHadCredentials(true)
    changeQuery({ ...route, page: 'why', rest: [] }, { [name]: clean.text || undefined })
    return clean.text
  }
  return (
    <div class="stack tight">
      <Field label="Request" hint="A method and an address, or a line of curl.">
        {(tied) => (
          <textarea
            {...tied}
            class="input"
            rows={4}
            placeholder="GET https://api.example.com/v1/invoices"
            value={value('request')}
            spellcheck={false}
            onInput={(event) => {
              // What was taken out is gone from the field, too.
              event.currentTarget.value = change('request')(event.currentTarget.value)
            }}
          />
        )}
      </Field>
      {hadCredentials && (
        <div class="banner" role="status">
          <Icon name="good" size={14} />
          <p>
            The credentials in it were taken out and forgotten: no token is needed here. Write down below which scopes
            it has.
          </p>
        </div>
      )}
      <TextField
        label="Scopes of the token"
        hint="Separated by spaces. Empty: without a token."
        value={value('scopes')}
        change={change('scopes')}
      />
      <div class="two">
        <TextField label="Client" value={value('client')} change={change('client')} />
        <TextField label="acr" value={value('acr')} change={change('acr')} />
      </div>
    </div>
  )
}

interface TextFieldProps {
  readonly label: string
  readonly hint?: string
  readonly value: string
  readonly change: (text: string) => string
}

const TextField = ({ label, hint, value, change }: TextFieldProps) => (
  <Field label={label} hint={hint}>
    {(tied) => (
      <input
        {...tied}
        class="input mono"
        value={value}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          event.currentTarget.value = change(event.currentTarget.value)
        }}
      />
    )}
  </Field>
)

function AboutRequest({ route }: { readonly route: Route }) {
  const map = useMap()
  const text = route.query.get('request') ?? ''
  if (text.trim() === '')
    return (
      <Panel title="The answer">
        <Notice icon="why" title="Nothing to explain yet">
          Look up a decision, or paste a request. Tokens in it are taken out before anything is read.
        </Notice>
      </Panel>
    )
  return (
    <Shown answer={map} lines={8}>
      {(active) => <Judged map={active} text={text} route={route} />}
    </Shown>
  )
}

interface JudgedProps {
  readonly map: ActiveMap
  readonly text: string
  readonly route: Route
}

function Judged({ map: { release, digest }, text, route }: JudgedProps) {
  const { query } = route
  const request = readPasted(text)
  const judged = useMemo(
    () => request && judgeHere(release, request, callerOf(query), Date.now()),
    [release, text, query.get('scopes'), query.get('client'), query.get('acr')],
  )
  if (request === undefined || judged === undefined)
    return (
      <Panel title="The answer">
        <Notice icon="warn" title="This cannot be read as a request">
          Write a method and a whole address, such as GET https://api.example.com/v1/invoices, or paste a line of curl.
        </Notice>
      </Panel>
    )
  return (
    <Panel title="The answer" note={<>by release {shortDigest(digest)}</>}>
      <div class="stack">
        <p class="mono wrap">
          <strong>{request.method}</strong> {request.url}
        </p>
        {judged.readAs !== undefined && (
          <p class="faint small">The map does not know this host; read as {judged.readAs}, the only one that it has.</p>
        )}
        <Judgement release={release} match={judged.match} decision={judged.decision} />
      </div>
    </Panel>
  )
}

function callerOf(query: Route['query']) {
  const scopes = (query.get('scopes') ?? '').split(/[\s,]+/).filter((name) => name !== '')
  const client = query.get('client')
  const acr = query.get('acr')
  return {
    ...(scopes.length > 0 && { scopes }),
    ...(client !== undefined && { client }),
    ...(acr !== undefined && { acr }),
  }
}
