import { amendedResource, amendmentRecords, buildDraft, newRecord, stableIds, stoppedResource, withAcknowledgements, WRITE_KINDS, withdrawnResource, type ExactObject, type Reason, type RecordToSign, type WriteContext } from '@careledger/client'
import type { PlainFact } from '../../../records/plain-words.ts'
import { plainFacts } from '../../../records/plain-words.ts'
import { readResource, type Resource } from '../../../records/resource.ts'
import type { Draft } from './drafts.ts'

/** A draft as what will be signed: each resource's exact bytes, and what they say in words. */
export interface DraftRecords {
  readonly draft: Draft
  readonly records: readonly RecordToSign[]
  readonly facts: readonly (readonly PlainFact[])[]
  /** What each record is called, in the order of the records. */
  readonly titles: readonly string[]
  /** Of an amendment: the version that was read, and the one that will be signed. */
  readonly amended?: { readonly before: Resource, readonly after: Resource } | undefined
}

/** Errors: `TypeError` for a draft that is not ready. */
export function recordsOf(draft: Draft, context: WriteContext): DraftRecords {
  const records = toRecords(draft, { ...context, newId: stableIds(draft.seed) })
  return { draft, records, facts: records.flatMap(({ bytes }) => factsOf(bytes)), titles: records.map(({ bytes }) => titleOf(bytes)), amended: amendedOf(draft, records) }
}

function amendedOf({ former }: Draft, records: readonly RecordToSign[]): DraftRecords['amended'] {
  const next = records.find(({ replaces }) => replaces === former?.entry)
  const [before, after] = former === undefined || next === undefined ? [] : [readResource(former.bytes), readResource(next.bytes)]
  return before === undefined || after === undefined ? undefined : { before, after }
}

function toRecords(draft: Draft, context: WriteContext): readonly RecordToSign[] {
  const { former, kind, content } = draft
  if (former === undefined) return buildDraft(kind, content, { ...context, encounter: draft.encounter }).map((resource, index) => newRecord(acknowledged(resource, index, draft, context)))
  const reason = draft.reason as Reason
  if (draft.withdraw === true) return amendmentRecords(former, withdrawnResource(former), reason, context)
  if (draft.stop !== undefined) return amendmentRecords(former, stoppedResource(former, draft.stop, reason.text), reason, context)
  const [built] = buildDraft(kind, content, context)
  if (built === undefined) throw new TypeError('The draft is empty.')
  return amendmentRecords(former, acknowledged(amendedResource(former, built, WRITE_KINDS[kind].owns, reason), 0, draft, context), reason, context)
}

/** Each resource carries the warnings that its author has answered, with why. */
function acknowledged(resource: ExactObject, index: number, draft: Draft, context: WriteContext): ExactObject {
  return withAcknowledgements(resource, (draft.acknowledged ?? []).filter((one) => one.index === index), context)
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
