/** How many days back a page looks, kept in its address. */
import type { Answer } from '../api/use-answer.ts'
import { Choice } from '../parts/controls.tsx'
import { Icon } from '../parts/icon.tsx'
import { explain, Mend } from '../parts/shown.tsx'
import { changeQuery, type Route } from '../route.ts'

const DAYS = ['7', '30', '90'] as const
const USUAL = '30'

const chosenOf = (route: Route): (typeof DAYS)[number] => DAYS.find((each) => each === route.query.get('days')) ?? USUAL

export const daysOf = (route: Route): number => Number(chosenOf(route))

export const Days = ({ route }: { readonly route: Route }) => (
  <Choice
    label="How far back"
    options={DAYS.map((value) => ({ value, text: `${value} days` }))}
    value={chosenOf(route)}
    onChange={(value) => changeQuery(route, { days: value === USUAL ? undefined : value })}
  />
)

interface UnknownProps {
  readonly answer: Answer<unknown>
  /** What is not known then, as the beginning of a sentence. */
  readonly what: string
}

/** For what a page is still worth seeing without: a line that says what is missing. */
export function Unknown({ answer: { value, failure, reload }, what }: UnknownProps) {
  if (failure === undefined) return null
  return (
    <div class="banner warn" role="status">
      <Icon name="warn" size={14} />
      <p>
        {what} {value === undefined ? 'is not known' : 'may be out of date'}: {explain(failure).title.toLowerCase()}.
      </p>
      <Mend failure={failure} retry={reload} />
    </div>
  )
}
