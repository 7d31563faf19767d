import { Link } from 'react-router'
import { withUnits } from '../../records/units.ts'
import { usePreferences } from '../../session/preferences.tsx'
import type { ChartItem } from '../../session/shapes.ts'
import { measured } from './item-words.ts'
import { useSearch } from './use-search.ts'

/** "Corrected 2 Nov: was 3.9", and the older versions below, each to open. */
export function VersionsFold({ item, open = false }: { readonly item: Pick<ChartItem, 'versions' | 'recordedAt' | 'measure'>, readonly open?: boolean }) {
  const { t, instant } = usePreferences()
  const search = useSearch()
  const [former] = item.versions
  if (former === undefined) return null
  const was = item.measure === undefined ? withUnits(former.title) : (measured({ title: former.title, measure: item.measure }).value ?? withUnits(former.title))
  return (
    <details className="cl-versions" open={open}>
      <summary>{t('chart.corrected', { date: instant(item.recordedAt, 'date'), was })}</summary>
      <ul>
        {item.versions.map((version) => (
          <li key={version.id}><Link to={search.with({ record: version.id, tab: undefined })} preventScrollReset>{withUnits(version.title)}</Link> <span className="cl-note">{version.author.name}, {instant(version.recordedAt, 'clinical')}</span></li>
        ))}
      </ul>
    </details>
  )
}
