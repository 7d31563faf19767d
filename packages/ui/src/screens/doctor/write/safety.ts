import { acknowledgementOf, buildDraft, isDecimal, newRecord, stableIds, VITAL_SIGNS, type Acknowledgement, type Drafts, type RecordToSign, type WriteContext } from '@careledger/client'
import type { Values, WordKey } from '../../../i18n/translate.ts'
import type { SafetyIssue } from '../../../session/shapes.ts'
import type { Draft } from './drafts.ts'

/** The sentence of each check; in English it is the server's. */
export const safetyWords: Readonly<Record<SafetyIssue['code'], WordKey>> = {
  'allergy': 'safety.allergy', 'allergy-to-current': 'safety.allergyToCurrent', 'duplicate-therapy': 'safety.duplicateTherapy', 'unlikely-value': 'safety.unlikelyValue', 'impossible-value': 'safety.impossibleValue', 'pressure-order': 'safety.pressureOrder',
}

/** What it is about, in the words of the record or as typed. */
export function safetyDetail({ about, because, group, value, unit, side, bound }: SafetyIssue): { readonly words: WordKey, readonly values: Values } | undefined {
  if (about !== undefined) return { words: because === 'class' ? 'safety.aboutClass' : 'safety.about', values: { about, group: group ?? '' } }
  if (value === undefined) return undefined
  const values = { value, unit: unit ?? '', bound: bound ?? '' }
  return { words: side === 'above' ? 'safety.valueAbove' : side === 'below' ? 'safety.valueBelow' : 'safety.value', values }
}

/** What of a draft the checks look at, as far as it is filled in; `undefined`: nothing yet. */
function guardedContent(draft: Draft): { readonly kind: Draft['kind'], readonly content: Drafts[Draft['kind']] } | undefined {
  if (draft.withdraw === true || draft.stop !== undefined) return undefined
  if (draft.kind === 'prescription') {
    const content = draft.content as Drafts['prescription']
    return content.medicine.text.trim().length < 3 ? undefined : { kind: draft.kind, content: { ...content, dose: '1', frequency: '1', period: '1', days: '', note: '' } }
  }
  if (draft.kind === 'allergy') {
    const content = draft.content as Drafts['allergy']
    return content.what.text.trim().length < 3 ? undefined : { kind: draft.kind, content: { ...content, reaction: '', severity: '', note: '' } }
  }
  if (draft.kind !== 'vitals') return undefined
  const { values } = draft.content as Drafts['vitals']
  const measured = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, isDecimal(value.trim()) ? value : ''])) as Drafts['vitals']['values']
  return Object.values(measured).every((value) => value === '') ? undefined : { kind: draft.kind, content: { values: measured } }
}

/**
 * What is asked about: this draft's resources as far as they are filled in, behind those of drafts that are ready before it, so that two of one
 * write are compared too. `own`: place of its first resource. The same content gives the same bytes.
 */
export interface SafetyProbe {
  readonly records: readonly RecordToSign[]
  readonly own: number
  readonly key: string
}

export function probeOf(draft: Draft, earlier: readonly Draft[], context: WriteContext): SafetyProbe | undefined {
  const guarded = guardedContent(draft)
  if (guarded === undefined) return undefined
  const at = new Date(0)
  const built = (one: Draft, content: Drafts[Draft['kind']]): readonly RecordToSign[] => buildDraft(one.kind, content as never, { ...context, at, newId: stableIds(one.seed) }).map(newRecord)
  const before = earlier.flatMap((one) => { const content = guardedContent(one); return content === undefined || one.former !== undefined ? [] : built(one, content.content) })
  const [first, ...more] = built(draft, guarded.content)
  if (first === undefined) return undefined
  const own = draft.former === undefined ? [first, ...more] : [{ ...first, replaces: draft.former.entry }]
  const records = [...before, ...own]
  return { records, own: before.length, key: records.map(({ bytes, replaces }) => `${replaces ?? ''}${new TextDecoder().decode(bytes)}`).join('\n') }
}

/** The issues of a draft's own resources, with places from nought. */
export function ownIssues(issues: readonly SafetyIssue[], own: number): readonly SafetyIssue[] {
  return issues.flatMap((issue) => {
    const place = Number(/^resources\[(\d+)\]/.exec(issue.path)?.[1] ?? -1) - own
    return place < 0 ? [] : [{ ...issue, path: issue.path.replace(/^resources\[\d+\]/, `resources[${place}]`) }]
  })
}

/** The same question is asked once; of another medicine or value it is another one. */
export function answerKey({ code, key, value }: SafetyIssue, draft: Pick<Draft, 'kind' | 'content'>): string {
  const subject = draft.kind === 'prescription' ? (draft.content as Drafts['prescription']).medicine.text : draft.kind === 'allergy' ? (draft.content as Drafts['allergy']).what.text : value ?? ''
  return `${code} ${key} ${subject.trim().toLowerCase()}`
}

/** Where its problem is shown: at the reason for a warning, at the value for what cannot be. */
export function issueField({ code, severity, key }: SafetyIssue): string {
  const sign = VITAL_SIGNS.find((one) => one.code === key)?.key
  return severity === 'refused' ? sign ?? 'systolic' : `${code}-${key.replaceAll(/[^A-Za-z0-9-]/g, '-')}`
}

export function acknowledgementsOf(issues: readonly SafetyIssue[], draft: Draft): readonly Acknowledgement[] {
  return issues.flatMap((issue) => acknowledgementOf(issue, draft.answered[answerKey(issue, draft)] ?? '') ?? [])
}
