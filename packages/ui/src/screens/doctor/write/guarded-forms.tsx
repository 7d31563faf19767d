import { Checkbox, TextInput } from '@mantine/core'
import { VITAL_SIGNS, vitalChange, vitalProblem, type Drafts, type MedicineWarning, type VitalKey, type VitalSign } from '@careledger/client'
import { Icon } from '../../../components/icon.tsx'
import type { WordKey } from '../../../i18n/translate.ts'
import { withUnits } from '../../../records/units.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import type { WritingPlace } from '../../../session/shapes.ts'
import type { Draft } from './drafts.ts'
import { vitalKey, warningField, warningKey, warningsOf } from './draft-problems.ts'
import { TextField, useField } from './fields.tsx'
import { DosageFields, reworded, type FormProps } from './forms.tsx'

interface GuardedProps<Content> extends FormProps<Content> {
  readonly draft: Draft
  readonly place: WritingPlace
  /** `undefined` takes an answer back. */
  readonly onAnswer: (key: string, answer: string | undefined) => void
}

const vitalWords: Readonly<Record<VitalKey, WordKey>> = {
  systolic: 'write.systolic', diastolic: 'write.diastolic', heartRate: 'write.heartRate', respiratoryRate: 'write.respiratoryRate', temperature: 'write.temperature', saturation: 'write.saturation', weight: 'write.weight', height: 'write.height',
}

/** Each sign with its unit, the last value and the change from it; a value far from anything usual is asked about once. */
export function VitalsForm({ content, onChange, draft, place, onAnswer }: GuardedProps<Drafts['vitals']>) {
  const shown = draft.former === undefined ? VITAL_SIGNS : VITAL_SIGNS.filter(({ key }) => content.values[key] !== '' || wasMeasured(draft, key))
  const { t } = usePreferences()
  return <>{draft.former === undefined && <p>{t('write.vitalsHow')}</p>}{shown.map((sign) => (
    <div key={sign.key}>
      <TextField field={sign.key} label={vitalWords[sign.key]} numeric unit={sign.unit} value={content.values[sign.key]} onChange={(value) => onChange({ values: { ...content.values, [sign.key]: value } })}
        aside={<Before sign={sign} typed={content.values[sign.key]} place={place} />} />
      <Unlikely sign={sign} typed={content.values[sign.key]} answered={vitalKey(sign.key, content.values[sign.key]) in draft.answered} onAnswer={(yes) => onAnswer(vitalKey(sign.key, content.values[sign.key]), yes ? '' : undefined)} />
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

function Unlikely({ sign, typed, answered, onAnswer }: { readonly sign: VitalSign, readonly typed: string, readonly answered: boolean, readonly onAnswer: (yes: boolean) => void }) {
  const { t } = usePreferences()
  const problem = vitalProblem(sign, typed)
  if (problem?.kind !== 'unlikely') return null
  const values = { value: typed.trim(), unit: sign.unit }
  return (
    <div className="cl-warning" role="status">
      <Icon name="triangle" size={18} />
      <div><p>{t(problem.side === 'above' ? 'write.unlikelyAbove' : 'write.unlikelyBelow', values)}</p><Checkbox checked={answered} onChange={(event) => onAnswer(event.currentTarget.checked)} label={t('write.keepIt', values)} /></div>
    </div>
  )
}

/** The medicine with what speaks against it, then the dosage. */
export function PrescriptionForm({ content, onChange, draft, place, onAnswer }: GuardedProps<Drafts['prescription']>) {
  return (
    <>
      <TextField field="medicine" label="write.medicine" hint="write.medicineHint" value={content.medicine.text} onChange={(text) => onChange({ ...content, medicine: reworded(content.medicine, text) })} />
      <div role="status" className="cl-warnings">
        {warningsOf(content, draft, place).map((warning) => <Warning key={warningField(warning)} warning={warning} answer={draft.answered[warningKey(warning, content)]} onAnswer={(answer) => onAnswer(warningKey(warning, content), answer)} />)}
      </div>
      <DosageFields content={content} onChange={onChange} />
    </>
  )
}

function Warning({ warning, answer, onAnswer }: { readonly warning: MedicineWarning, readonly answer: string | undefined, readonly onAnswer: (answer: string | undefined) => void }) {
  const { t } = usePreferences()
  const state = useField(warningField(warning))
  const { record: { text }, medicineClass = '' } = warning
  if (warning.code === 'DUPTHPY') {
    return (
      <div className="cl-warning"><Icon name="triangle" size={18} /><div>
        <p>{t('write.duplicate', { medicine: text })}</p>
        <Checkbox id={state.id} error={state.error} checked={answer !== undefined} onChange={(event) => onAnswer(event.currentTarget.checked ? '' : undefined)} label={t('write.duplicateKeep')} />
      </div></div>
    )
  }
  return (
    <div className="cl-warning" data-tone="critical"><Icon name="octagon" size={18} /><div>
      <p><strong>{warning.because === 'class' ? t('write.allergyClass', { allergy: text, group: medicineClass }) : t('write.allergyNamed', { allergy: text })}</strong></p>
      <TextInput {...state} label={t('write.overrule')} description={t('write.overruleHint')} value={answer ?? ''} onChange={(event) => onAnswer(event.currentTarget.value)} autoComplete="off" />
    </div></div>
  )
}
