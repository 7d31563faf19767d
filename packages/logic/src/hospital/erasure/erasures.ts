import type { Guard, ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { subjectPseudonym } from '@careledger/proof'
import { record } from '../../decisions/decide.ts'
import { newDecision, toStoredDecision, type DecisionFacts } from '../../decisions/decision-record.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { subjectTable, type SubjectRow } from '../../entries/find-patient.ts'
import type { EntryState } from '../../entries/signed-entry.ts'
import { readEntryOf } from '../../entries/read-entry-of.ts'
import { openRow, readRow } from '../../entries/rows.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { buildProof } from '../../log/build-proof.ts'
import { readStates } from '../../log/entry-states.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { partyNames } from '../party-names.ts'
import { ownPatients } from '../patients.ts'
import type { RetentionReason } from '../retention/kept-until.ts'
import { mayErase, reasonsOf } from '../retention/may-erase.ts'
import { HOSPITAL } from '../tables.ts'
import { mayApprove, mayPropose } from './erasure-entries.ts'
import { caseTable, orderTable, type ErasureCase, type ErasureOrderRow } from './erasure-rows.ts'
import { runErasure } from './run-erasures.ts'

export interface ErasureWrite {
  readonly entry: SignedEntry
  readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined
  readonly signal?: AbortSignal | undefined
}

/** One patient's case at one custodian, and what retention says of it today. */
export interface ErasureItem extends ErasureCase {
  readonly patient: string
  /** Pseudonym, for the entries; base64url. */
  readonly subject: string
  readonly custodian: string
  readonly custodianName: string
  readonly erasable: boolean
  readonly reasons: readonly RetentionReason[]
  /** Of who proposed. */
  readonly proposerName?: string | undefined
}

/** An order that was given: what is left of an erased patient. */
export interface ErasureDoneItem extends ErasureOrderRow {
  readonly subject: string
  readonly custodianName: string
  readonly proposerName: string
  readonly approverName: string
  /** How far the certificate has come; absent while the instance still erases. */
  readonly state?: EntryState | undefined
}

const patientTypes = ['erasure-requested', 'erasure-request-withdrawn'] as const
const custodianTypes = ['erasure-refused', 'erasure-proposed', 'erasure-proposal-withdrawn', 'erasure-approved'] as const
const attemptsMax = 4

/** Takes the patient's request, or what takes it back. Errors: NOT_ALLOWED, ENTRY_CONFLICT with `problems`, and those of `acceptEntries`. */
export function requestErasure(parts: Parts, actor: Actor, write: ErasureWrite): Promise<EntryReceipt> {
  return accept(parts, actor, write, { operation: 'hospital.erasures.request', types: patientTypes, purpose: 'patient-request', rule: 'self', may: () => actor.roles.includes('patient') })
}

/**
 * Takes what a custodian's people decide: refused, proposed, taken back, approved. What is proposed or approved must be erasable at that
 * commit. After the approval the patient is erased at once; where that is cut short, `runErasures` goes on. Errors: as `requestErasure`;
 * ENTRY_CONFLICT with the reasons in `problems` where the patient must be kept.
 */
export async function decideErasure(parts: Parts, actor: Actor, write: ErasureWrite): Promise<{ readonly receipt: EntryReceipt; readonly certificate?: string | undefined }> {
  const { type, custodian, subject } = readEntryOf(write.entry, HOSPITAL, custodianTypes)
  const may = () => (type === 'erasure-approved' || type === 'erasure-proposal-withdrawn' ? mayApprove(actor, custodian) : mayPropose(actor, custodian))
  const receipt = await accept(parts, actor, write, { operation: 'hospital.erasures.decide', types: custodianTypes, purpose: 'operations', rule: 'custodian-staff', may })
  if (type !== 'erasure-approved') return { receipt }
  const certificate = await runErasure(parts, subject as string)
  return { receipt, ...(certificate === undefined ? {} : { certificate }) }
}

interface Kind {
  readonly operation: string
  readonly types: readonly string[]
  readonly purpose: DecisionFacts['purpose']
  readonly rule: 'self' | 'custodian-staff'
  readonly may: () => boolean
}

async function accept(parts: Parts, actor: Actor, write: ErasureWrite, { operation, types, purpose, rule, may }: Kind): Promise<EntryReceipt> {
  const entry = readEntryOf(write.entry, HOSPITAL, types)
  for (let attempt = 1; ; attempt++) {
    const found = await parts.store.read((view) => whose(view, entry.subject)).catch(rethrow)
    const own = found !== undefined && found.custodian === entry.custodian && (rule !== 'self' || found.party === actor.party)
    if (!own || !may()) {
      await record(parts, [newDecision({ actor, operation, purpose, rule: 'none', about: found?.patient }, parts.now())], [])
      throw refused()
    }
    const guards = entry.type === 'erasure-proposed' || entry.type === 'erasure-approved' ? await erasableGuards(parts, found) : []
    const decision = newDecision({ actor, operation, purpose, rule, about: found.patient, entry: entry.id }, parts.now())
    try {
      const [receipt] = await acceptEntries(parts, [write.entry], { actor, guards, decisions: [toStoredDecision(decision)], wait: write.wait, signal: write.signal })
      return receipt as EntryReceipt
    } catch (error) {
      if (!isLogicError(error, 'STALE') || attempt === attemptsMax) throw error
    }
  }
}

/** What must still hold when the entry commits. Errors: ENTRY_CONFLICT with each reason to keep the patient. */
async function erasableGuards(parts: Parts, { patient, custodian }: { readonly patient: string; readonly custodian: string }): Promise<readonly Guard[]> {
  const vault = parts.vaults.get(custodian)
  if (vault === undefined) throw refused()
  const answer = await parts.store.read((view) => mayErase({ custodian, patient, vault, view }, parts.now())).catch(rethrow)
  if ('guards' in answer) return answer.guards
  const problems = answer.refused.slice(0, 20).map(({ basis, until }) => ({ path: 'retention', code: until === undefined ? 'held' : 'kept', message: until === undefined ? basis : `${basis} (${until})` }))
  throw new LogicError('ENTRY_CONFLICT', 'The patient must be kept.', { details: { problems } })
}

async function whose(view: ReadView, subject: string | undefined): Promise<{ readonly patient: string; readonly custodian: string; readonly party?: string | undefined } | undefined> {
  const row = subject === undefined ? undefined : await view.projection(subjectTable, subject)
  const { patient, custodian } = row === undefined ? { patient: undefined, custodian: '' } : (readRow(row) as unknown as SubjectRow)
  const owner = patient === undefined ? undefined : await view.projection('patient', patient)
  return patient === undefined || owner === undefined ? undefined : { patient, custodian, party: owner.indexes['party'] }
}

/** The case of one patient, for the custodian's clerks and administrators. Looking is a decision that the patient sees. Errors: NOT_ALLOWED. */
export async function readErasureCase(parts: Parts, actor: Actor, patient: string): Promise<ErasureItem> {
  const found = await parts.store.read(async (view): Promise<{ readonly exists: boolean; readonly item?: ErasureItem }> => {
    const row = await view.projection('patient', patient)
    const custodian = row?.indexes['custodian']
    if (row === undefined || custodian === undefined || !mayApprove(actor, custodian)) return { exists: row !== undefined }
    return { exists: true, item: await itemOf(parts, view, { patient, custodian }) }
  }).catch(rethrow)
  const facts = { actor, operation: 'hospital.erasures.case', purpose: 'operations' as const }
  if (found.item === undefined) {
    await record(parts, [newDecision({ ...facts, rule: 'none', about: found.exists ? patient : undefined }, parts.now())], [])
    throw refused()
  }
  await record(parts, [newDecision({ ...facts, rule: 'custodian-staff', about: patient }, parts.now())], [])
  return found.item
}

/** At most 50 open cases and the 100 newest orders of the caller's organisation; nothing for who does not decide there. */
export async function listErasures(parts: Parts, actor: Actor): Promise<{ readonly open: readonly ErasureItem[]; readonly done: readonly ErasureDoneItem[] }> {
  const custodian = actor.organisation ?? actor.party
  if (!mayApprove(actor, custodian) || parts.vaults.get(custodian) === undefined) return { open: [], done: [] }
  const found = await parts.store.read(async (view) => {
    const { rows } = await view.find({ table: caseTable, index: 'custodian', equals: custodian, limit: openMax })
    const open: ErasureItem[] = []
    for (const { key } of rows) open.push(await itemOf(parts, view, { patient: key, custodian }))
    return { open: open.filter(({ approved }) => approved === undefined), done: await doneOf(parts, view, 'custodian', custodian) }
  }).catch(rethrow)
  await record(parts, found.open.map(({ patient }) => newDecision({ actor, operation: 'hospital.erasures.list', purpose: 'operations', rule: 'custodian-staff', about: patient }, parts.now())), [])
  return found
}

/** The caller's own cases at every custodian of this instance, and what was erased because they asked. */
export function ownErasures(parts: Parts, actor: Actor): Promise<{ readonly open: readonly ErasureItem[]; readonly done: readonly ErasureDoneItem[] }> {
  return parts.store.read(async (view) => {
    const open: ErasureItem[] = []
    for (const { key: patient, indexes } of await ownPatients(view, actor.party)) open.push(await itemOf(parts, view, { patient, custodian: indexes['custodian'] as string }))
    return { open, done: await doneOf(parts, view, 'asker', actor.party) }
  }).catch(rethrow)
}

/** The proof file of a certificate: it names a pseudonym and two generations of a vault, and nothing of the patient. Errors: NOT_ALLOWED, UNAVAILABLE. */
export async function readCertificate(parts: Parts, id: string): Promise<{ readonly proof: string; readonly state: EntryState }> {
  const found = await parts.store.read(async (view) => ({ entry: await view.entry(id), states: await readStates(parts, view, [id]) })).catch(rethrow)
  const [progress] = found.states
  const isCertificate = found.entry !== undefined && (JSON.parse(new TextDecoder().decode(found.entry.canonical)) as { readonly type?: unknown }).type === 'subject-erased'
  const proof = isCertificate ? await buildProof(parts, id, { opening: true }) : undefined
  if (proof === undefined || progress === undefined) throw refused()
  return { proof, state: progress.state }
}

const openMax = 50
const doneMax = 100

async function itemOf(parts: Parts, view: ReadView, at: { readonly patient: string; readonly custodian: string }): Promise<ErasureItem> {
  const [row, reasons, keys] = await Promise.all([view.projection(caseTable, at.patient), reasonsOf(parts, view, at, parts.now()), parts.vaults.get(at.custodian)?.patient(at.patient)])
  if (keys === undefined) throw refused()
  const value = row === undefined ? {} : ((await openRow(parts, row, at)) as unknown as ErasureCase | undefined) ?? {}
  const names = await partyNames(view, [at.custodian, ...(value.proposed === undefined ? [] : [value.proposed.by])])
  return {
    ...value, ...at, subject: subjectPseudonym(await keys.subjectSecret(HOSPITAL)), custodianName: names.of(at.custodian), erasable: reasons.length === 0, reasons,
    ...(value.proposed === undefined ? {} : { proposerName: names.of(value.proposed.by) }),
  }
}

async function doneOf(parts: Parts, view: ReadView, index: 'custodian' | 'asker', equals: string): Promise<readonly ErasureDoneItem[]> {
  const { rows } = await view.find({ table: orderTable, index, equals, limit: doneMax })
  const orders = rows.map((row) => ({ subject: row.key, ...(readRow(row) as unknown as ErasureOrderRow) }))
  const certified = orders.flatMap(({ certificate }) => certificate ?? [])
  const [names, states] = await Promise.all([partyNames(view, orders.flatMap(({ custodian, proposer, approver }) => [custodian, proposer, approver])), certified.length === 0 ? [] : readStates(parts, view, certified)])
  const stateOf = new Map(certified.map((id, place) => [id, states[place]?.state]))
  return orders.sort((a, b) => (a.approvedAt < b.approvedAt ? 1 : -1)).map((order) => ({
    ...order, custodianName: names.of(order.custodian), proposerName: names.of(order.proposer), approverName: names.of(order.approver), ...(order.certificate === undefined ? {} : { state: stateOf.get(order.certificate) }),
  }))
}

const refused = (): LogicError => new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
