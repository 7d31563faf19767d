import { Checkbox } from '@mantine/core'
import {
  ALLERGY_CATEGORIES, ALLERGY_CRITICALITIES, ALLERGY_TYPES, CONDITION_CATEGORIES, CONDITION_CERTAINTIES, CONDITION_COURSES, DOSE_UNITS, NOTE_TYPES, ORDER_CATEGORIES, ORDER_PRIORITIES, PERIOD_UNITS, REACTION_SEVERITIES, ROUTES,
  type Drafts,
} from '@careledger/client'
import type { WordKey } from '../../../i18n/translate.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import type { WritingPlace } from '../../../session/shapes.ts'
import { ChoiceField, LongField, TextField } from './fields.tsx'
import { LookupField } from './lookup-field.tsx'

export interface FormProps<Content> {
  readonly content: Content
  readonly onChange: (content: Content) => void
}

const noteTypes: Readonly<Record<(typeof NOTE_TYPES)[number]['key'], WordKey>> = { progress: 'write.noteProgress', history: 'write.noteHistory', consult: 'write.noteConsult', procedure: 'write.noteProcedure', discharge: 'write.noteDischarge' }
const routes: Readonly<Record<(typeof ROUTES)[number]['key'], WordKey>> = {
  oral: 'write.routeOral', intravenous: 'write.routeIntravenous', subcutaneous: 'write.routeSubcutaneous', intramuscular: 'write.routeIntramuscular', inhaled: 'write.routeInhaled', topical: 'write.routeTopical', rectal: 'write.routeRectal', eye: 'write.routeEye',
}
const periods: Readonly<Record<(typeof PERIOD_UNITS)[number], WordKey>> = { h: 'write.periodHours', d: 'write.periodDays', wk: 'write.periodWeeks' }
const units: Readonly<Record<string, WordKey>> = { '{tablet}': 'write.unitTablet', '{capsule}': 'write.unitCapsule', '{puff}': 'write.unitPuff', '[drp]': 'write.unitDrop' }
const allergyTypes: Readonly<Record<(typeof ALLERGY_TYPES)[number], WordKey>> = { allergy: 'write.typeAllergy', intolerance: 'write.typeIntolerance' }
const orders: Readonly<Record<(typeof ORDER_CATEGORIES)[number]['key'], WordKey>> = { laboratory: 'code.laboratory', imaging: 'code.imaging', surgery: 'write.orderSurgery', consultation: 'write.orderConsultation' }

/** A form that suggests codes. */
export interface CodedFormProps<Content> extends FormProps<Content> {
  readonly place: Pick<WritingPlace, 'known'>
}

export function NoteForm({ content, onChange }: FormProps<Drafts['note']>) {
  const { t } = usePreferences()
  return (
    <>
      <ChoiceField field="noteType" label="write.noteType" value={content.noteType} onChange={(noteType) => onChange({ ...content, noteType })} choices={NOTE_TYPES.map(({ key }) => ({ value: key, label: t(noteTypes[key]) }))} />
      <LongField field="text" label="write.noteText" hint="write.noteTextHint" rows={10} value={content.text} onChange={(text) => onChange({ ...content, text })} />
    </>
  )
}

export function ConditionForm({ content, onChange, place }: CodedFormProps<Drafts['condition']>) {
  const { t } = usePreferences()
  const coded = <Value extends string>(values: readonly Value[]) => values.map((value) => ({ value, label: t(`code.${value}` as WordKey) }))
  return (
    <>
      <LookupField field="what" label="write.conditionWhat" hint="write.conditionWhatHint" use="condition" value={content.what} known={place.known} onChange={(what) => onChange({ ...content, what })} />
      <ChoiceField field="certainty" label="write.certainty" value={content.certainty} onChange={(certainty) => onChange({ ...content, certainty })} choices={coded(CONDITION_CERTAINTIES)} />
      <ChoiceField field="course" label="write.course" value={content.course} onChange={(course) => onChange({ ...content, course })} choices={coded(CONDITION_COURSES)} />
      <ChoiceField field="category" label="write.conditionCategory" value={content.category} onChange={(category) => onChange({ ...content, category })} choices={coded(CONDITION_CATEGORIES)} />
      <TextField field="onset" label="write.onset" hint="write.dateHint" optional value={content.onset} onChange={(onset) => onChange({ ...content, onset })} />
      <LongField field="note" label="write.remark" optional value={content.note} onChange={(note) => onChange({ ...content, note })} />
    </>
  )
}

