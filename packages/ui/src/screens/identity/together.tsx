import { Link, useParams } from 'react-router'
import { DataTable, MoreButton } from '../../components/data-table.tsx'
import { Page } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import { kindName } from '../../records/kinds.ts'
import { withUnits } from '../../records/units.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { usePages } from '../../session/query.ts'

/** Records of all registrations that were said to be one person, newest first. Each registration is read under its own sharing. */
export function Together() {
  const { t, clinicalDate } = usePreferences()
  const client = useClient()
  const { patient = '' } = useParams()
  const pages = usePages(client.hospital.mpi.records, 'hospital.mpi.records', { patient, limit: 50 })
  const patients = pages.first?.patients ?? []
  const place = (handle: string): string => t('pair.registration', { number: patients.indexOf(handle) + 1 })
  return (
    <Page title={t('pair.together')} answer={pages.first ? <Rich k="pair.togetherAnswer" values={{ count: patients.length }} /> : <span className="cl-waiting">{t('state.loading')}</span>}>
      <p className="cl-note">{patients.map((handle) => <span key={handle}><Link to={`/patients/${handle}`}>{place(handle)}</Link> </span>)}</p>
      <Outcome result={{ ...pages, data: pages.items }} rows={8}>
        {(items) => (items.length === 0 ? <EmptyState title={t('pair.togetherNone')} why={t('pair.togetherNoneWhy')} icon="record" /> : (
          <DataTable caption={t('pair.together')} rows={items} rowKey={({ id }) => id} to={({ id }) => `/proofs/${id}`} columns={[
            { key: 'what', head: t('pair.columnWhat'), cell: (item) => withUnits(item.title) },
            { key: 'date', head: t('pair.columnDate'), cell: (item) => (item.date === undefined ? t('pair.unknown') : clinicalDate(item.date.slice(0, 10))) },
            { key: 'kind', head: t('pair.columnKind'), cell: (item) => kindName(t, item.type), wideOnly: true },
            { key: 'where', head: t('pair.columnWhere'), cell: (item) => place(item.patient) },
          ]} />
        ))}
      </Outcome>
      <MoreButton result={pages} count={50} />
    </Page>
  )
}
