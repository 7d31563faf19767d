import { Button } from '@mantine/core'
import { Link, useNavigate, useSearchParams } from 'react-router'
import type { LiveEvent } from '@careledger/client'
import { DetailPanel, WithPanel } from '../../components/detail-panel.tsx'
import { Facts } from '../../components/facts.tsx'
import { FilterChips } from '../../components/filter-chips.tsx'
import { MoreButton } from '../../components/data-table.tsx'
import { Page } from '../../components/page.tsx'
import { Rich, RichText } from '../../components/rich.tsx'
import { EmptyState, NothingMatches, Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { FreshLine, useLive } from '../../session/live.tsx'
import { usePages } from '../../session/query.ts'
import type { AccessItem } from '../../session/shapes.ts'
import { readersOf, toVisits, visitReason, visitSentence, type Visit } from './access-visits.ts'
import { useOwnAccess } from './own-records.ts'
import { purposeWord } from './purposes.ts'
import { WhyAllowed } from '../consent/why-allowed.tsx'
import { VisitLine } from './visit-line.tsx'

const filters = { others: ({ decision }: AccessItem) => decision.rule !== 'self', refused: ({ decision }: AccessItem) => decision.outcome === 'refused' } as const

const isReading = ({ kind }: LiveEvent): boolean => kind === 'decision'

/** Every reading and every refusal, as sentences. What comes meanwhile is counted above the list, and shown when asked for. */
export function Access() {
  const { t } = usePreferences()
  const client = useClient()
  const navigate = useNavigate()
  const [search, setSearch] = useSearchParams()
  const chosen = search.get('show')
  const filter = chosen === 'others' || chosen === 'refused' ? chosen : undefined
  const open = search.get('visit') ?? undefined
  const access = usePages(client.hospital.access.list, 'hospital.access.list', { limit: 100 })
  const fresh = useLive(isReading)
  const visits = toVisits((access.items ?? []).filter(filter ? filters[filter] : () => true))
  const visit = visits.find(({ items }) => items.some(({ id }) => id === open))
  const choices = [{ value: 'others', label: t('access.filterOthers') }, { value: 'refused', label: t('access.filterRefused') }] as const
  const setFilter = (value: string | undefined): void => setSearch(value === undefined ? {} : { show: value })
  const to = (id: string): string => `?${new URLSearchParams({ ...(filter && { show: filter }), visit: id }).toString()}`

  return (
    <Page title={t('access.title')} answer={<Summary />}>
      <WithPanel panel={visit && <VisitPanel visit={visit} onClose={() => void navigate(filter ? `?show=${filter}` : '?', { preventScrollReset: true })} />}>
        <FreshLine words={t('live.readings', { count: fresh.count })} fresh={fresh} onShow={() => void access.refetch()} />
        <FilterChips all={t('access.filterAll')} choices={choices} value={filter} onChange={setFilter} />
        <Outcome result={{ data: access.data, error: access.error, dataUpdatedAt: access.dataUpdatedAt, refetch: access.refetch }} rows={8} height={60}>
          {() => (visits.length > 0 ? <ul className="cl-lines cl-card" aria-label={t('access.title')}>{visits.map((one) => <VisitLine key={one.latest.id} visit={one} to={to(one.latest.id)} current={one === visit} />)}</ul>
            : filter ? <NothingMatches filter={choices.find(({ value }) => value === filter)?.label ?? ''} onClear={() => setFilter(undefined)} /> : <EmptyState title={t('access.none')} why={t('access.noneWhy')} icon="eye" />)}
        </Outcome>
        <MoreButton result={access} count={100} />
      </WithPanel>
    </Page>
  )
}

function Summary() {
  const { t } = usePreferences()
  const access = useOwnAccess()
  if (!access.data) return <span className="cl-waiting">{t('state.loading')}</span>
  const { people, organisations, refused } = readersOf(access.data.items, new Date())
  const who = people === 1 ? t('access.peopleOne') : t('access.people', { n: people })
  const where = organisations === 1 ? t('access.organisationOne') : t('access.organisations', { n: organisations })
  return <>{people === 0 ? <Rich k="access.answerNobody" /> : <RichText text={t('access.answer', { people: who, organisations: where })} />} {refused > 0 ? t('access.refused', { count: refused }) : t('access.noneRefused')}</>
}

function VisitPanel({ visit, onClose }: { readonly visit: Visit, readonly onClose: () => void }) {
  const { t, instant, number } = usePreferences()
  const { latest, items } = visit
  const { decision } = latest
  return (
    <DetailPanel id={latest.id} title={t('access.panel')} onClose={onClose}>
      <p><RichText text={visitSentence(t, visit)} /></p>
      <div className="cl-panel-line"><StatusBadge status={decision.outcome} /></div>
      {decision.outcome === 'refused' && <p className="cl-note">{t('access.refusedHint')}</p>}
      <Facts facts={[
        { label: t('access.when'), value: instant(latest.at, 'patient') },
        { label: t('access.rule'), value: visitReason(t, visit) },
        ...(decision.purpose ? [{ label: t('access.purpose'), value: t(purposeWord(decision.purpose)) }] : []),
        ...(decision.consent && decision.rule === 'emergency' ? [{ label: t('emergency.title'), value: <Link to={`/me/emergency/${decision.consent}`}>{t('emergency.toldLook')}</Link> }] : []),
        ...(decision.consent && decision.rule === 'consent' ? [{ label: t('access.consent'), value: <Link to={`/me/sharing/${decision.consent}`}>{t('access.consentOpen')}</Link> }] : []),
        { label: t('access.times'), value: number(items.length) },
        { label: t('access.decision'), value: <code>{decision.id}</code> },
      ]} />
      <WhyAllowed decision={decision.id} />
      {latest.link && (
        <section className="cl-cheat">
          <h3>{t('access.notMe')}</h3>
          <p className="cl-note">{t('access.notMeLink')}</p>
          <Button component={Link} variant="default" to={`/me/carry?link=${latest.link.link}`}>{t('access.linkOpen')}</Button>
        </section>
      )}
      {decision.consent && decision.rule === 'consent' && (
        <section className="cl-cheat">
          <h3>{t('access.notMe')}</h3>
          <p className="cl-note">{t('access.notMeWhat')}</p>
          <Button component={Link} variant="default" to={`/me/sharing/${decision.consent}`}>{t('access.consentOpen')}</Button>
        </section>
      )}
    </DetailPanel>
  )
}
