import { isDecimal, medicineWarnings, noteTextMax, VITAL_SIGNS, vitalProblem, type Drafts, type MedicineWarning, type WriteKind } from '@careledger/client'
import type { Values, WordKey } from '../../../i18n/translate.ts'
import type { WritingPlace } from '../../../session/shapes.ts'
import type { Draft } from './drafts.ts'

/** One thing to mend, at the field with this id. */
export interface DraftProblem {
  readonly field: string
  readonly words: WordKey
  readonly values?: Values
}

type Checks = { readonly [Kind in WriteKind]: (content: Drafts[Kind], draft: Draft, place: Pick<WritingPlace, 'allergies' | 'prescriptions'>, today: string) => readonly DraftProblem[] }

/** Everything that keeps a draft from the check page, in the order of its fields. `today`: `YYYY-MM-DD`. */
export function draftProblems(draft: Draft, place: Pick<WritingPlace, 'allergies' | 'prescriptions'>, today: string): readonly DraftProblem[] {
  const check = checks[draft.kind] as Checks[WriteKind]
  return [...(draft.withdraw === true ? [] : check(draft.content as never, draft, place, today)), ...reasonProblems(draft)]
}

const missing = (text: string, field: string, words: WordKey): readonly DraftProblem[] => (text.trim() === '' ? [{ field, words }] : [])

const checks: Checks = {
  note: ({ text }) => [...missing(text, 'text', 'write.needText'), ...(text.length > noteTextMax ? [{ field: 'text', words: 'write.tooLong', values: { max: noteTextMax } } as const] : [])],
  condition: ({ what, onset }, _draft, _place, today) => [...missing(what.text, 'what', 'write.needCondition'), ...dateProblems(onset, 'onset', today)],
  allergy: ({ what }) => missing(what.text, 'what', 'write.needAllergy'),
  order: ({ what, when }) => [...missing(what.text, 'what', 'write.needOrder'), ...dateProblems(when, 'when')],
  prescription: (content, draft, place) => [...dosageProblems(content), ...warningProblems(content, draft, place)],
  vitals: ({ values }, { answered }) => {
    const found = VITAL_SIGNS.flatMap((sign): readonly DraftProblem[] => {
      const problem = vitalProblem(sign, values[sign.key])
      if (problem === undefined || (problem.kind === 'unlikely' && vitalKey(sign.key, values[sign.key]) in answered)) return []
      if (problem.kind === 'number') return [{ field: sign.key, words: 'write.needNumber' }]
      const shown = { value: values[sign.key].trim(), unit: sign.unit, bound: problem.bound }
      if (problem.kind === 'unlikely') return [{ field: sign.key, words: 'write.answerUnlikely', values: shown }]
      return [{ field: sign.key, words: problem.side === 'above' ? 'write.impossibleAbove' : 'write.impossibleBelow', values: shown }]
    })
    if (found.length === 0 && Object.values(values).every((value) => value.trim() === '')) return [{ field: 'systolic', words: 'write.needVital' }]
    const [systolic, diastolic] = [Number(values.systolic), Number(values.diastolic)]
    return found.length === 0 && values.systolic.trim() !== '' && values.diastolic.trim() !== '' && diastolic >= systolic ? [{ field: 'diastolic', words: 'write.pressureOrder' }] : found
  },
}

/** The same value is asked about once; another one is another question. */
export const vitalKey = (key: string, value: string): string => `${key}:${value.trim()}`

function dosageProblems({ medicine, dose, frequency, period, days }: Drafts['prescription']): readonly DraftProblem[] {
  const isCount = (text: string, most: number): boolean => /^[1-9]\d{0,3}$/.test(text.trim()) && Number(text) <= most
  const isAmount = (text: string): boolean => isDecimal(text.trim()) && Number(text) > 0
  return [
    ...missing(medicine.text, 'medicine', 'write.needMedicine'),
    ...(isAmount(dose) ? [] : [{ field: 'dose', words: 'write.needDose' } as const]),
    ...(isCount(frequency, 24) ? [] : [{ field: 'frequency', words: 'write.needFrequency' } as const]),
    ...(isAmount(period) ? [] : [{ field: 'period', words: 'write.needPeriod' } as const]),
    ...(days.trim() === '' || isCount(days, 3650) ? [] : [{ field: 'days', words: 'write.needDays' } as const]),
  ]
}

/** An allergy asks for a reason in words, a duplicate for a yes. */
function warningProblems(content: Drafts['prescription'], draft: Draft, place: Pick<WritingPlace, 'allergies' | 'prescriptions'>): readonly DraftProblem[] {
  return warningsOf(content, draft, place).flatMap((warning): readonly DraftProblem[] => {
    const answer = draft.answered[warningKey(warning, content)]
    if (warning.code === 'ALGY') return answer === undefined || answer.trim() === '' ? [{ field: warningField(warning), words: 'write.needOverrule', values: { allergy: warning.record.text } }] : []
    return answer === undefined ? [{ field: warningField(warning), words: 'write.answerDuplicate', values: { medicine: warning.record.text } }] : []
  })
}

/** A prescription that is being amended is no duplicate of itself. */
export function warningsOf(content: Drafts['prescription'], draft: Pick<Draft, 'former'>, place: Pick<WritingPlace, 'allergies' | 'prescriptions'>): readonly MedicineWarning[] {
  if (content.medicine.text.trim() === '') return []
  return medicineWarnings(content.medicine, place.allergies, place.prescriptions.filter(({ id }) => id !== draft.former?.entry))
}

export const warningField = ({ code, record }: MedicineWarning): string => `${code}-${record.id}`
export const warningKey = (warning: MedicineWarning, { medicine }: Drafts['prescription']): string => `${warningField(warning)}:${medicine.text.trim().toLowerCase()}`

function dateProblems(text: string, field: string, notAfter?: string): readonly DraftProblem[] {
  const date = text.trim()
  if (date === '') return []
  const padded = `${date}${'-01-01'.slice(date.length === 4 ? 0 : date.length === 7 ? 3 : 6)}`
  const real = /^\d{4}(-\d{2}(-\d{2})?)?$/.test(date) && !Number.isNaN(Date.parse(padded)) && new Date(padded).toISOString().startsWith(padded)
  if (!real) return [{ field, words: 'write.needDate' }]
  return notAfter !== undefined && date > notAfter.slice(0, date.length) ? [{ field, words: 'write.notInFuture' }] : []
}

function reasonProblems({ former, reason }: Draft): readonly DraftProblem[] {
  if (former === undefined) return []
  if (reason === undefined || reason.code === '') return [{ field: 'reason', words: 'write.needReason' }]
  return reason.code === 'other' && reason.text.trim() === '' ? [{ field: 'reason-text', words: 'write.needReasonText' }] : []
}
