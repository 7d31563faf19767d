import { amendedResource, amendmentRecords, buildDraft, newRecord, WRITE_KINDS, withdrawnResource, type Reason, type RecordToSign, type WriteContext } from '@careledger/client'
import type { PlainFact } from '../../../records/plain-words.ts'
import { plainFacts } from '../../../records/plain-words.ts'
import { readResource } from '../../../records/resource.ts'
import type { Draft } from './drafts.ts'
import { warningKey, warningsOf } from './draft-problems.ts'
import type { WritingPlace } from '../../../session/shapes.ts'

/** A draft as what will be signed: each resource's exact bytes, and what they say in words. */
export interface DraftRecords {
  readonly draft: Draft
  readonly records: readonly RecordToSign[]
  readonly facts: readonly (readonly PlainFact[])[]
  /** What each record is called, in the order of the records. */
  readonly titles: readonly string[]
}

/** Errors: `TypeError` for a draft that is not ready. */
export function recordsOf(draft: Draft, place: WritingPlace, context: WriteContext): DraftRecords {
  const records = toRecords(withOverruled(draft, place), context)
  return { draft, records, facts: records.flatMap(({ bytes }) => factsOf(bytes)), titles: records.map(({ bytes }) => titleOf(bytes)) }
}

function toRecords(draft: Draft, context: WriteContext): readonly RecordToSign[] {
  const { former, kind, content } = draft
  if (former === undefined) return buildDraft(kind, content, { ...context, encounter: draft.encounter }).map(newRecord)
  const reason = draft.reason as Reason
  if (draft.withdraw === true) return amendmentRecords(former, withdrawnResource(former), reason, context)
  const [built] = buildDraft(kind, content, context)
  if (built === undefined) throw new TypeError('The draft is empty.')
  return amendmentRecords(former, amendedResource(former, built, WRITE_KINDS[kind].owns, reason), reason, context)
}

/** A prescription carries the warnings that its prescriber has overruled, with why. */
function withOverruled(draft: Draft, place: WritingPlace): Draft {
  if (draft.kind !== 'prescription' || draft.withdraw === true) return draft
  const content = (draft as Draft<'prescription'>).content
  const overruled = warningsOf(content, draft, place).map((warning) => ({ code: warning.code, about: warning.record.text, reason: (draft.answered[warningKey(warning, content)] ?? '').trim() || 'Confirmed by the prescriber' }))
  return { ...draft, content: { ...content, overruled } }
}

/** A panel that only names its members says nothing of its own. */
function factsOf(bytes: Uint8Array): readonly (readonly PlainFact[])[] {
  const resource = readResource(bytes)
  if (resource === undefined || new TextDecoder().decode(bytes).includes('"hasMember":')) return []
  return [plainFacts(resource)]
}

/** What it is, and its value where it has one. */
function titleOf(bytes: Uint8Array): string {
  const resource = readResource(bytes)
  const facts = resource === undefined ? [] : plainFacts(resource)
  return (['field.what', 'field.value', 'field.reason'] as const).flatMap((label) => facts.find((fact) => fact.label === label)?.value ?? []).slice(0, 2).join(' ')
}

/** All bytes of a draft as text, to be looked at. */
export const sourceOf = ({ records }: DraftRecords): string => records.map(({ bytes }) => new TextDecoder().decode(bytes)).join('\n')
