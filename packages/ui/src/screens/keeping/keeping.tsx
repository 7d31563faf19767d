import { Button } from '@mantine/core'
import { Link } from 'react-router'
import type { ErasureCase } from '@careledger/client'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { Page, Section } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import type { Translate } from '../../i18n/translate.ts'
import { usePreferences, type Preferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import { CertificateButton, CertificateState } from './certificate.tsx'
import { PatientName } from './patient-name.tsx'

type Done = Awaited<ReturnType<ReturnType<typeof useClient>['hospital']['erasures']['list']['query']>>['done'][number]

/** What waits for the custodian's people, and the certificates of what was erased. */
export function Keeping() {
  const preferences = usePreferences()
  const { t, instant } = preferences
  const client = useClient()
  const { actor } = useSession()
  const cases = useOperation(client.hospital.erasures.list, 'hospital.erasures.list', {}, { refetchMs: 15_000 })
  const open: readonly [Column<ErasureCase>, ...Column<ErasureCase>[]] = [
    { key: 'patient', head: t('keeping.columnPatient'), cell: ({ patient }) => <PatientName patient={patient} /> },
    { key: 'state', head: t('keeping.columnState'), cell: (item) => stateWords(item, t) },
    { key: 'retention', head: t('keeping.columnRetention'), cell: (item) => retentionWords(item, preferences), wideOnly: true },
  ]
  const done: readonly [Column<Done>, ...Column<Done>[]] = [
    { key: 'at', head: t('keeping.columnErased'), cell: ({ erasedAt }) => (erasedAt === undefined ? t('keeping.underWay') : <span className="cl-nowrap">{instant(erasedAt, 'clinical')}</span>) },
    { key: 'by', head: t('keeping.columnBy'), cell: ({ proposerName, approverName }) => <span lang="en">{proposerName}, {approverName}</span> },
    { key: 'state', head: t('keeping.columnLedger'), cell: ({ state }) => <CertificateState state={state} /> },
    { key: 'file', head: t('keeping.columnFile'), cell: ({ certificate, erasedAt }) => (certificate === undefined ? '–' : <CertificateButton id={certificate} at={erasedAt} />) },
  ]
  const clerk = actor?.roles.includes('records-clerk') ?? false
  return (
    <Page title={t('keeping.title')} answer={cases.data === undefined ? '\u00a0' : cases.data.open.length === 0 ? t('keeping.fine') : <Rich k="keeping.answer" values={{ count: cases.data.open.length }} />}>
      <div className="cl-decide">
        <Button component={Link} variant="default" to="/keeping/periods">{t('keeping.periods')}</Button>
        {clerk && <Button component={Link} variant="default" to="/keeping/due">{t('keeping.due')}</Button>}
        <Button component={Link} variant="default" to="/keeping/custody">{t('keeping.custody')}</Button>
      </div>
      <Outcome result={cases} rows={6}>
        {(found) => (
          <>
            <Section title={t('keeping.waiting')} plain>
              {found.open.length > 0 ? <DataTable caption={t('keeping.waiting')} columns={open} rows={found.open} rowKey={({ patient }) => patient} to={({ patient }) => `/keeping/patients/${patient}`} /> : <EmptyState title={t('keeping.none')} why={t('keeping.noneWhy')} icon="check" />}
            </Section>
            <Section title={t('keeping.done')} plain>
              {found.done.length > 0 ? <DataTable caption={t('keeping.doneTable')} columns={done} rows={found.done} rowKey={({ subject }) => subject} /> : <EmptyState title={t('keeping.doneNone')} why={t('keeping.doneNoneWhy')} icon="file" />}
              {found.done.length > 0 && <p className="cl-note">{t('keeping.certificateHow')}</p>}
            </Section>
          </>
        )}
      </Outcome>
    </Page>
  )
}

function stateWords({ proposed, refused, request }: ErasureCase, t: Translate): string {
  return t(proposed !== undefined ? 'keeping.proposed' : refused !== undefined ? 'keeping.refused' : request !== undefined ? 'keeping.asked' : 'keeping.nothingAsked')
}

/** What retention says today, in a line. */
export function retentionWords({ erasable, reasons }: Pick<ErasureCase, 'erasable' | 'reasons'>, { t, clinicalDate }: Pick<Preferences, 't' | 'clinicalDate'>): string {
  const until = reasons.find((reason) => reason.until !== undefined)?.until
  return erasable ? t('keeping.free') : reasons.some(({ kind }) => kind === 'hold') ? t('keeping.held') : t('keeping.until', { date: until === undefined ? '' : clinicalDate(until) })
}
