import { useEffect } from 'react'
import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { Page, Section } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, LoadingState, Outcome } from '../../components/states.tsx'
import { daysUntil } from '../../i18n/dates.ts'
import { kindName } from '../../records/kinds.ts'
import { ProofBadge } from '../../records/proof-badge.tsx'
import { useCheckProof } from '../../records/proof-check.ts'
import { withUnits } from '../../records/units.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import type { RecordItem } from '../../session/shapes.ts'
import { readersOf, toVisits } from './access-visits.ts'
import { NewestResults, outsideOf, useNewestResults } from './newest-results.tsx'
import { useOwnAccess, useOwnConsents, useOwnRecords } from './own-records.ts'
import { WaitingRequests } from '../identity/requests.tsx'
import { EmergencyTold } from '../consent/emergency-told.tsx'
import { VisitLine } from './visit-line.tsx'

/** Am I fine, who looked, with whom do I share. */
export function PatientHome() {
  const { t } = usePreferences()
  return (
    <Page title={t('home.title')} width="read" answer={<WhoLooked />} action={<Button component={Link} to="/me/sharing/new">{t('home.shareWith')}</Button>}>
      <EmergencyTold />
      <WaitingRequests />
      <Results />
      <Latest />
      <Reads />
      <Shares />
    </Page>
  )
}

function WhoLooked() {
  const { t } = usePreferences()
  const access = useOwnAccess()
  if (!access.data) return <span className="cl-waiting">{t('state.loading')}</span>
  const { people, refused } = readersOf(access.data.items, new Date())
  return <><Standing /> {people > 0 ? <Rich k="home.readers" values={{ count: people }} /> : <Rich k="home.nobody" />} {refused > 0 && t('home.refused', { count: refused })}</>
}

/** Am I fine: the newest results, each with the word that its own range gives. */
function Results() {
  const { t } = usePreferences()
  const own = useOwnRecords()
  return (
    <Section title={t('home.results')} action={<Link to="/me/record?kind=Observation">{t('home.allResults')}</Link>}>
      <Outcome result={own} rows={4}>{({ items: [first] }) => (first ? <NewestResults patient={first.patient} /> : <EmptyState title={t('home.latestNone')} why={t('home.latestNoneWhy')} icon="record" />)}</Outcome>
    </Section>
  )
}

/** The first words of the page: whether anything in the newest results stands out. */
function Standing() {
  const own = useOwnRecords()
  const found = useNewestResults(own.data?.items[0]?.patient)
  if (!found.data?.day) return null
  const count = outsideOf(found.data)
  return count > 0 ? <Rich k="home.standingOutside" values={{ count }} /> : <Rich k="home.standingWithin" />
}

function Latest() {
  const { t } = usePreferences()
  const own = useOwnRecords()
  return (
    <Section title={t('home.latest')} action={<Link to="/me/record">{t('home.allRecords')}</Link>}>
      <Outcome result={own} rows={5}>
        {({ items: [first] }) => (first ? <LatestOf patient={first.patient} /> : <EmptyState title={t('home.latestNone')} why={t('home.latestNoneWhy')} icon="record" />)}
      </Outcome>
    </Section>
  )
}

function LatestOf({ patient }: { readonly patient: string }) {
  const { t, clinicalDate } = usePreferences()
  const client = useClient()
  const records = useOperation(client.hospital.records.list, 'hospital.records.list', { patient, limit: 5 })
  useCheckedHere(records.data?.items)
  return (
    <Outcome result={records} rows={5}>
      {({ items }) => (items.length === 0 ? <EmptyState title={t('home.latestNone')} why={t('home.latestNoneWhy')} icon="record" /> : (
        <ul className="cl-lines">
          {items.map((item) => (
            <li key={item.id} className="cl-line">
              <div><Link to={`/me/record?record=${item.id}`}>{withUnits(item.title)}</Link><span className="cl-note">{[kindName(t, item.type), item.date && clinicalDate(item.date.slice(0, 10)), item.author.name].filter(Boolean).join(' · ')}</span></div>
              <ProofBadge item={item} />
            </li>
          ))}
        </ul>
      ))}
    </Outcome>
  )
}

/** Checks the newest records by itself, one after the other: a patient's own looks are one line of their access log. What fails to come stays "not checked". */
function useCheckedHere(items: readonly RecordItem[] | undefined): void {
  const check = useCheckProof()
  useEffect(() => {
    const leaving = new AbortController()
    const run = async (): Promise<void> => {
      for (const item of items ?? []) {
        if (leaving.signal.aborted) return
        if (item.state === 'anchored') await check(item).catch(() => undefined)
      }
    }
    void run()
    return () => leaving.abort()
  }, [items, check])
}

function Reads() {
  const { t } = usePreferences()
  const access = useOwnAccess()
  return (
    <Section title={t('home.reads')} action={<Link to="/me/access">{t('home.allReads')}</Link>}>
      <Outcome result={access} rows={3}>
        {({ items }) => {
          const visits = toVisits(items.filter(({ decision }) => decision.rule !== 'self')).slice(0, 4)
          return visits.length === 0 ? <EmptyState title={t('home.readsNone')} why={t('home.readsNoneWhy')} icon="eye" /> : <ul className="cl-lines">{visits.map((visit) => <VisitLine key={visit.latest.id} visit={visit} />)}</ul>
        }}
      </Outcome>
    </Section>
  )
}

function Shares() {
  const { t, instant } = usePreferences()
  const consents = useOwnConsents()
  return (
    <Section title={t('home.shares')} action={<Link to="/me/sharing">{t('home.allShares')}</Link>}>
      {!consents.data && !consents.error ? <LoadingState rows={2} /> : (
        <Outcome result={consents} rows={2}>
          {({ items }) => {
            const active = items.filter(({ state }) => state === 'active').slice(0, 4)
            return active.length === 0 ? <EmptyState title={t('home.sharesNone')} why={t('home.sharesNoneWhy')} icon="share" /> : (
              <ul className="cl-lines">
                {active.map((item) => (
                  <li key={item.id} className="cl-line">
                    <div><Link to={`/me/sharing/${item.id}`}>{item.granteeName}</Link><span className="cl-note">{t('sharing.columnUntil')} {instant(item.terms.expires, 'date')}</span></div>
                    <span className="cl-note">{t('home.daysLeft', { count: Math.max(0, daysUntil(item.terms.expires, new Date())) })}</span>
                  </li>
                ))}
              </ul>
            )
          }}
        </Outcome>
      )}
    </Section>
  )
}
