import { Link } from 'react-router'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { Section } from '../../components/page.tsx'
import { Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { CertificateButton } from '../keeping/certificate.tsx'

type Notice = Awaited<ReturnType<ReturnType<typeof useClient>['hospital']['erasures']['notices']['query']>>['items'][number]

/** Erasures of patients who had let the reader or their hospital in; nothing where there is none. */
export function ErasureNotices() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const found = useOperation(client.hospital.erasures.notices, 'hospital.erasures.notices', {})
  if (found.data?.items.length === 0) return null
  const columns: readonly [Column<Notice>, ...Column<Notice>[]] = [
    { key: 'by', head: t('custody.erasedBy'), cell: ({ custodianName }) => <span lang="en">{custodianName}</span> },
    { key: 'at', head: t('custody.erasedAt'), cell: ({ at }) => <span className="cl-nowrap">{instant(at, 'clinical')}</span> },
    { key: 'access', head: t('custody.erasedAccess'), cell: ({ access }) => <code>{access}</code>, wideOnly: true },
    { key: 'file', head: t('custody.certificate'), cell: ({ certificate, at }) => <CertificateButton id={certificate} at={at} /> },
  ]
  return (
    <Section title={t('custody.noticesTitle')} plain>
      <p className="cl-note">{t('custody.noticesHow')}</p>
      <Outcome result={found} rows={2}>
        {({ items }) => <DataTable caption={t('custody.noticesTitle')} columns={columns} rows={items} rowKey={({ access }) => access} />}
      </Outcome>
    </Section>
  )
}

/** On the list of patients: what waits under *Handing over*, only where something does. */
export function CustodyHint() {
  const { t } = usePreferences()
  const client = useClient()
  const offers = useOperation(client.hospital.custody.offers, 'hospital.custody.offers', {})
  const notices = useOperation(client.hospital.erasures.notices, 'hospital.erasures.notices', {})
  const waiting = offers.data?.items.filter(({ state, direction }) => state === 'open' && direction === 'received').length ?? 0
  const told = notices.data?.items.length ?? 0
  if (waiting === 0 && told === 0) return null
  return (
    <p className="cl-note">
      <Link to="/keeping/custody">{[...(waiting === 0 ? [] : [t('custody.hintOffers', { count: waiting })]), ...(told === 0 ? [] : [t('custody.hintNotices', { count: told })])].join(' ')}</Link>
    </p>
  )
}
