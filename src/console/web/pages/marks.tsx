/** Entries of the revocation log in a table. */
import type { ListedMark } from '../../../policy/revocation-log.ts'
import { authorWords, effectWord, limitWords, targetWords } from '../model/mark-words.ts'
import { visible } from '../model/shown-text.ts'
import { State, type Tone } from '../parts/badge.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Clipped } from '../parts/text.tsx'
import { Ago } from '../parts/time.tsx'
import { pathTo } from '../route.ts'

interface MarksProps {
  readonly marks: readonly ListedMark[]
  /** The entry that is open beside. */
  readonly open?: number | undefined
}

export const Marks = ({ marks, open }: MarksProps) => (
  <Table
    label="Entries of the log"
    columns={COLUMNS}
    rows={marks}
    keyOf={({ seq }) => String(seq)}
    href={({ seq }) => pathTo('revocations', [], { entry: seq })}
    open={open === undefined ? undefined : String(open)}
    empty={null}
  />
)

const STANDING_TONES: Readonly<Record<ListedMark['standing'], Tone>> = {
  active: 'bad',
  expired: 'none',
  undone: 'none',
  superseded: 'warn',
}

export const STANDING_WORDS: Readonly<Record<ListedMark['standing'], string>> = {
  active: 'in force',
  expired: 'ended',
  undone: 'undone',
  superseded: 'covered by another',
}

/** An effect that is over is told in the past, by its standing. */
export const Standing = ({ mark: { standing, action } }: { readonly mark: ListedMark }) => (
  <State tone={STANDING_TONES[standing]}>
    {standing === 'active' ? effectWord(action.effect) : STANDING_WORDS[standing]}
  </State>
)

const COLUMNS: readonly Column<ListedMark>[] = [
  {
    title: 'What',
    cell: ({ action }) => {
      const { kind, name, link, further } = targetWords(action.target)
      return (
        <span class="named">
          <span class="quiet">{kind}</span>
          <Clipped>{name}</Clipped>
          {link === 'for' && <span class="quiet clip">for {visible(further ?? '')}</span>}
          {limitWords(action.effect).length > 0 && (
            <span class="faint small clip wide" title={limitWords(action.effect).map(visible).join(', ')}>
              {limitWords(action.effect).map(visible).join(', ')}
            </span>
          )}
        </span>
      )
    },
  },
  { title: 'State', width: '136px', cell: (mark) => <Standing mark={mark} /> },
  {
    title: 'Reason',
    width: '26%',
    isWide: true,
    cell: ({ action }) => <Clipped mono={false}>{action.reason}</Clipped>,
  },
  {
    title: 'By',
    width: '160px',
    isWide: true,
    cell: ({ author }) => <Clipped mono={false}>{authorWords(author)}</Clipped>,
  },
  { title: 'When', width: '92px', cell: ({ time }) => <Ago at={time} /> },
  {
    title: 'Until',
    width: '104px',
    isWide: true,
    cell: ({ action }) =>
      action.expires === undefined ? <span class="faint">no end</span> : <Ends at={action.expires} />,
  },
]

/** Not every number of seconds is a day of the calendar. */
const Ends = ({ at }: { readonly at: number }) => (at > 8.64e12 ? <>never</> : <Ago at={at * 1000} />)
