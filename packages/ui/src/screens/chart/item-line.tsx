import { Link } from 'react-router'
import { FlagBadge } from '../../records/flag-badge.tsx'
import { kindName } from '../../records/kinds.ts'
import { ProofBadge } from '../../records/proof-badge.tsx'
import { withUnits } from '../../records/units.ts'
import { usePreferences } from '../../session/preferences.tsx'
import type { ChartItem } from '../../session/shapes.ts'
import { rangeWords } from './item-words.ts'
import { useRecordWords } from './joined.tsx'
import { useSearch } from './use-search.ts'
import { VersionsFold } from './versions-fold.tsx'

interface ItemLineProps {
  readonly item: ChartItem
  /** Kind, author and proof; in a summary the section says the kind already. */
  readonly whole?: boolean
  /** The day, where no head above says it. */
  readonly dated?: boolean
}

/** A record as one line: its words, what it means, and from whom; its link fills the line. */
export function ItemLine({ item, whole = false, dated = false }: ItemLineProps) {
  const { t, clinicalDate } = usePreferences()
  const search = useSearch()
  const recordWords = useRecordWords()
  const current = search.get('record') === item.id
  const range = item.measure && rangeWords(item.measure)
  const notes = [
    whole ? kindName(t, item.type) : undefined,
    dated ? (item.date === undefined ? t('record.noDate') : clinicalDate(item.date.slice(0, 10))) : undefined,
    item.dose, range === undefined ? undefined : t('chart.range', { range }),
    whole ? item.author.name : undefined,
    recordWords(item.patient),
  ].filter((note) => note !== undefined && note !== '')
  return (
    <li className="cl-line cl-item" data-current={current || undefined} data-type={item.type} data-error={item.status === 'entered-in-error' || undefined}>
      <div>
        <Link className="cl-row-link" to={search.with({ record: item.id, tab: undefined })} aria-current={current ? 'true' : undefined} preventScrollReset>{withUnits(item.title)}</Link>
        {notes.length > 0 && <span className="cl-note">{notes.join(' · ')}</span>}
        <VersionsFold item={item} />
      </div>
      <span className="cl-item-marks">
        {item.status === 'entered-in-error' && <span className="cl-note">{t('code.entered-in-error')}</span>}
        <FlagBadge flag={item.flag} />
        {whole && <ProofBadge item={item} />}
      </span>
    </li>
  )
}
