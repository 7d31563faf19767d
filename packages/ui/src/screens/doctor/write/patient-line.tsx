import { usePreferences } from '../../../session/preferences.tsx'
import type { PatientSummary } from '../../../session/shapes.ts'
import { Born } from '../patient-table.tsx'

/** Whose chart it is, in sight while it is written in: name, birth date, number, allergies. */
export function PatientLine({ summary }: { readonly summary: PatientSummary }) {
  const { t } = usePreferences()
  const { allergies = [] } = summary
  return (
    <section className="cl-banner cl-write-banner" aria-label={t('patient.banner')}>
      <p className="cl-banner-name">{summary.name ?? t('patient.nameNotShared')}</p>
      <dl>
        <div><dt>{t('patient.born')}</dt><dd><Born date={summary.birthDate} /></dd></div>
        <div><dt>{t('patient.number')}</dt><dd>{summary.localNumber ?? t('state.notKnown')}</dd></div>
        <div data-alert={allergies.length > 0 ? true : undefined}><dt>{t('patient.allergies')}</dt><dd>{allergies.length === 0 ? t('patient.allergiesNone') : allergies.join(', ')}</dd></div>
      </dl>
    </section>
  )
}
