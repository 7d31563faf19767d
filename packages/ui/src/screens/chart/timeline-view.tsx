import { useMemo } from 'react'
import { MoreButton } from '../../components/data-table.tsx'
import { Icon } from '../../components/icon.tsx'
import { EmptyState, NothingMatches, Outcome } from '../../components/states.tsx'
import { kindName } from '../../records/kinds.ts'
import { useLiveStates } from '../../records/live-states.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { usePages } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { ChartItem, TimelineVisit } from '../../session/shapes.ts'
import { ItemLine } from './item-line.tsx'
import { TimelineFilters } from './timeline-filters.tsx'
import { useSearch } from './use-search.ts'

const PAGE = 60

/** Everything that happened, newest first, by visit. */
export function TimelineView({ patient }: { readonly patient: string }) {
  const { t, clinicalDate } = usePreferences()
  const client = useClient()
  const search = useSearch()
  const [kind, from, to] = [search.get('kind'), search.get('from'), search.get('to')]
  const query = { patient, limit: PAGE, ...(kind !== undefined && { types: kind.split(',') }), ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  const pages = usePages({ query: async (input: typeof query & { after?: string }, options) => {
    const { visits, ...rest } = await client.hospital.chart.timeline.query(input, options)
    return { items: visits, ...rest }
  } }, 'hospital.chart.timeline', query)
  const live = useLiveItems(pages.items)
  const filter = [kind?.split(',').map((type) => kindName(t, type)).join(', '), from && t('chart.from', { date: clinicalDate(from) }), to && t('chart.to', { date: clinicalDate(to) })].filter(Boolean).join(', ')
  return (
    <>
      <TimelineFilters patient={patient} counts={pages.first?.counts} />
      <Outcome result={{ data: pages.items, error: pages.error, dataUpdatedAt: pages.dataUpdatedAt, refetch: pages.refetch }} rows={12}>
        {(visits) => (
          <>
            {visits.length === 0 && (filter === '' ? <EmptyState title={t('record.none')} why={t('patient.oldest')} icon="record" /> : <NothingMatches filter={filter} onClear={() => search.change({ kind: undefined, from: undefined, to: undefined })} />)}
            <ol className="cl-timeline" aria-label={t('chart.viewTimeline')}>{visits.map((visit) => <VisitPart key={visit.key} visit={visit} folding={kind === undefined} live={live} />)}</ol>
            <MoreButton result={pages} count={PAGE} />
          </>
        )}
      </Outcome>
    </>
  )
}

/** What a visit cost, folded at its end unless it is what was asked for. */
const billing: ReadonlySet<string> = new Set(['Claim', 'ClaimResponse', 'ExplanationOfBenefit', 'Coverage'])

function VisitPart({ visit, folding, live }: { readonly visit: TimelineVisit, readonly folding: boolean, readonly live: (item: ChartItem) => ChartItem }) {
  const { t, clinicalDate } = usePreferences()
  const { encounter, date, items, more } = visit
  const bills = folding ? items.filter(({ type }) => billing.has(type)) : []
  const clinical = bills.length === 0 ? items : items.filter(({ type }) => !billing.has(type))
  return (
    <li className="cl-visit">
      <div className="cl-visit-head">
        <h2>{date === undefined ? t('record.noDate') : clinicalDate(date.slice(0, 10))}</h2>
        <span className="cl-note"><Icon name={encounter ? 'building' : 'file'} size={16} /> {encounter ? encounter.author.organisationName ?? encounter.author.name : t('chart.outsideVisit')}</span>
      </div>
      <ul className="cl-lines cl-card">
        {encounter && <ItemLine item={live(encounter)} whole />}
        {clinical.map((item) => <ItemLine key={item.id} item={live(item)} whole />)}
        {bills.length > 0 && <li className="cl-bills"><details><summary>{t('chart.bills', { count: bills.length })}</summary><ul className="cl-lines">{bills.map((item) => <ItemLine key={item.id} item={live(item)} whole />)}</ul></details></li>}
        {more > 0 && <li className="cl-line cl-note">{t('chart.visitMore', { count: more })}</li>}
      </ul>
    </li>
  )
}

/** How far each record has come by now. */
function useLiveItems(visits: readonly TimelineVisit[] | undefined): (item: ChartItem) => ChartItem {
  const items = useMemo(() => visits?.flatMap(({ encounter, items: inside }) => (encounter ? [encounter, ...inside] : inside)), [visits])
  const live = useLiveStates(items)
  return useMemo(() => {
    const found = new Map(live?.map((item) => [item.id, item]))
    return (item) => found.get(item.id) ?? item
  }, [live])
}
