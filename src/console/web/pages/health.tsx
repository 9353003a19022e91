/** How environments and their parts are, a line each. */
import type { ComponentChildren } from 'preact'
import type { EnvironmentHealth, OverviewAnswer } from '../../../policy/console-answers.ts'
import type { SinksAnswer } from '../../../policy/usage-answers.ts'
import { visible } from '../model/shown-text.ts'
import { Badge, State, type Tone } from '../parts/badge.tsx'
import { Ago } from '../parts/time.tsx'
import { plural, shortCount, shortDigest } from '../parts/words.ts'

const HEALTH_TONES: Readonly<Record<EnvironmentHealth['state'], Tone>> = {
  ok: 'good',
  degraded: 'warn',
  unreachable: 'none',
}

/** That a gate cannot be asked from here says nothing about how it is. */
const HEALTH_WORDS: Readonly<Record<EnvironmentHealth['state'], string>> = {
  ok: 'ok',
  degraded: 'degraded',
  unreachable: 'not reached',
}

export const EnvironmentLine = ({ health }: { readonly health: EnvironmentHealth }) => (
  <li>
    <div class="grow">
      <div class="row">
        <strong class="wrap">{health.environment}</strong>
        {health.isOwn && <Badge tone="accent">here</Badge>}
      </div>
      <span class="clip faint small" title={health.detail}>
        {health.release === undefined ? (
          (health.detail ?? 'no release')
        ) : (
          <>
            #{health.release.serial} · <code title={health.release.digest}>{shortDigest(health.release.digest)}</code> ·{' '}
            {health.release.source}
            {health.candidate !== undefined && (
              <>
                {' '}
                · candidate {shortDigest(health.candidate.digest)}, <Ago at={health.candidate.since} />
              </>
            )}
          </>
        )}
      </span>
    </div>
    <State tone={HEALTH_TONES[health.state]}>{HEALTH_WORDS[health.state]}</State>
  </li>
)

interface HealthProps {
  readonly overview: OverviewAnswer
  readonly sinks: SinksAnswer | undefined
}

export function Health({ overview: { issuers, revocation, bindings }, sinks }: HealthProps) {
  return (
    <ul class="lines columns">
      {issuers.map(({ issuer, state, detail }) => (
        <Part
          key={issuer}
          name={issuer}
          kind="issuer"
          tone={state === 'ok' ? 'good' : 'bad'}
          word={state}
          detail={detail}
        />
      ))}
      <Part
        name="Revocations"
        kind="mirror"
        tone={revocation === 'off' ? 'none' : revocation.freshness === 'fresh' ? 'good' : 'bad'}
        word={revocation === 'off' ? 'off' : revocation.freshness}
        detail={revocation === 'off' ? undefined : plural(revocation.marks, 'mark')}
      />
      {(sinks?.sinks ?? []).map(({ sink, sent, lost }) => (
        <Part
          key={sink}
          name={sink}
          kind="sink"
          tone={lost > 0 ? 'warn' : 'good'}
          word={lost > 0 ? `lost ${shortCount(lost)}` : 'ok'}
          detail={`${shortCount(sent)} sent in the last day`}
        />
      ))}
      {bindings.map(({ name, isBound, purpose }) => (
        <Part
          key={name}
          name={name}
          kind="binding"
          tone={isBound ? 'good' : 'warn'}
          word={isBound ? 'bound' : 'missing'}
          detail={purpose}
        />
      ))}
    </ul>
  )
}

interface PartProps {
  readonly name: string
  readonly kind: string
  readonly tone: Tone
  readonly word: string
  readonly detail: ComponentChildren
}

const Part = ({ name, kind, tone, word, detail }: PartProps) => (
  <li>
    <div class="grow">
      <span class="clip" title={visible(name)}>
        {visible(name)} <span class="faint small">{kind}</span>
      </span>
      {detail !== undefined && <span class="clip faint small">{detail}</span>}
    </div>
    <State tone={tone}>{word}</State>
  </li>
)
