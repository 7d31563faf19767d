import { usePreferences } from '../../session/preferences.tsx'
import type { Decision } from '../../session/shapes.ts'
import { purposeWord } from '../patient/purposes.ts'

/** The decision in words a person can check. */
export function Explained({ decision, place }: { readonly decision: Decision, readonly place: string }) {
  const { t, instant } = usePreferences()
  const words = decision.rule === 'consent'
    ? t('patient.explainedConsent', { purpose: decision.purpose ? t(purposeWord(decision.purpose)) : '', date: decision.expires === undefined ? '–' : instant(decision.expires, 'date') })
    : decision.rule === 'self' ? t('patient.explainedSelf') : t('patient.explainedCustodian', { place })
  return <details className="cl-explained"><summary>{t('patient.explained')}</summary><p>{words}</p><p className="cl-note">{t('patient.decision', { id: decision.id })}</p></details>
}
