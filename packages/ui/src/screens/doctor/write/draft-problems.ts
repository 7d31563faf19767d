import { isDecimal, noteTextMax, VITAL_SIGNS, type Drafts, type WriteKind } from '@careledger/client'
import type { Values, WordKey } from '../../../i18n/translate.ts'
import type { SafetyIssue } from '../../../session/shapes.ts'
import type { Draft } from './drafts.ts'
import { answerKey, issueField, safetyWords } from './safety.ts'

/** One thing to mend, at the field with this id. */
export interface DraftProblem {
  readonly field: string
  readonly words: WordKey
  readonly values?: Values
}

type Checks = { readonly [Kind in WriteKind]: (content: Drafts[Kind], today: string) => readonly DraftProblem[] }

/** Everything that keeps a draft from the check page, in the order of its fields. `issues`: what the server's checks found. `today`: `YYYY-MM-DD`. */
export function draftProblems(draft: Draft, issues: readonly SafetyIssue[], today: string): readonly DraftProblem[] {
  const check = checks[draft.kind] as Checks[WriteKind]
  const isForm = draft.withdraw !== true && draft.stop === undefined
  return [...(isForm ? [...check(draft.content as never, today), ...issues.flatMap((issue) => issueProblem(issue, draft))] : []), ...reasonProblems(draft)]
}

function issueProblem(issue: SafetyIssue, draft: Draft): readonly DraftProblem[] {
  const values = { value: issue.value ?? '', unit: issue.unit ?? '', about: issue.about ?? `${issue.value ?? ''} ${issue.unit ?? ''}`.trim() }
  if (issue.severity === 'refused') return [{ field: issueField(issue), words: issue.code === 'pressure-order' ? safetyWords[issue.code] : 'safety.impossible', values }]
  return (draft.answered[answerKey(issue, draft)] ?? '').trim() === '' ? [{ field: issueField(issue), words: 'safety.needWhy', values }] : []
}

const missing = (text: string, field: string, words: WordKey): readonly DraftProblem[] => (text.trim() === '' ? [{ field, words }] : [])

const checks: Checks = {
  note: ({ text }) => [...missing(text, 'text', 'write.needText'), ...(text.length > noteTextMax ? [{ field: 'text', words: 'write.tooLong', values: { max: noteTextMax } } as const] : [])],
  condition: ({ what, onset }, today) => [...missing(what.text, 'what', 'write.needCondition'), ...dateProblems(onset, 'onset', today)],
  allergy: ({ what }) => missing(what.text, 'what', 'write.needAllergy'),
  order: ({ what, when }) => [...missing(what.text, 'what', 'write.needOrder'), ...dateProblems(when, 'when')],
  taking: ({ medicine }) => missing(medicine.text, 'medicine', 'write.needMedicine'),
  prescription: (content) => dosageProblems(content),
  vitals: ({ values }) => {
    if (Object.values(values).every((value) => value.trim() === '')) return [{ field: 'systolic', words: 'write.needVital' }]
    return VITAL_SIGNS.flatMap(({ key }): readonly DraftProblem[] => (values[key].trim() === '' || isDecimal(values[key].trim()) ? [] : [{ field: key, words: 'write.needNumber' }]))
  },
}

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
