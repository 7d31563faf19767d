import { useState } from 'react'
import { Button } from '@mantine/core'
import { Link, useParams } from 'react-router'
import { approveErasure, proposeErasure, refuseErasure, withdrawErasureProposal, type ErasureCase } from '@careledger/client'
import { Page, Section } from '../../components/page.tsx'
import { ErrorState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import { CloseByReceipt } from '../custody/close-by-receipt.tsx'
import { OfferRecord } from '../custody/offer-record.tsx'
import { PackRecord } from '../custody/pack-record.tsx'
import { ErasureSteps } from './erasure-steps.tsx'
import { Holds } from './holds.tsx'
import { PatientName } from './patient-name.tsx'
import { Reasons } from './reasons.tsx'
import { retentionWords } from './keeping.tsx'
import { useAct } from './use-act.ts'
import { WhereKept } from './where-kept.tsx'

/** One patient, for the custodian's clerks and administrators: what must be kept and why, holds, who keeps the record, and the two steps of an erasure. */
export function KeepingPatient() {
  const preferences = usePreferences()
  const { t } = preferences
  const { patient = '' } = useParams()
  const client = useClient()
  const { actor } = useSession()
  const [certificate, setCertificate] = useState<string>()
  const found = useOperation(client.hospital.erasures.case, 'hospital.erasures.case', { patient }, { enabled: certificate === undefined })
  const clerk = actor?.roles.includes('records-clerk') ?? false
  if (certificate !== undefined) {
    return (
      <Page title={t('keeping.erasedTitle')} width="read" answer={t('keeping.erasedWhy')}>
        <Section title={t('keeping.steps')}><ErasureSteps certificate={certificate} /></Section>
        <div className="cl-decide"><Button component={Link} to="/keeping">{t('keeping.title')}</Button></div>
      </Page>
    )
  }
  return (
    <Page title={t('keeping.patientTitle')} width="read" answer={found.data === undefined ? '\u00a0' : <><PatientName patient={patient} /> · {retentionWords(found.data, preferences)}</>}>
      <Outcome result={found} rows={8}>
        {(item) => (
          <>
            {item.reasons.length > 0 && <Section title={t('keeping.reasons')}><Reasons reasons={item.reasons} /></Section>}
            <Erasure item={item} clerk={clerk} onErased={setCertificate} />
            {clerk && <Holds patient={patient} />}
            {clerk && <WhereKept patient={patient} />}
            {clerk && <OfferRecord patient={patient} />}
            {clerk && <PackRecord patient={patient} />}
            {clerk && <CloseByReceipt patient={patient} />}
          </>
        )}
      </Outcome>
      {clerk && <div className="cl-decide"><Button component={Link} variant="default" to={`/patients/${patient}`}>{t('keeping.openChart')}</Button></div>}
    </Page>
  )
}

function Erasure({ item, clerk, onErased }: { readonly item: ErasureCase, readonly clerk: boolean, readonly onErased: (certificate: string) => void }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const act = useAct()
  const [asking, setAsking] = useState(false)
  const { request, refused, proposed, proposerName, erasable } = item
  const waits = request !== undefined && refused === undefined
  const approve = (): void => void act.run(async () => {
    const { certificate } = await approveErasure(client, item)
    if (certificate !== undefined) onErased(certificate)
  })
  return (
    <Section title={t('keeping.erasure')}>
      {request !== undefined && <p>{t('keeping.askedOn', { date: instant(request.at, 'date') })}</p>}
      {refused !== undefined && <p>{t('keeping.refusedOn', { date: instant(refused.at, 'date') })}</p>}
      {proposed !== undefined && <p>{t('keeping.proposedBy', { name: proposerName ?? proposed.by, date: instant(proposed.at, 'date') })}</p>}
      {request === undefined && proposed === undefined && <p>{t('keeping.nothingAsked')}</p>}
      {act.error !== undefined && <ErrorState error={act.error} />}
      <p className="cl-note" role="status">{act.said}</p>
      {proposed !== undefined && proposed.by === actor?.party && <p className="cl-note">{t('keeping.ownProposal')}</p>}
      {proposed !== undefined && proposed.by !== actor?.party && asking && (
        <div role="group" className="cl-section" aria-label={t('keeping.approveTitle')}>
          <h3>{t('keeping.approveTitle')}</h3>
          <p>{t('keeping.approveHow')}</p>
          <div className="cl-decide">
            <Button loading={act.busy} onClick={approve}>{t('keeping.approveYes')}</Button>
            <Button variant="default" ref={takeFocus} onClick={() => setAsking(false)}>{t('keeping.notYet')}</Button>
          </div>
        </div>
      )}
      {!asking && (
        <div className="cl-decide">
          {proposed !== undefined && proposed.by !== actor?.party && <Button onClick={() => setAsking(true)}>{t('keeping.approve')}</Button>}
          {proposed !== undefined && <Button variant="default" loading={act.busy} onClick={() => void act.run(() => withdrawErasureProposal(client, item), 'keeping.saidWithdrawn')}>{t('keeping.withdraw')}</Button>}
          {proposed === undefined && clerk && erasable && <Button loading={act.busy} onClick={() => void act.run(() => proposeErasure(client, item), 'keeping.saidProposed')}>{t('keeping.propose')}</Button>}
          {proposed === undefined && clerk && waits && !erasable && <Button loading={act.busy} onClick={() => void act.run(() => refuseErasure(client, item), 'keeping.saidRefused')}>{t('keeping.refuse')}</Button>}
        </div>
      )}
      {proposed === undefined && clerk && (erasable || waits) && <p className="cl-note">{t(erasable ? 'keeping.proposeHow' : 'keeping.refuseHow')}</p>}
    </Section>
  )
}

/** The careful answer has the focus when the question appears. */
function takeFocus(button: HTMLButtonElement | null): void {
  button?.focus()
}
