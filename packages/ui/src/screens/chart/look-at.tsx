import { Link } from 'react-router'
import { FlagBadge, isAbnormal } from '../../records/flag-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import type { ChartItem, ChartSummary } from '../../session/shapes.ts'
import { measured } from './item-words.ts'
import { viewPath } from './views.ts'

const shownMax = 3

/** The one line before any data: the newest results that are not as usual, by name. */
export function LookAt({ summary, patient }: { readonly summary: ChartSummary, readonly patient: string }) {
  const { t } = usePreferences()
  const results = summary.sections.find(({ key }) => key === 'results')
  const found = [...summary.vitals.items, ...(results?.items ?? [])].filter(({ flag }) => isAbnormal(flag))
  const reach = summary.vitals.reach
  if (found.length === 0) return <>{reach === 'none' ? t('chart.resultsNotShared') : summary.vitals.items.length === 0 && (results?.count ?? 0) === 0 ? t('chart.noResults') : t(reach === 'part' ? 'chart.nothingAbnormalPart' : 'chart.nothingAbnormal')}</>
  return (
    <span className="cl-look-at">
      <span>{t('chart.lookAt')}</span>
      {found.slice(0, shownMax).map((item) => <One key={item.id} item={item} patient={patient} />)}
      {found.length > shownMax && <span>{t('chart.lookAtMore', { count: found.length - shownMax })}</span>}
    </span>
  )
}

function One({ item, patient }: { readonly item: ChartItem, readonly patient: string }) {
  const { name, value } = measured(item)
  return (
    <span className="cl-look-at-one">
      <Link to={`${viewPath(patient, 'trends')}?code=${encodeURIComponent(item.code ?? name)}`}>{name} <strong>{value}</strong></Link> <FlagBadge flag={item.flag} />
    </span>
  )
}
