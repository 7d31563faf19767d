import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { withdrawConsent } from '@careledger/client'
import { MoreButton } from '../../components/data-table.tsx'
import { Page } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation, usePages } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import type { Consent } from '../../session/shapes.ts'
import { ActedLines } from '../consent/acted-lines.tsx'
import { SaveReceipt } from '../consent/receipts.tsx'
import { TermsWhat } from '../patient/sharing.tsx'
import { useWardName } from './ward-name.tsx'

/** What is shared of somebody whom the person acts for, and stopping it; done in the person's own name. */
export function WardSharing() {
  const { t } = usePreferences()
  const { patient = '' } = useParams()
  const client = useClient()
  const name = useWardName(patient)
  const consents = usePages(client.hospital.delegations.consents, 'hospital.delegations.consents', { patient, limit: 50 })
  const acting = useOperation(client.hospital.delegations.list, 'hospital.delegations.list', {})
  const at = acting.data?.byMe.find((item) => item.patient === patient)
  return (
    <Page title={t('privacy.wardTitle')} width="read" answer={name === undefined ? '\u00a0' : <Rich k="privacy.wardAnswer" values={{ name }} />} action={<Button component={Link} to={`/me/sharing/new?for=${patient}`}>{t('privacy.shareFor')}</Button>}>
      <Outcome result={consents} rows={4}>
        {() => (consents.items === undefined || consents.items.length === 0
          ? <EmptyState icon="share" title={t('privacy.wardNone')} why={t('privacy.wardNoneWhy')} />
          : <ul className="cl-lines cl-card" aria-label={t('privacy.wardTitle')}>{consents.items.map((item) => <Line key={item.id} item={item} subject={at?.subject} />)}</ul>)}
      </Outcome>
      <MoreButton result={consents} count={50} />
      <p className="cl-everything-act"><Link to="/me/care">{t('care.title')}</Link></p>
    </Page>
  )
}

function Line({ item, subject }: { readonly item: Consent, readonly subject: string | undefined }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const { actor } = useSession()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const stop = async (): Promise<void> => {
    if (subject === undefined) return
    setBusy(true)
    setError(undefined)
    try {
      await withdrawConsent(client, { subject, custodian: item.custodian }, item.id)
      await queries.invalidateQueries()
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <li className="cl-line">
      <div>
        <strong>{item.granteeName}</strong> <StatusBadge status={item.state} />
        <span><TermsWhat item={item} /></span>
        <span className="cl-note">{t('privacy.untilDate', { date: instant(item.terms.expires, 'date') })}</span>
        <ActedLines item={item} />
        {error !== undefined && <ErrorState error={error} onRetry={() => void stop()} />}
        <div className="cl-decide">
          {item.state === 'active' && <Button variant="default" loading={busy} disabled={subject === undefined} aria-label={t('privacy.stopOf', { name: item.granteeName })} onClick={() => void stop()}>{t('sharing.stop')}</Button>}
          {item.actedBy?.party === actor?.party && <SaveReceipt id={item.id} words="receipt.saveGiven" />}
        </div>
      </div>
    </li>
  )
}
