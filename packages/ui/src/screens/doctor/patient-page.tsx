import { useParams } from 'react-router'
import { Page } from '../../components/page.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import { CheckAllButton, RecordList } from '../../records/record-list.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import type { Decision, PatientSummary } from '../../session/shapes.ts'
import { purposeWord } from '../patient/purposes.ts'
import { AccessWords } from './access-words.tsx'
import { Born, Sex } from './patient-table.tsx'
import { WriteMenu } from './write/write-menu.tsx'

/** One patient: who they are, why they may be read, and their records page by page. The title never holds a name. */
export function PatientPage() {
  const { t } = usePreferences()
  const { patient = '' } = useParams()
  const client = useClient()
  const summary = useOperation(client.hospital.patients.read, 'hospital.patients.read', { patient })
  return (
    <Page key={patient} title={t('patient.records')} action={summary.data && <><CheckAllButton patient={patient} /><WriteMenu patient={summary.data} /></>}>
      <Outcome result={summary} rows={8}>
        {(data) => (
          <>
            <Banner summary={data} />
            <RecordList patient={patient} dense custodianName={(custodian) => (custodian === data.custodian ? data.custodianName : custodian)}
              head={(decision) => <Explained decision={decision} place={data.custodianName} />} empty={<EmptyState title={t('record.none')} why={t('patient.oldest')} icon="record" />} />
          </>
        )}
      </Outcome>
    </Page>
  )
}

/** Stays in sight while the list scrolls: name without label, unknown written out, allergies first among what can harm. */
function Banner({ summary }: { readonly summary: PatientSummary }) {
  const { t } = usePreferences()
  const { allergies } = summary
  return (
    <section className="cl-banner" aria-label={t('patient.banner')}>
      <p className="cl-banner-name">{summary.name ?? t('patient.nameNotShared')}</p>
      <dl>
        <div><dt>{t('patient.born')}</dt><dd><Born date={summary.birthDate} /></dd></div>
        <div><dt>{t('patient.sex')}</dt><dd><Sex gender={summary.gender} /></dd></div>
        <div><dt>{t('patient.number')}</dt><dd>{summary.localNumber ?? t('state.notKnown')}</dd></div>
        <div data-alert={allergies !== undefined && allergies.length > 0 ? true : undefined}><dt>{t('patient.allergies')}</dt><dd>{allergies === undefined ? t('patient.allergiesUnknown') : allergies.length === 0 ? t('patient.allergiesNone') : allergies.join(', ')}</dd></div>
        <div><dt>{t('patient.access')}</dt><dd><AccessWords access={summary.access} /></dd></div>
      </dl>
    </section>
  )
}

/** The decision in words a person can check. */
function Explained({ decision, place }: { readonly decision: Decision, readonly place: string }) {
  const { t, instant } = usePreferences()
  const words = decision.rule === 'consent'
    ? t('patient.explainedConsent', { purpose: decision.purpose ? t(purposeWord(decision.purpose)) : '', date: decision.expires === undefined ? '–' : instant(decision.expires, 'date') })
    : decision.rule === 'self' ? t('patient.explainedSelf') : t('patient.explainedCustodian', { place })
  return <details className="cl-explained"><summary>{t('patient.explained')}</summary><p>{words}</p><p className="cl-note">{t('patient.decision', { id: decision.id })}</p></details>
}
