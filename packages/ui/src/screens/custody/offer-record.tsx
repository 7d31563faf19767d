import { useState } from 'react'
import { Button } from '@mantine/core'
import { closeCustody, offerCustody } from '@careledger/client'
import { Section } from '../../components/page.tsx'
import { ErrorState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useAct } from '../keeping/use-act.ts'

/** Offers a patient's record to a hospital that the patient has agreed to, and closes it here once it is there. */
export function OfferRecord({ patient }: { readonly patient: string }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const place = useOperation(client.hospital.custody.prepare, 'hospital.custody.prepare', { patient })
  const state = useOperation(client.hospital.custody.state, 'hospital.custody.state', { patient, purpose: 'operations' })
  const act = useAct()
  const [closing, setClosing] = useState<string>()
  const { moved, offer } = state.data ?? {}
  return (
    <Section title={t('custody.offerTitle')}>
      <Outcome result={place} rows={2}>
        {({ agreed, ...at }) => (
          <>
            {moved !== undefined && <p>{t('custody.gone')}</p>}
            {moved === undefined && agreed.length === 0 && <p>{t('custody.nobodyAgreed')}</p>}
            <ul className="cl-lines">
              {moved === undefined && agreed.map(({ to, toName, consent, expires }) => (
                <li key={consent} className="cl-line">
                  <div>
                    <span lang="en">{toName}</span>
                    <span className="cl-note">{t('custody.agreedUntil', { date: instant(expires, 'date') })}</span>
                    {closing === consent
                      ? (
                        <div role="group" className="cl-section" aria-label={t('custody.closeTitle', { name: toName })}>
                          <p>{t('custody.closeWhy', { name: toName })}</p>
                          <div className="cl-decide">
                            <Button loading={act.busy} onClick={() => void act.run(() => closeCustody(client, at, { to, consent }), 'custody.saidClosed', { name: toName }).then(() => setClosing(undefined))}>{t('custody.closeYes')}</Button>
                            <Button variant="default" ref={(button) => button?.focus()} onClick={() => setClosing(undefined)}>{t('custody.notYet')}</Button>
                          </div>
                        </div>
                      )
                      : (
                        <div className="cl-decide">
                          {offer?.state !== 'open' && <Button size="compact-md" loading={act.busy} aria-label={t('custody.offerTo', { name: toName })} onClick={() => void act.run(() => offerCustody(client, at, { to, consent }), 'custody.saidOffered', { name: toName })}>{t('custody.offer')}</Button>}
                          {(offer?.to === to && offer.state === 'open') && <Button size="compact-md" variant="default" aria-label={t('custody.closeOf', { name: toName })} onClick={() => setClosing(consent)}>{t('custody.close')}</Button>}
                        </div>
                      )}
                  </div>
                </li>
              ))}
            </ul>
            <p className="cl-note" role="status">{act.said}</p>
            {act.error !== undefined && <ErrorState error={act.error} />}
          </>
        )}
      </Outcome>
    </Section>
  )
}
