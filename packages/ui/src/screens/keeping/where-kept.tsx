import { Section } from '../../components/page.tsx'
import { Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { whyWords } from '../custody/offers.tsx'

const offerWords = { 'open': 'custody.patientOpen', 'refused': 'custody.patientRefused', 'taken-back': 'custody.patientTakenBack' } as const

/** Who keeps the record now and by whose word, and where it came from. */
export function WhereKept({ patient, quiet = false }: { readonly patient: string, readonly quiet?: boolean }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const state = useOperation(client.hospital.custody.state, 'hospital.custody.state', { patient, purpose: quiet ? 'patient-request' : 'operations' })
  if (quiet && (state.data === undefined || (state.data.moved === undefined && state.data.received === undefined && state.data.offer === undefined))) return null
  return (
    <Section title={t('keeping.where')}>
      <Outcome result={state} rows={1}>
        {({ moved, received, offer }) => (
          <>
            <p>{moved === undefined ? t('keeping.whereHere') : t('keeping.whereMoved', { name: moved.toName, date: instant(moved.at, 'date') })}</p>
            {moved !== undefined && <p className="cl-note">{moved.basis ?? t('keeping.whereConsent')}</p>}
            {offer !== undefined && offer.state !== 'taken' && <p>{t(offerWords[offer.state], { name: offer.toName, date: instant(offer.answer?.at ?? offer.at, 'date'), why: whyWords(offer, t) })}</p>}
            {received !== undefined && <p className="cl-note">{t('keeping.whereFrom', { count: received.records, name: received.fromName, date: instant(received.at, 'date') })}</p>}
          </>
        )}
      </Outcome>
    </Section>
  )
}
