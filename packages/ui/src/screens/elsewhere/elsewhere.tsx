import { Link } from 'react-router'
import { Button } from '@mantine/core'
import { MoreButton } from '../../components/data-table.tsx'
import { Page, Section } from '../../components/page.tsx'
import { EmptyState, LoadingState, Outcome } from '../../components/states.tsx'
import { ElsewhereProvider, useAway } from '../../session/elsewhere.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation, usePages } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { ElsewherePlace } from '../../session/shapes.ts'
import { PatientTable } from '../doctor/patient-table.tsx'
import { AwayFailure } from './away-failure.tsx'

/** Whom the doctor may read at other hospitals, each asked for itself: one that is silent keeps nobody from the others. */
export function Elsewhere() {
  const { t } = usePreferences()
  const client = useClient()
  const places = useOperation(client.identity.elsewhere, 'identity.elsewhere', {})
  return (
    <Page title={t('elsewhere.title')} answer={t('elsewhere.answer')}>
      <Outcome result={places} rows={6}>
        {({ items }) => (items.length === 0
          ? <EmptyState icon="building" title={t('elsewhere.none')} why={t('elsewhere.noneWhy')} action={<Button component={Link} variant="default" to="/patients">{t('shell.patients')}</Button>} />
          : items.map((place) => <Section key={place.name} title={place.title}><AtPlace place={place} /></Section>))}
      </Outcome>
    </Page>
  )
}

function AtPlace({ place }: { readonly place: ElsewherePlace }) {
  const away = useAway(place)
  if (away.error !== null) return <AwayFailure place={place} error={away.error} onRetry={() => void away.refetch()} />
  if (away.data === undefined) return <LoadingState rows={3} />
  return <ElsewhereProvider place={place} client={away.data.client}><SharedThere place={place} /></ElsewhereProvider>
}

function SharedThere({ place }: { readonly place: ElsewherePlace }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const patients = usePages(client.hospital.patients.list, 'hospital.patients.list', { limit: 50 })
  return (
    <>
      <Outcome result={{ data: patients.items, error: patients.error, dataUpdatedAt: patients.dataUpdatedAt, refetch: patients.refetch }} rows={3}>
        {(items) => (items.length === 0
          ? <p className="cl-note">{t('elsewhere.nobody', { place: place.title })}</p>
          : <PatientTable items={items} base={`/elsewhere/${place.name}`} />)}
      </Outcome>
      <MoreButton result={patients} count={50} />
      {patients.dataUpdatedAt > 0 && <p className="cl-note">{t('elsewhere.asOf', { place: place.title, time: instant(new Date(patients.dataUpdatedAt), 'time') })}</p>}
    </>
  )
}
