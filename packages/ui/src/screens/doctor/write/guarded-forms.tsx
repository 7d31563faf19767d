import { VITAL_SIGNS, vitalChange, type Drafts, type VitalKey, type VitalSign } from '@careledger/client'
import type { WordKey } from '../../../i18n/translate.ts'
import { withUnits } from '../../../records/units.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import type { SafetyIssue, WritingPlace } from '../../../session/shapes.ts'
import type { Draft } from './drafts.ts'
import { TextField } from './fields.tsx'
import { LookupField } from './lookup-field.tsx'
import { AllergyForm, DosageFields, type FormProps } from './forms.tsx'
import { SafetyWarnings } from './safety-warnings.tsx'

interface GuardedProps<Content> extends FormProps<Content> {
  readonly draft: Draft
  readonly place: WritingPlace
  /** What the server's checks found. */
  readonly issues: readonly SafetyIssue[]
  /** `undefined` takes an answer back. */
  readonly onAnswer: (key: string, answer: string | undefined) => void
}

const vitalWords: Readonly<Record<VitalKey, WordKey>> = {
  systolic: 'write.systolic', diastolic: 'write.diastolic', heartRate: 'write.heartRate', respiratoryRate: 'write.respiratoryRate', temperature: 'write.temperature', saturation: 'write.saturation', weight: 'write.weight', height: 'write.height',
}

/** Each sign with its unit, the last value and the change from it; a value far from anything usual asks for a reason. */
export function VitalsForm({ content, onChange, draft, place, issues, onAnswer }: GuardedProps<Drafts['vitals']>) {
  const shown = draft.former === undefined ? VITAL_SIGNS : VITAL_SIGNS.filter(({ key }) => content.values[key] !== '' || wasMeasured(draft, key))
  const { t } = usePreferences()
  return <>{draft.former === undefined && <p>{t('write.vitalsHow')}</p>}{shown.map((sign) => (
    <div key={sign.key}>
      <TextField field={sign.key} label={vitalWords[sign.key]} numeric unit={sign.unit} value={content.values[sign.key]} onChange={(value) => onChange({ values: { ...content.values, [sign.key]: value } })}
        aside={<Before sign={sign} typed={content.values[sign.key]} place={place} />} />
      <SafetyWarnings draft={draft} issues={issues.filter(({ key, value }) => key === sign.code && value === content.values[sign.key].trim())} onAnswer={onAnswer} />
    </div>
  ))}</>
}

/** An amendment shows the signs that the record had. */
function wasMeasured(draft: Draft, key: VitalKey): boolean {
  return new TextDecoder().decode(draft.former?.bytes).includes(VITAL_SIGNS.find((sign) => sign.key === key)?.code ?? '?')
}

function Before({ sign, typed, place }: { readonly sign: VitalSign, readonly typed: string, readonly place: WritingPlace }) {
  const { t, clinicalDate } = usePreferences()
  const last = place.results.find(({ code }) => code === sign.code)
  if (last === undefined) return t('write.noFormer')
  const change = vitalChange(typed, last.value)
  const words = t('write.former', { value: last.value, unit: withUnits(last.unit ?? sign.unit), date: last.date === undefined ? t('state.notKnown') : clinicalDate(last.date.slice(0, 10)) })
  return change === undefined ? words : `${words} · ${t('write.change', { change })}`
}

/** The medicine with what speaks against it, then the dosage. */
export function PrescriptionForm({ content, onChange, draft, place, issues, onAnswer }: GuardedProps<Drafts['prescription']>) {
  return (
    <>
      <LookupField field="medicine" label="write.medicine" hint="write.medicineHint" use="medicine" value={content.medicine} known={place.known} onChange={(medicine) => onChange({ ...content, medicine })} />
      <SafetyWarnings draft={draft} issues={issues} onAnswer={onAnswer} />
      <DosageFields content={content} onChange={onChange} />
    </>
  )
}

/** An allergy to what the patient takes now is said at once. */
export function GuardedAllergyForm({ content, onChange, draft, place, issues, onAnswer }: GuardedProps<Drafts['allergy']>) {
  return <><AllergyForm content={content} onChange={onChange} place={place} /><SafetyWarnings draft={draft} issues={issues} onAnswer={onAnswer} /></>
}
