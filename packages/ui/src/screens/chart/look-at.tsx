import { Link } from 'react-router'
import { FlagBadge, isAbnormal } from '../../records/flag-badge.tsx'
import { usePreferences, type Preferences } from '../../session/preferences.tsx'
import type { ChartItem, ChartSummary } from '../../session/shapes.ts'
import { measured } from './item-words.ts'
import { useViewPath } from './views.ts'

const shownMax = 3

/** The one line before any data: the newest results that are not as usual, by name. */
export function LookAt({ summary, patient }: { readonly summary: ChartSummary, readonly patient: string }) {
  const { t } = usePreferences()
  const results = summary.sections.find(({ key }) => key === 'results')
  const found = [...summary.vitals.items, ...(results?.items ?? [])].filter(({ flag }) => isAbnormal(flag))
  if (found.length === 0) return <>{quiet(t, summary)}</>
  const more = summary.latest.abnormal - Math.min(found.length, shownMax)
  return (
    <span className="cl-look-at">
      <span>{t('chart.lookAt')}</span>
      {found.slice(0, shownMax).map((item) => <One key={item.id} item={item} patient={patient} />)}
      {more > 0 && <span>{t('chart.lookAtMore', { count: more })}</span>}
    </span>
  )
}

/** No abnormal result is not the same as all well: what gives no range says neither. */
function quiet(t: Preferences['t'], { latest: { usual, unknown }, vitals: { reach } }: ChartSummary): string {
  if (reach === 'none') return t('chart.resultsNotShared')
  const words = usual + unknown === 0 ? t('chart.noResults') : unknown === 0 ? t('chart.allUsual', { count: usual }) : usual === 0 ? t('chart.noneSays', { count: unknown }) : t('chart.someUsual', { count: usual, unknown })
  return reach === 'part' ? `${words} ${t('chart.partShared')}` : words
}

function One({ item, patient }: { readonly item: ChartItem, readonly patient: string }) {
  const { name, value } = measured(item)
  const viewPath = useViewPath()
  return (
    <span className="cl-look-at-one">
      <Link to={`${viewPath(patient, 'trends')}?code=${encodeURIComponent(item.code ?? name)}`}>{name} <strong>{value}</strong></Link> <FlagBadge flag={item.flag} />
    </span>
  )
}