export function AllergyForm({ content, onChange, place }: CodedFormProps<Drafts['allergy']>) {
  const { t } = usePreferences()
  const coded = <Value extends string>(values: readonly Value[]) => values.map((value) => ({ value, label: t(`code.${value}` as WordKey) }))
  return (
    <>
      <LookupField field="what" label="write.allergyWhat" hint="write.allergyWhatHint" use="allergy" value={content.what} known={place.known} onChange={(what) => onChange({ ...content, what })} />
      <ChoiceField field="type" label="write.allergyType" value={content.type} onChange={(type) => onChange({ ...content, type })} choices={ALLERGY_TYPES.map((value) => ({ value, label: t(allergyTypes[value]) }))} />
      <ChoiceField field="category" label="write.allergyCategory" value={content.category} onChange={(category) => onChange({ ...content, category })} choices={coded(ALLERGY_CATEGORIES)} />
      <ChoiceField field="criticality" label="write.criticality" hint="write.criticalityHint" value={content.criticality} onChange={(criticality) => onChange({ ...content, criticality })} choices={coded(ALLERGY_CRITICALITIES)} />
      <TextField field="reaction" label="write.reaction" hint="write.reactionHint" optional value={content.reaction} onChange={(reaction) => onChange({ ...content, reaction })} />
      {content.reaction.trim() !== '' && (
        <ChoiceField field="severity" label="write.severity" value={content.severity} onChange={(severity) => onChange({ ...content, severity })} choices={[{ value: '' as const, label: t('state.notKnown') }, ...coded(REACTION_SEVERITIES)]} />
      )}
      <LongField field="note" label="write.remark" optional value={content.note} onChange={(note) => onChange({ ...content, note })} />
    </>
  )
}

export function OrderForm({ content, onChange, place }: CodedFormProps<Drafts['order']>) {
  const { t } = usePreferences()
  return (
    <>
      <ChoiceField field="category" label="write.orderCategory" value={content.category} onChange={(category) => onChange({ ...content, category })} choices={ORDER_CATEGORIES.map(({ key }) => ({ value: key, label: t(orders[key]) }))} />
      <LookupField field="what" label="write.orderWhat" hint="write.orderWhatHint" use="order" value={content.what} known={place.known} onChange={(what) => onChange({ ...content, what })} />
      <ChoiceField field="priority" label="write.priority" value={content.priority} onChange={(priority) => onChange({ ...content, priority })} choices={ORDER_PRIORITIES.map((value) => ({ value, label: t(`code.${value}`) }))} />
      <TextField field="when" label="write.orderWhen" hint="write.dateHint" optional value={content.when} onChange={(when) => onChange({ ...content, when })} />
      <TextField field="why" label="write.orderReason" optional value={content.reason} onChange={(reason) => onChange({ ...content, reason })} />
      <LongField field="note" label="write.remark" optional value={content.note} onChange={(note) => onChange({ ...content, note })} />
    </>
  )
}

/** What is taken, whoever prescribed it: kept from another hospital's list, or told by the patient. */
export function TakingForm({ content, onChange, place }: CodedFormProps<Drafts['taking']>) {
  return (
    <>
      <LookupField field="medicine" label="write.medicine" hint="write.medicineHint" use="medicine" value={content.medicine} known={place.known} onChange={(medicine) => onChange({ ...content, medicine })} />
      <TextField field="dosage" label="write.takingDosage" optional value={content.dosage} onChange={(dosage) => onChange({ ...content, dosage })} />
      <TextField field="source" label="write.takingSource" hint="write.takingSourceHint" optional value={content.source} onChange={(source) => onChange({ ...content, source })} />
      <LongField field="note" label="write.remark" optional value={content.note} onChange={(note) => onChange({ ...content, note })} />
    </>
  )
}

/** The dosage as data; warnings stand below the medicine, beside what they are about. */
export function DosageFields({ content, onChange }: FormProps<Drafts['prescription']>) {
  const { t } = usePreferences()
  return (
    <>
      <div className="cl-field-row">
        <TextField field="dose" label="write.dose" numeric value={content.dose} onChange={(dose) => onChange({ ...content, dose })} />
        <ChoiceField field="unit" label="write.doseUnit" value={content.unit} onChange={(unit) => onChange({ ...content, unit })} choices={DOSE_UNITS.map(({ code, unit }) => ({ value: code, label: units[code] === undefined ? unit : t(units[code]) }))} />
      </div>
      <div className="cl-field-row">
        <TextField field="frequency" label="write.frequency" numeric value={content.frequency} onChange={(frequency) => onChange({ ...content, frequency })} />
        <TextField field="period" label="write.period" numeric value={content.period} onChange={(period) => onChange({ ...content, period })} />
        <ChoiceField field="periodUnit" label="write.periodUnit" value={content.periodUnit} onChange={(periodUnit) => onChange({ ...content, periodUnit })} choices={PERIOD_UNITS.map((value) => ({ value, label: t(periods[value]) }))} />
      </div>
      <Checkbox checked={content.asNeeded} onChange={(event) => onChange({ ...content, asNeeded: event.currentTarget.checked })} label={t('write.asNeeded')} />
      <ChoiceField field="route" label="write.route" value={content.route} onChange={(route) => onChange({ ...content, route })} choices={[{ value: '' as const, label: t('write.routeNone') }, ...ROUTES.map(({ key }) => ({ value: key, label: t(routes[key]) }))]} />
      <TextField field="days" label="write.days" hint="write.daysHint" optional numeric value={content.days} onChange={(days) => onChange({ ...content, days })} />
      <LongField field="note" label="write.remark" optional value={content.note} onChange={(note) => onChange({ ...content, note })} />
    </>
  )
}
