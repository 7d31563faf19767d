import { useState } from 'react'
import { Button } from '@mantine/core'
import { DataTable, MoreButton, type Column } from '../../components/data-table.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { usePages } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { PatientName } from './patient-name.tsx'

type Item = Awaited<ReturnType<ReturnType<typeof useClient>['hospital']['retention']['due']['query']>>['items'][number]
const states: Readonly<Record<Item['state'], WordKey>> = { due: 'keeping.stateDue', kept: 'keeping.stateKept', held: 'keeping.stateHeld' }

/** Of whom nothing need be kept any more. Each look is an access that the patient sees, so nothing is asked before the press. */
export function Due() {
  const { t, clinicalDate } = usePreferences()
  const client = useClient()
  const [started, setStarted] = useState(false)
  const due = usePages(client.hospital.retention.due, 'hospital.retention.due', { limit: 20 }, { enabled: started })
  const columns: readonly [Column<Item>, ...Column<Item>[]] = [
    { key: 'patient', head: t('keeping.columnPatient'), cell: ({ patient }) => <PatientName patient={patient} /> },
    { key: 'state', head: t('keeping.columnState'), cell: ({ state }) => t(states[state]) },
    { key: 'until', head: t('keeping.columnUntil'), cell: ({ until }) => (until === undefined ? '–' : <span className="cl-nowrap">{clinicalDate(until)}</span>) },
  ]
  return (
    <Page title={t('keeping.dueTitle')} answer={t('keeping.dueAnswer')} action={!started && <Button onClick={() => setStarted(true)}>{t('keeping.dueStart')}</Button>}>
      {started && (
        <Outcome result={{ data: due.items, error: due.error, dataUpdatedAt: due.dataUpdatedAt, refetch: due.refetch }} rows={6}>
          {(items) => (items.length > 0 ? <DataTable caption={t('keeping.dueTable')} columns={columns} rows={items} rowKey={({ patient }) => patient} to={({ patient }) => `/keeping/patients/${patient}`} /> : <EmptyState title={t('keeping.dueNone')} why={t('keeping.dueNoneWhy')} icon="people" />)}
        </Outcome>
      )}
      <MoreButton result={due} count={20} />
    </Page>
  )
}
