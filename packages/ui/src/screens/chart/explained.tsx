import { useState } from 'react'
import { usePreferences } from '../../session/preferences.tsx'
import type { Decision } from '../../session/shapes.ts'
import { WhyAllowed } from '../consent/why-allowed.tsx'
import { purposeWord } from '../patient/purposes.ts'

/** The decision in words a person can check. */
export function Explained({ decision, place, patient }: { readonly decision: Decision, readonly place: string, readonly patient: string }) {
  const { t, instant } = usePreferences()
  const [open, setOpen] = useState(false)
  const words = decision.rule === 'consent'
    ? t('patient.explainedConsent', { purpose: decision.purpose ? t(purposeWord(decision.purpose)) : '', date: decision.expires === undefined ? '–' : instant(decision.expires, 'date') })
    : decision.rule === 'emergency' ? t('emergency.because')
    : decision.rule === 'delegate' ? t('care.youAct') : decision.rule === 'self' ? t('patient.explainedSelf') : t('patient.explainedCustodian', { place })
  return <details className="cl-explained" onToggle={(event) => setOpen(event.currentTarget.open)}><summary>{t('patient.explained')}</summary><p>{words}</p><p className="cl-note">{t('patient.decision', { id: decision.id })}</p>{open && <WhyAllowed decision={decision.id} passing={`/patients/${patient}/pass-on`} />}</details>
}
