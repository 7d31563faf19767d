import { useState } from 'react'
import { Button } from '@mantine/core'
import { requestErasure, withdrawErasureRequest, type ErasureCase } from '@careledger/client'
import { Page, Section } from '../../components/page.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { CertificateButton, CertificateState } from './certificate.tsx'
import { Reasons } from './reasons.tsx'
import { useAct } from './use-act.ts'
import { WhereKept } from './where-kept.tsx'

/** The patient asks each hospital to be erased, sees its answer with the legal basis, and keeps the certificate. */
export function MyErasure() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const own = useOperation(client.hospital.erasures.own, 'hospital.erasures.own', {}, { refetchMs: 15_000 })
  return (
    <Page title={t('keeping.mineTitle')} width="read" answer={t('keeping.mineAnswer')}>
      <Outcome result={own} rows={6}>
        {({ open, done }) => (
          <>
            {open.length === 0 && done.length === 0 && <EmptyState title={t('keeping.mineNone')} why={t('keeping.mineNoneWhy')} icon="record" />}
            {open.map((item) => <Place key={item.patient} item={item} />)}
            {done.length > 0 && (
              <Section title={t('keeping.mineDone')}>
                <ul className="cl-lines">
                  {done.map(({ subject, custodianName, erasedAt, certificate, state }) => (
                    <li key={subject} className="cl-line">
                      <div>
                        <span>{erasedAt === undefined ? t('keeping.underWay') : t('keeping.mineDoneLine', { name: custodianName, date: instant(erasedAt, 'clinical') })} <CertificateState state={state} /></span>
                        {certificate !== undefined && <div className="cl-decide"><CertificateButton id={certificate} at={erasedAt} /></div>}
                      </div>
                    </li>
                  ))}
                </ul>
                <p className="cl-note">{t('keeping.certificateHow')}</p>
              </Section>
            )}
          </>
        )}
      </Outcome>
    </Page>
  )
}

function Place({ item }: { readonly item: ErasureCase }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const act = useAct()
  const [asking, setAsking] = useState(false)
  const { request, refused, approved, custodianName, erasable, reasons } = item
  const waits = request !== undefined && refused === undefined
  const ask = (): void => void act.run(() => requestErasure(client, item), 'keeping.saidAsked').then((done) => { if (done) setAsking(false) })
  return (
    <>
      <Section title={custodianName}>
        {waits ? <p>{t('keeping.mineWaits', { date: instant(request.at, 'date') })}</p>
          : refused !== undefined ? <><p>{t('keeping.mineRefused', { date: instant(refused.at, 'date') })}</p><Reasons reasons={refused.reasons} /></>
            : <p>{t(erasable ? 'keeping.mineFree' : 'keeping.mineKept')}</p>}
        {!erasable && refused === undefined && <Reasons reasons={reasons} />}
        {act.error !== undefined && <ErrorState error={act.error} />}
        <p className="cl-note" role="status">{act.said}</p>
        {asking && (
          <div role="group" className="cl-section" aria-label={t('keeping.mineCheck', { name: custodianName })}>
            <h3>{t('keeping.mineCheck', { name: custodianName })}</h3>
            <p>{t('keeping.mineCheckWhy')}</p>
            <div className="cl-decide">
              <Button loading={act.busy} onClick={ask}>{t('keeping.mineYes')}</Button>
              <Button variant="default" ref={(button) => button?.focus()} onClick={() => setAsking(false)}>{t('keeping.notYet')}</Button>
            </div>
          </div>
        )}
        {!asking && (
          <div className="cl-decide">
            {waits
              ? approved === undefined && <Button variant="default" loading={act.busy} onClick={() => void act.run(() => withdrawErasureRequest(client, item, request.entry), 'keeping.saidBack')}>{t('keeping.mineBack')}</Button>
              : <Button variant="default" onClick={() => setAsking(true)}>{refused === undefined ? t('keeping.mineAsk', { name: custodianName }) : t('keeping.mineAgain')}</Button>}
          </div>
        )}
      </Section>
      <WhereKept patient={item.patient} quiet />
    </>
  )
}
