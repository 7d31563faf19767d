import { Link } from 'react-router'
import { Icon } from '../../components/icon.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import type { ChartSection, ChartSummary } from '../../session/shapes.ts'
import { ItemLine } from './item-line.tsx'
import { NewsPart } from './news-part.tsx'
import { useViewPath } from './views.ts'

/** Words of the sections that we know; another key keeps the title that the server gives. */
const titles: Readonly<Record<string, WordKey>> = {
  allergies: 'chart.sectionAllergies', problems: 'chart.sectionProblems', medicines: 'chart.sectionMedicines', results: 'chart.sectionResults', visits: 'chart.sectionVisits', reports: 'chart.sectionReports', procedures: 'chart.sectionProcedures',
  immunizations: 'chart.sectionImmunizations', plans: 'chart.sectionPlans', documents: 'chart.sectionDocuments', orders: 'chart.sectionOrders', devices: 'chart.sectionDevices', family: 'chart.sectionFamily', cover: 'chart.sectionCover',
}
/** Silence about these is worth a card of its own; the others are summed up in one line. */
const alwaysShown: readonly string[] = ['allergies', 'problems', 'medicines', 'results']

/** What is new, then the hospital's sections in the hospital's order. */
export function SummaryView({ patient, summary }: { readonly patient: string, readonly summary: ChartSummary }) {
  const { t } = usePreferences()
  const title = ({ key, title: given }: ChartSection): string => (titles[key] === undefined ? given : t(titles[key]))
  const isShown = ({ key, count }: ChartSection): boolean => count > 0 || alwaysShown.includes(key)
  const rest = summary.sections.filter((section) => !isShown(section))
  const [silent, hidden] = [rest.filter(({ reach }) => reach === 'all'), rest.filter(({ reach }) => reach !== 'all')]
  return (
    <>
      <NewsPart patient={patient} />
      <div className="cl-sections">
        {summary.sections.filter(isShown).map((section) => <SectionCard key={section.key} section={section} title={title(section)} patient={patient} />)}
      </div>
      {silent.length > 0 && <p className="cl-note cl-rest">{t('chart.nothingElse', { sections: silent.map(title).join(', ') })}</p>}
      {hidden.length > 0 && <p className="cl-note cl-rest">{t('chart.notSharedElse', { sections: hidden.map(title).join(', ') })}</p>}
    </>
  )
}

function SectionCard({ section, title, patient }: { readonly section: ChartSection, readonly title: string, readonly patient: string }) {
  const { t } = usePreferences()
  const { items, count, reach, key } = section
  const viewPath = useViewPath()
  const to = key === 'medicines' ? viewPath(patient, 'medicines') : key === 'results' ? viewPath(patient, 'trends') : `${viewPath(patient, 'timeline')}?kind=${section.types.join(',')}`
  return (
    <section className="cl-card cl-section-card" data-section={key} data-alert={(key === 'allergies' && count > 0) || undefined}>
      <div className="cl-section-head">
        <h2>{title}</h2>
        {count > items.length && <Link to={to}>{t('chart.all', { count })}</Link>}
      </div>
      {items.length > 0 && <ul className="cl-lines">{items.map((item) => <ItemLine key={item.id} item={item} dated />)}</ul>}
      {items.length === 0 && <p className="cl-note">{reach === 'all' ? t('chart.noneRecorded') : t(reach === 'none' ? 'patient.allergiesUnknown' : 'chart.noneInPart')}</p>}
      {section.shared !== undefined && section.shared > 0 && count > 0 && <p className="cl-note"><Icon name="building" size={14} /> {t('chart.sharedWith', { count: section.shared })}</p>}
      {items.length > 0 && reach === 'part' && <p className="cl-note"><Icon name="minus" size={14} /> {t('chart.partShared')}</p>}
    </section>
  )
}
