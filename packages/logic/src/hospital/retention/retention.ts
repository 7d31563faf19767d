import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { subjectPseudonym } from '@careledger/proof'
import { authorize, endPermit, groundsOf, isRefusal } from '../../decisions/authorize.ts'
import { decide, record, type Decided } from '../../decisions/decide.ts'
import { newDecision, toStoredDecision, type DecisionRecord } from '../../decisions/decision-record.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { subjectTable, type SubjectRow } from '../../entries/find-patient.ts'
import { readRow } from '../../entries/rows.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { HOSPITAL } from '../tables.ts'
import type { RetentionReason } from './kept-until.ts'
import { holdsOf, reasonsOf } from './may-erase.ts'
import { mayWriteRetention, type PlacedHold, type RetentionRow } from './retention-entries.ts'
import type { RetentionRule } from './retention-payloads.ts'
import { readEntryOf } from '../../entries/read-entry-of.ts'

export interface RetentionState {
  readonly custodian: string
  readonly rules: readonly RetentionRule[]
  /** When and by which entry they were set; absent: nothing was set, and nothing need be kept. */
  readonly set?: { readonly entry: string; readonly at: string } | undefined
}

/** What the caller's organisation must keep; for an organisation, its own. */
export async function readRetention(parts: Parts, actor: Actor): Promise<RetentionState> {
  const custodian = actor.organisation ?? actor.party
  const row = await parts.store.read((view) => view.projection('retention', custodian)).catch(rethrow)
  if (row === undefined) return { custodian, rules: [] }
  const { rules, entry, set } = readRow(row) as unknown as RetentionRow
  return { custodian, rules, set: { entry, at: set } }
}

export interface RetentionWrite {
  readonly entry: SignedEntry
  readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined
  readonly signal?: AbortSignal | undefined
}

/** Takes a `retention-set` entry. Errors: NOT_ALLOWED, INPUT_MALFORMED with `problems`, and those of `acceptEntries`. */
export async function setRetention(parts: Parts, actor: Actor, write: RetentionWrite): Promise<EntryReceipt> {
  const entry = readEntryOf(write.entry, HOSPITAL, ['retention-set'])
  if (entry.custodian !== custodianOf(parts, actor)) throw refused()
  const [receipt] = await acceptEntries(parts, [write.entry], { actor, wait: write.wait, signal: write.signal })
  return receipt as EntryReceipt
}

/** Takes `hold-placed` or `hold-released`, with the decision that the patient sees. Errors: as `setRetention`. */
export async function writeHold(parts: Parts, actor: Actor, type: 'hold-placed' | 'hold-released', write: RetentionWrite): Promise<EntryReceipt> {
  const entry = readEntryOf(write.entry, HOSPITAL, [type])
  const operation = type === 'hold-placed' ? 'hospital.retention.hold' : 'hospital.retention.release'
  const patient = await parts.store.read((view) => patientOf(view, entry.subject)).catch(rethrow)
  const facts = { actor, operation, purpose: 'operations' as const, about: patient }
  if (patient === undefined || entry.custodian !== actor.organisation || !mayWriteRetention(actor, entry.custodian, type)) {
    await record(parts, [newDecision({ ...facts, rule: 'none' }, parts.now())], [])
    throw refused()
  }
  const decision = newDecision({ ...facts, rule: 'custodian-staff' }, parts.now())
  const [receipt] = await acceptEntries(parts, [write.entry], { actor, decisions: [toStoredDecision(decision)], wait: write.wait, signal: write.signal })
  return receipt as EntryReceipt
}

/** The custodian's answer to an erasure request, before anything is erased. */
export interface ErasureForecast {
  readonly patient: string
  readonly custodian: string
  /** Pseudonym, for the entries that place and release holds; base64url. */
  readonly subject: string
  readonly erasable: boolean
  /** Empty where it is erasable; holds first, then periods, longest first. */
  readonly reasons: readonly RetentionReason[]
  readonly holds: readonly PlacedHold[]
}

