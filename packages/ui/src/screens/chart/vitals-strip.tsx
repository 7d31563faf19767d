import { Link } from 'react-router'
import { FlagBadge, isAbnormal } from '../../records/flag-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import type { ChartItem, ChartSummary } from '../../session/shapes.ts'
import { daysSince, measured } from './item-words.ts'
import { useViewPath, type View } from './views.ts'

/** The newest of each vital sign with its age; one that is not as usual and was not taken again for a day is said so. */
export function VitalsStrip({ vitals, patient, view }: { readonly vitals: ChartSummary['vitals'], readonly patient: string, readonly view: View }) {
  const { t, clinicalDate } = usePreferences()
  if (vitals.items.length === 0) return null
  const last = vitals.items.map(({ date }) => date ?? '').toSorted().at(-1)
  return (
    <section className="cl-vitals" data-view={view} aria-label={t('chart.vitals')}>
      <p className="cl-note">{t('chart.vitalsLast', { date: last ? clinicalDate(last.slice(0, 10)) : t('state.notKnown') })}</p>
      <ul>{vitals.items.slice(0, 8).map((item) => <Vital key={item.id} item={item} patient={patient} apart={item.date?.slice(0, 10) !== last?.slice(0, 10)} />)}</ul>
    </section>
  )
}

function Vital({ item, patient, apart }: { readonly item: ChartItem, readonly patient: string, readonly apart: boolean }) {
  const { t, clinicalDate } = usePreferences()
  const { name, value } = measured(item)
  const viewPath = useViewPath()
  const days = daysSince(item.date, new Date())
  const overdue = isAbnormal(item.flag) && days !== undefined && days >= 1
  return (
    <li data-abnormal={isAbnormal(item.flag) || undefined}>
      <Link to={`${viewPath(patient, 'trends')}?code=${encodeURIComponent(item.code ?? name)}`}>{name}</Link>
      <span className="cl-vital-value">{value} <FlagBadge flag={item.flag} /></span>
      {overdue ? <span className="cl-vital-old">{t('chart.vitalOld', { count: days })}</span> : apart && item.date !== undefined && <span className="cl-note">{clinicalDate(item.date.slice(0, 10))}</span>}
    </li>
  )
}
