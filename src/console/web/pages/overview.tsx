/** How it goes: traffic and refusals, what is live where, how the parts are, and what somebody should look at. */
import type { OverviewAnswer } from '../../../policy/console-answers.ts'
import type { DenialCode } from '../../../policy/denial.ts'
import { WIRE } from '../../../policy/denial.ts'
import type { TrafficAnswer } from '../../../policy/usage-answers.ts'
import type { Admin } from '../api/admin.ts'
import { useAnswer } from '../api/use-answer.ts'
import { type AttentionItem, type AttentionSources, attentionOf } from '../model/attention.ts'
import { lastDays } from '../model/days.ts'
import { recent, SPAN_WORDS, SPANS, type Span, spanOf } from '../model/recent.ts'
import { visible } from '../model/shown-text.ts'
import { Bars, Chart, type Series } from '../parts/chart.tsx'
import { Choice } from '../parts/controls.tsx'
import { Icon } from '../parts/icon.tsx'
import { Figure, Figures, Page, Panel } from '../parts/panel.tsx'
import { Notice, Shown } from '../parts/shown.tsx'
import { count, share, shortCount, shortDigest } from '../parts/words.ts'
import { changeQuery, pathTo } from '../route.ts'
import { useAdmin } from '../session.ts'
import { EnvironmentLine, Health } from './health.tsx'
import type { ViewProps } from './view.ts'

export function OverviewPage({ route }: ViewProps) {
  const admin = useAdmin()
  const span = spanOf(route.query.get('span'))
  const overview = useAnswer('overview', admin.overview, { everySeconds: 15 })
  const traffic = useAnswer(
    `traffic ${span}`,
    (signal) => admin.traffic({ ...recent(span, Date.now()), by: 'outcome' }, signal),
    { everySeconds: 10 },
  )
  const codes = useAnswer(
    `codes ${span}`,
    (signal) => admin.traffic({ ...recent(span, Date.now()), by: 'code' }, signal),
    { everySeconds: 10 },
  )
  const findings = useAnswer('findings', (signal) => findingsOf(admin, signal), { everySeconds: 30 })
  return (
    <Page
      title="Overview"
      tools={
        <Choice
          label="Span of time"
          options={SPANS.map((value) => ({ value, text: SPAN_WORDS[value] }))}
          value={span}
          onChange={(value) => changeQuery(route, { span: value === 'hour' ? undefined : value })}
        />
      }
    >
      <Summary traffic={traffic.value} overview={overview.value} />
      <div class="panels">
        <Panel title="Requests" note={SPAN_WORDS[span]} width="two-thirds">
          <Shown answer={traffic} lines={7}>
            {(value) => <Traffic traffic={value} />}
          </Shown>
        </Panel>
        <Panel title="Refused or observed" note="by reason" width="third">
          <Shown answer={codes} lines={7}>
            {(value) => <Refusals codes={value} span={span} />}
          </Shown>
        </Panel>
        <Panel title="Needs attention" width="half" flush>
          <Shown answer={findings} lines={5}>
            {(value) => <Attention items={attentionOf({ ...value, overview: overview.value }, Date.now())} />}
          </Shown>
        </Panel>
        <Panel title="Environments" width="half" flush>
          <Shown answer={overview} lines={5}>
            {({ environments }) => (
              <ul class="lines">
                {environments.map((each) => (
                  <EnvironmentLine key={each.environment} health={each} />
                ))}
              </ul>
            )}
          </Shown>
        </Panel>
        <Panel title="Health of the parts" flush>
          <Shown answer={overview} lines={6}>
            {(value) => <Health overview={value} sinks={findings.value?.sinks} />}
          </Shown>
        </Panel>
      </div>
    </Page>
  )
}

/** Each as far as it can be had: a part that is not bound, or a scope that lacks, must not take the others along. */
async function findingsOf(admin: Admin, signal: AbortSignal): Promise<Omit<AttentionSources, 'overview'>> {
  const month = lastDays(Date.now(), 30)
  const [incidents, deprecated, scopes, sinks] = await Promise.allSettled([
    admin.incidents({ state: 'open' }, signal),
    admin.deprecated(month, signal),
    admin.scopes(month, signal),
    admin.sinks(lastDays(Date.now(), 1), signal),
  ])
  const first = [incidents, deprecated, scopes, sinks].find(({ status }) => status === 'rejected')
  if (
    first?.status === 'rejected' &&
    [incidents, deprecated, scopes, sinks].every((each) => each.status === 'rejected')
  )
    throw first.reason
  return {
    incidents: had(incidents),
    deprecated: had(deprecated),
    scopes: had(scopes),
    sinks: had(sinks),
  }
}