/** For the patient themselves and for the custodian's doctors and clerks. Errors: NOT_ALLOWED. */
export function answerErasure(parts: Parts, actor: Actor, patient: string): Promise<Decided<ErasureForecast>> {
  const purpose = actor.roles.includes('patient') ? 'patient-request' : 'operations'
  return decide(parts, { actor, operation: 'hospital.retention.answer', purpose, patient }, async (permit) => {
    const { rule, custodian, view, patientRow } = groundsOf(permit)
    if (rule !== 'self' && rule !== 'custodian-staff') return undefined
    const [reasons, holds, subject] = await Promise.all([reasonsOf(parts, view, { custodian, patient }, parts.now()), holdsOf(parts, view, { custodian, patient }), subjectOf(parts, patientRow.key, custodian)])
    return { value: { patient, custodian, subject, erasable: reasons.length === 0, reasons, holds }, types: {} }
  })
}

export interface RetentionPage {
  readonly items: readonly DueItem[]
  readonly next?: string | undefined
}
export interface DueItem {
  readonly patient: string
  readonly state: 'due' | 'kept' | 'held'
  /** Last day of the longest period, where one runs. */
  readonly until?: string | undefined
}

/**
 * One page of the custodian's patients with what an erasure request would be answered: `due`, nothing of them need be kept any more; `held`,
 * a hold stands; `kept`, a period runs. Each patient is a decision of its own. At most 50 a page: every record's day is looked at. Errors: NOT_ALLOWED.
 */
export async function listDue(parts: Parts, actor: Actor, query: { readonly after?: string | undefined; readonly limit: number }): Promise<RetentionPage> {
  const custodian = custodianOf(parts, actor)
  const found = await parts.store.read(async (view) => {
    const page = await view.find({ table: 'patient', index: 'custodian', equals: custodian, after: query.after, limit: Math.min(query.limit, 50) })
    const items: DueItem[] = []
    const decisions: DecisionRecord[] = []
    for (const { key: patient } of page.rows) {
      const request = { actor, operation: 'hospital.retention.due', purpose: 'operations' as const, patient }
      const permit = await authorize(parts, view, request)
      if (isRefusal(permit)) continue
      const { rule } = groundsOf(permit)
      endPermit(permit)
      if (rule !== 'custodian-staff') continue
      const reasons = await reasonsOf(parts, view, { custodian, patient }, parts.now())
      const until = reasons.find(({ kind }) => kind === 'period')?.until
      items.push({ patient, state: reasons.length === 0 ? 'due' : reasons.some(({ kind }) => kind === 'hold') ? 'held' : 'kept', ...(until === undefined ? {} : { until }) })
      decisions.push(newDecision({ actor, operation: request.operation, purpose: 'operations', about: patient, rule }, parts.now()))
    }
    return { items, decisions, next: page.next }
  }).catch(rethrow)
  await record(parts, found.decisions, [])
  return { items: found.items, ...(found.next === undefined ? {} : { next: found.next }) }
}

async function subjectOf(parts: Parts, patient: string, custodian: string): Promise<string> {
  const keys = await parts.vaults.get(custodian)?.patient(patient)
  if (keys === undefined) throw refused()
  return subjectPseudonym(await keys.subjectSecret(HOSPITAL))
}

function custodianOf(parts: Pick<Parts, 'vaults'>, actor: Actor): string {
  const custodian = actor.organisation ?? (actor.kind === 'organisation' ? actor.party : undefined)
  if (custodian === undefined || parts.vaults.get(custodian) === undefined) throw refused()
  return custodian
}

async function patientOf(view: ReadView, subject: string | undefined): Promise<string | undefined> {
  const row = subject === undefined ? undefined : await view.projection(subjectTable, subject)
  return row === undefined ? undefined : (readRow(row) as unknown as SubjectRow).patient
}

const refused = (): LogicError => new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
