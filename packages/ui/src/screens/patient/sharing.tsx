import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from 'react-router'
import { withdrawConsent } from '@careledger/client'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { DetailPanel, WithPanel } from '../../components/detail-panel.tsx'
import { Facts } from '../../components/facts.tsx'
import { Page } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { joinWords, kindName } from '../../records/kinds.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import type { Consent } from '../../session/shapes.ts'
import { SaveReceipt } from '../consent/receipts.tsx'
import { ActedLines } from '../consent/acted-lines.tsx'
import { ApartWords } from '../consent/apart-words.tsx'
import { useOwnConsents } from './own-records.ts'
import { purposeChoice } from './purposes.ts'

/** What is open now, to whom, and until when; stopping takes one press. */
export function Sharing() {
  const { t, instant } = usePreferences()
  const { consent } = useParams()
  const navigate = useNavigate()
  const consents = useOwnConsents()
  const open = consents.data?.items.find(({ id }) => id === consent)
  const columns: readonly [Column<Consent>, ...Column<Consent>[]] = [
    { key: 'who', head: t('sharing.columnWho'), cell: (item) => item.granteeName },
    { key: 'what', head: t('sharing.columnWhat'), cell: (item) => <TermsWhat item={item} />, wideOnly: true },
    { key: 'why', head: t('sharing.columnWhy'), cell: (item) => t(purposeChoice(item.terms.purpose)), wideOnly: true },
    { key: 'until', head: t('sharing.columnUntil'), cell: (item) => instant(item.terms.expires, 'date') },
    { key: 'state', head: t('sharing.columnState'), cell: (item) => <StatusBadge status={item.state} /> },
  ]
  return (
    <Page title={t('sharing.title')} answer={<Summary items={consents.data?.items} />} action={<Button component={Link} to="/me/sharing/new" variant={open ? 'default' : 'filled'}>{t('sharing.share')}</Button>}>
      <p className="cl-everything-act"><Link to="/me/sharing/receipts">{t('receipt.all')}</Link></p>
      <WithPanel panel={open && <SharingPanel key={open.id} item={open} onClose={() => void navigate('/me/sharing', { preventScrollReset: true })} />}>
        <Outcome result={consents} rows={5}>
          {({ items }) => (items.length === 0
            ? <EmptyState title={t('sharing.none')} why={t('sharing.noneWhy')} icon="share" />
            : <DataTable caption={t('sharing.table')} columns={columns} rows={items} rowKey={({ id }) => id} to={({ id }) => `/me/sharing/${id}`} current={open?.id} />)}
        </Outcome>
      </WithPanel>
    </Page>
  )
}

function Summary({ items }: { readonly items: readonly Consent[] | undefined }) {
  if (!items) return <span className="cl-waiting">{'\u00a0'}</span>
  const active = new Set(items.filter(({ state }) => state === 'active').map(({ terms }) => terms.grantee)).size
  return active > 0 ? <Rich k="sharing.answer" values={{ count: active }} /> : <Rich k="sharing.answerNone" />
}

export function TermsWhat({ item: { terms } }: { readonly item: Consent }) {
  const { t } = usePreferences()
  const but = terms.except?.flatMap(({ types }) => types ?? []) ?? []
  return <>{terms.types ? joinWords(t, terms.types.map((type) => kindName(t, type))) : t('sharing.everything')}{but.length > 0 && <> {t('emergency.lineBut', { kinds: joinWords(t, but.map((type) => kindName(t, type))) })}</>}</>
}

function SharingPanel({ item, onClose }: { readonly item: Consent, readonly onClose: () => void }) {
  const { t, instant, clinicalDate } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const subjects = useOperation(client.hospital.consents.subjects, 'hospital.consents.subjects', {})
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const at = subjects.data?.items.find(({ patient }) => patient === item.patient)
  const stop = async (): Promise<void> => {
    if (!at) return
    setBusy(true)
    setError(undefined)
    try {
      await withdrawConsent(client, at, item.id)
      await queries.invalidateQueries()
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <DetailPanel id={item.id} title={t('sharing.panel')} onClose={onClose}>
      <div className="cl-panel-line"><strong>{item.granteeName}</strong><StatusBadge status={item.state} /></div>
      <Facts facts={[
        { label: t('sharing.what'), value: <TermsWhat item={item} /> },
        { label: t('emergency.apart'), value: <ApartWords shared={item.terms.sensitive ?? []} /> },
        ...(item.terms.from ? [{ label: t('sharing.whatFrom'), value: clinicalDate(item.terms.from) }] : []),
        ...(item.terms.direct ? [{ label: t('operator.ledger'), value: t('sharing.lineDirect') }] : []),
        { label: t('sharing.from'), value: item.custodianName },
        { label: t('sharing.why'), value: t(purposeChoice(item.terms.purpose)) },
        { label: t('sharing.given'), value: instant(item.given, 'patient') },
        { label: t('sharing.ends'), value: instant(item.terms.expires, 'patient') },
        ...(item.actedBy ?? item.passedOn ?? item.withdrawnActedBy ?? item.terms.passOn ? [{ label: t('privacy.who'), value: <ActedLines item={item} /> }] : []),
        { label: t('sharing.number'), value: <code>{item.id}</code> },
      ]} />
      {item.passedOn === undefined && <div className="cl-decide"><SaveReceipt id={item.id} words="receipt.saveGiven" />{item.withdrawnBy !== undefined && <SaveReceipt id={item.withdrawnBy} words="receipt.saveWithdrawn" />}</div>}
      {error !== undefined && <ErrorState error={error} onRetry={() => void stop()} />}
      {item.state === 'active' ? (
        <section className="cl-cheat">
          <p>{t('sharing.stopWhat')}</p>
          <Button onClick={() => void stop()} loading={busy} disabled={!at}>{t('sharing.stop')}</Button>
        </section>
      ) : (
        <section className="cl-cheat" role="status">
          {item.state === 'withdrawn' && <p>{t('sharing.stopped', { name: item.granteeName })}</p>}
          {item.passedOn === undefined && <Button component={Link} to={`/me/sharing/new?with=${encodeURIComponent(item.terms.grantee)}`} variant="default">{t('sharing.shareAgain')}</Button>}
        </section>
      )}
    </DetailPanel>
  )
}
