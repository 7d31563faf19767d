import type { Actor, PendingProof } from '@careledger/identity'
import { parseEntry, subjectPseudonym, utf8, type Entry } from '@careledger/proof'
import { record } from '../../decisions/decide.ts'
import { newDecision, toDecisionView, toStoredDecision, type DecisionView } from '../../decisions/decision-record.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { resourceTypeOf } from '../../fhir/validate-resource.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { parseResource } from '../record-created.ts'
import { HOSPITAL } from '../tables.ts'
import { assertSafe, safetyIssues } from './safety/index.ts'
import { writingProblems, type WritingFrame, type WrittenResource } from './check-writing.ts'
import { readWritingFrame, type FoundFrame } from './writing-frame.ts'
import { writableTypes } from './writing-rules.ts'

/** Most entries that one write takes: what somebody can look at on one check page. */
export const writingMax = 100

export interface WritingCommit {
  readonly patient: string
  /** `record-created` only, all signed by the caller. */
  readonly entries: readonly SignedEntry[]
  readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined
  readonly signal?: AbortSignal | undefined
  /** The request's proof of possession, to be used up by the same Write. */
  readonly proof?: PendingProof | undefined
}

export interface CommittedWriting {
  /** In the order of the entries. */
  readonly receipts: readonly EntryReceipt[]
  /** Absent for a retry that changed nothing. */
  readonly decision?: DecisionView | undefined
}

const operation = 'hospital.writing.commit'
const attemptsMax = 4

/**
 * Writes what a person of the custodian has signed in a patient's chart, all or none, with the decision that allowed it. Of two amendments of one
 * record exactly one is written. The same entries again change nothing and give the same receipts.
 *
 * Errors: NOT_ALLOWED (not the caller's patient; with `problems` of code `role` where only the type is refused), INPUT_MALFORMED,
 * FHIR_INVALID with `problems`, SAFETY_CHECK with `problems` where something speaks against it and no reason is signed with it, STALE with `replacedBy` where a record was amended meanwhile, and those of `acceptEntries`.
 */
export async function commitWriting(parts: Parts, actor: Actor, commit: WritingCommit): Promise<CommittedWriting> {
  if (commit.entries.length > writingMax) throw new LogicError('INPUT_TOO_LARGE', `One write takes at most ${writingMax} entries.`, { details: { limit: writingMax } })
  const entries = commit.entries.map(readEntry)
  const resources = entries.map((entry, index) => toResource(commit.entries[index] as SignedEntry, entry, index))
  for (let attempt = 1; ; attempt++) {
    const { frame, medicines, guards } = await permittedFrame(parts, actor, operation, commit.patient, resources)
    entries.forEach((entry, index) => checkEntry(entry, frame, index))
    checkRoles(resources, actor)
    const problems = await writingProblems(resources, frame, commit.signal)
    if (problems.length > 0) throw new LogicError('FHIR_INVALID', 'The resources are not what may be written in this chart.', { details: { problems } })
    assertSafe(await safetyIssues(resources, medicines))
    const decision = newDecision({ actor, operation, purpose: 'treatment', about: commit.patient, rule: 'custodian-staff', types: countTypes(resources) }, parts.now())
    try {
      const claims = commit.proof === undefined ? [] : [commit.proof.claim]
      const receipts = await acceptEntries(parts, commit.entries, { actor, guards, claims, decisions: [toStoredDecision(decision)], wait: commit.wait, signal: commit.signal })
      if (commit.proof !== undefined && !receipts.some(({ duplicate }) => duplicate)) commit.proof.used = true
      return receipts.every(({ duplicate }) => duplicate) ? { receipts } : { receipts, decision: toDecisionView(decision) }
    } catch (error) {
      // The next look says whether a record was amended, and by whom, or only a row beside it has changed.
      if (!isLogicError(error, 'STALE') || attempt === attemptsMax) throw error
    }
  }
}

/** The frame, or a refusal that is recorded where there is such a patient. Errors: NOT_ALLOWED, STALE. */
export async function permittedFrame(parts: Parts, actor: Actor, of: string, patient: string, resources: readonly WrittenResource[]): Promise<Exclude<FoundFrame, { readonly refused: true }>> {
  const found = await parts.store.read((view) => readWritingFrame(parts, view, actor, of, patient, resources)).catch((error: unknown) => {
    throw toLogicError(error)
  })
  if (!('refused' in found)) return found
  await record(parts, [newDecision({ actor, operation: of, purpose: 'treatment', about: found.exists ? patient : undefined, rule: 'none' }, parts.now())], [])
  throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
}

/** Errors: NOT_ALLOWED with `problems`, one for each resource of a type that the caller's roles do not write. */
export function checkRoles(resources: readonly WrittenResource[], actor: Pick<Actor, 'roles'>): void {
  const types = writableTypes(actor.roles)
  const problems = resources.flatMap(({ path, type }) => (types.includes(type) ? [] : [{ path, code: 'role', message: `Somebody with your role does not write ${type === '' ? 'this' : type}.` }]))
  if (problems.length > 0) throw new LogicError('NOT_ALLOWED', 'Your role does not write resources of this type.', { details: { problems } })
}

function readEntry(signed: SignedEntry, index: number): Entry {
  try {
    return parseEntry(typeof signed.entry === 'string' ? utf8(signed.entry) : signed.entry)
  } catch (error) {
    const known = toLogicError(error)
    throw known instanceof LogicError ? new LogicError(known.code, known.message, { cause: error, details: { ...known.details, index } }) : error
  }
}

function toResource({ opening }: SignedEntry, entry: Entry, index: number): WrittenResource {
  const resource = toWritten(opening?.payload ?? new Uint8Array(), `entries[${index}].resource`, entry.id)
  return { ...resource, entry: entry.id, ...(entry.replaces === undefined ? {} : { replaces: entry.replaces }) }
}

/** A resource out of its exact bytes. Errors: INPUT_MALFORMED where they are no JSON object. */
export function toWritten(bytes: Uint8Array, path: string, named = path): WrittenResource {
  const { value } = parseResource(bytes, named)
  const { id } = value as { id?: unknown }
  return { path, type: resourceTypeOf(value) ?? '', ...(typeof id === 'string' ? { id } : {}), value, bytes }
}

function checkEntry(entry: Entry, frame: WritingFrame, index: number): void {
  const wrong = (message: string): LogicError => new LogicError('INPUT_MALFORMED', message, { details: { id: entry.id, index, problems: [{ path: `entries[${index}]`, code: 'entry', message }] } })
  if (entry.network !== HOSPITAL || entry.type !== 'record-created') throw wrong('Only records are written in a chart.')
  if (entry.custodian !== frame.custodian) throw wrong('The entry names another custodian than the caller\'s organisation.')
  if (entry.subject !== subjectPseudonym(frame.subjectSecret)) throw wrong('The entry names another subject than the patient\'s.')
}

function countTypes(resources: readonly WrittenResource[]): Readonly<Record<string, number>> {
  const types: Record<string, number> = {}
  for (const { type } of resources) types[type] = (types[type] ?? 0) + 1
  return types
}
