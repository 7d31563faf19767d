import { daysUntil } from '../../i18n/dates.ts'
import { usePreferences } from '../../session/preferences.tsx'
import type { Decision } from '../../session/shapes.ts'

/** Why a patient may be read, with the days that are left. */
export function AccessWords({ access }: { readonly access: Decision }) {
  const { t, instant } = usePreferences()
  if (access.rule === 'self') return t('patient.self')
  if (access.rule === 'delegate') return t('care.youAct')
  if (access.rule === 'custodian-staff') return t('patient.ownPatient')
  if (access.rule === 'emergency') return t('emergency.title')
  if (access.expires === undefined) return t('patient.shared')
  return <span>{t('patient.sharedUntil', { date: instant(access.expires, 'date') })} <span className="cl-note">{t('patient.daysLeft', { count: Math.max(0, daysUntil(access.expires, new Date())) })}</span></span>
}
