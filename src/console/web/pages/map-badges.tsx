/** What is worth seeing of a route and of a scope, in small frames. */
import type { Sensitivity } from '../../../policy/release.ts'
import { daysInWords } from '../model/days.ts'
import type { Lifecycle } from '../model/lifecycle.ts'
import type { RouteMark } from '../model/map-index.ts'
import { Badge, type Tone } from '../parts/badge.tsx'

export const MARK_WORDS: Readonly<Record<RouteMark, string>> = {
  public: 'Nobody needs a token',
  authenticated: 'Any valid token will do',
  observe: 'Requests that lack a scope are let through and recorded',
  'step-up': 'Asks for a stronger or more recent authentication',
  bound: 'Asks for a token that is bound to its sender',
  deprecated: 'Names a scope that is on its way out',
  critical: 'Names a scope of the highest sensitivity',
  websocket: 'Lets WebSockets through',
}

const MARK_TONES: Readonly<Partial<Record<RouteMark, Tone>>> = {
  public: 'warn',
  observe: 'warn',
  deprecated: 'warn',
  critical: 'accent',
}

export const RouteBadges = ({
  marks,
  isUnused = false,
}: {
  readonly marks: readonly RouteMark[]
  readonly isUnused?: boolean
}) => (
  <>
    {marks.map((mark) => (
      <Badge key={mark} tone={MARK_TONES[mark] ?? 'none'} title={MARK_WORDS[mark]}>
        {mark}
      </Badge>
    ))}
    {isUnused && <Badge title="No request in this time">not used</Badge>}
  </>
)

const SENSITIVITY_TONES: Readonly<Record<Sensitivity, Tone>> = {
  low: 'none',
  medium: 'none',
  high: 'accent',
  critical: 'accent',
}

export const SensitivityBadge = ({ sensitivity }: { readonly sensitivity: Sensitivity }) => (
  <Badge tone={SENSITIVITY_TONES[sensitivity]}>{sensitivity}</Badge>
)

/** An end that is further away is told by its day alone. */
const FAR_DAYS = 365

/** What of its life asks for attention. */
export function LifecycleBadges({ lifecycle: { stage, sunset, review } }: { readonly lifecycle: Lifecycle }) {
  return (
    <>
      {stage === 'retired' && <Badge tone="bad">retired</Badge>}
      {stage === 'deprecated' && (
        <Badge tone="warn" title={sunset === undefined ? 'No day is set' : `It ends on ${sunset.day}`}>
          {sunset === undefined || sunset.days > FAR_DAYS ? 'deprecated' : `ends ${daysInWords(sunset.days)}`}
        </Badge>
      )}
      {review !== undefined && review.state !== 'later' && (
        <Badge tone="warn" title={`Its review is due on ${review.day}`}>
          {review.state === 'overdue' ? 'review overdue' : 'review due'}
        </Badge>
      )}
    </>
  )
}