const had = <T,>(result: PromiseSettledResult<T>): T | undefined =>
  result.status === 'fulfilled' ? result.value : undefined

interface SummaryProps {
  readonly traffic: TrafficAnswer | undefined
  readonly overview: OverviewAnswer | undefined
}

function Summary({ traffic, overview }: SummaryProps) {
  const total = (name: string) => traffic?.series.find((each) => each.name === name)?.total ?? 0
  const all = traffic?.series.reduce((sum, each) => sum + each.total, 0) ?? 0
  const release = overview?.environments.find(({ isOwn }) => isOwn)?.release
  const figure = (value: number) =>
    traffic === undefined ? '–' : <span title={count(value)}>{shortCount(value)}</span>
  const part = (value: number) => (traffic === undefined ? '' : share(value, all))
  return (
    <Figures>
      <Figure name="Requests" value={figure(all)} />
      <Figure name="Refused" value={figure(total('deny'))} note={part(total('deny'))} />
      <Figure name="Let through, observed" value={figure(total('observe'))} note={part(total('observe'))} />
      <Figure
        name="Live release"
        value={release === undefined ? '–' : `#${release.serial}`}
        note={release && <code title={release.digest}>{shortDigest(release.digest)}</code>}
      />
      <Figure
        name="Revocations"
        value={
          overview === undefined ? '–' : overview.revocation === 'off' ? 'off' : shortCount(overview.revocation.marks)
        }
        note={
          overview && overview.revocation !== 'off'
            ? `${overview.revocation.freshness}, entry ${overview.revocation.seq}`
            : undefined
        }
      />
    </Figures>
  )
}

const OUTCOMES = [
  { name: 'allow', text: 'allowed', tone: 'allow' },
  { name: 'observe', text: 'observed', tone: 'observe' },
  { name: 'deny', text: 'refused', tone: 'deny' },
] as const

function Traffic({ traffic }: { readonly traffic: TrafficAnswer }) {
  if (traffic.series.every(({ total }) => total === 0))
    return (
      <Notice title="No requests in this time">
        As soon as somebody calls the API, it shows here: within seconds, if the queue and the counts are bound.
      </Notice>
    )
  const series = OUTCOMES.map(
    ({ name, text, tone }): Series => ({
      name: text,
      tone,
      counts: traffic.series.find((each) => each.name === name)?.counts ?? traffic.at.map(() => 0),
    }),
  )
  return <Chart label="Requests by outcome" at={traffic.at} series={series} height={196} />
}

const isCode = (name: string): name is DenialCode => Object.hasOwn(WIRE, name)

function Refusals({ codes, span }: { readonly codes: TrafficAnswer; readonly span: Span }) {
  const refusals = codes.series.filter(({ name, total }) => total > 0 && (name === null || isCode(name)))
  if (refusals.length === 0)
    return (
      <Notice icon="good" title="Nothing was refused">
        {SPAN_WORDS[span]}, every request was let in.
      </Notice>
    )
  return (
    <Bars
      label="Refused or observed, by reason"
      tone="deny"
      items={refusals.map(({ name, total }) => ({
        name: name ?? 'others',
        count: total,
        ...(name !== null && { href: pathTo('tail', [], { code: name }) }),
      }))}
    />
  )
}

function Attention({ items }: { readonly items: readonly AttentionItem[] }) {
  if (items.length === 0)
    return (
      <Notice icon="good" title="All quiet">
        No open incident, no scope that ends while somebody rests on it, no unknown scope, and every sink keeps up.
      </Notice>
    )
  return (
    <ul class="lines">
      {items.map((item) => (
        <li key={`${item.text} ${item.detail}`}>
          <span class={`state ${item.tone}`}>
            <Icon name={item.tone} size={14} />
            <span class="unseen">{item.tone === 'bad' ? 'urgent' : 'soon'}</span>
          </span>
          <div class="grow">
            <a class="clip plain-link" href={pathTo(item.page, item.rest)} title={visible(item.text)}>
              {visible(item.text)}
            </a>
            <span class="clip faint small" title={visible(item.detail)}>
              {visible(item.detail)}
            </span>
          </div>
        </li>
      ))}
    </ul>
  )
}
