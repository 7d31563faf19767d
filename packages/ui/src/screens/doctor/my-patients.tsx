import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { MoreButton } from '../../components/data-table.tsx'
import { Page } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { usePages } from '../../session/query.ts'
import { CustodyHint } from '../custody/notices.tsx'
import { PatientTable } from './patient-table.tsx'

/** Whom the doctor may read: own patients and those who share, each with why. */
export function MyPatients() {
  const { t } = usePreferences()
  const client = useClient()
  const patients = usePages(client.hospital.patients.list, 'hospital.patients.list', { limit: 50 })
  const count = patients.items?.length ?? 0
  return (
    <Page title={t('patient.title')} answer={patients.items ? <Rich k={patients.hasNextPage ? 'patient.answerMany' : 'patient.answer'} values={patients.hasNextPage ? { n: count } : { count }} /> : '\u00a0'} action={<Button component={Link} to="/patients/find">{t('find.title')}</Button>}>
      <CustodyHint />
      <Outcome result={{ data: patients.items, error: patients.error, dataUpdatedAt: patients.dataUpdatedAt, refetch: patients.refetch }} rows={8}>
        {(items) => (items.length > 0 ? <PatientTable items={items} /> : <EmptyState title={t('patient.none')} why={t('patient.noneWhy')} icon="people" action={<Button component={Link} variant="default" to="/import">{t('import.title')}</Button>} />)}
      </Outcome>
      <MoreButton result={patients} count={50} />
    </Page>
  )
}
