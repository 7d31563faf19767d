import { Link } from 'react-router'
import { FlagBadge } from '../../records/flag-badge.tsx'
import { kindName } from '../../records/kinds.ts'
import { withUnits } from '../../records/units.ts'
import { usePreferences } from '../../session/preferences.tsx'
import type { ChartDetail } from '../../session/shapes.ts'
import { rangeWords } from './item-words.ts'
import { useSearch } from './use-search.ts'

const foldedPast = 12

/** What this record refers to, as far as it may be read: a report's results with their ranges, a visit, who took part. */
export function Related({ related }: { readonly related: ChartDetail['related'] }) {
  const { t, clinicalDate } = usePreferences()
  const search = useSearch()
  const items = [...new Map(related.map(({ element, item }) => [item.id, { element, item }])).values()]
  if (items.length === 0) return null
  const list = (
    <ul className="cl-lines">
      {items.map(({ item }) => {
        const range = item.measure && rangeWords(item.measure)
        return (
          <li key={item.id} className="cl-line cl-related">
            <div>
              <Link to={search.with({ record: item.id, tab: undefined })} preventScrollReset>{withUnits(item.title)}</Link>
              <span className="cl-note">{[kindName(t, item.type), range === undefined ? undefined : t('chart.range', { range }), item.date && clinicalDate(item.date.slice(0, 10))].filter(Boolean).join(' · ')}</span>
            </div>
            <FlagBadge flag={item.flag} />
          </li>
        )
      })}
    </ul>
  )
  return <section className="cl-panel-part"><h3>{t('chart.related')}</h3>{items.length > foldedPast ? <details><summary>{t('chart.relatedMany', { count: items.length })}</summary>{list}</details> : list}</section>
}
