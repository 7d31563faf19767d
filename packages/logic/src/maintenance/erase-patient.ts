import type { ProjectionWrite, ReadView } from '@careledger/data-spec'
import { commit, entryBytes, instantText, newEntryId, newSalt, signEntry, toBase64url, type Author, type Entry, type Signer } from '@careledger/proof'
import { acceptEntries } from '../entries/accept-entries.ts'
import { subjectTable, type SubjectRow } from '../entries/find-patient.ts'
import type { ErasureAnswer, ErasureContext, ErasureRefusal } from '../entries/network-definition.ts'
import { readRow } from '../entries/rows.ts'
import type { EntryReceipt } from '../entries/signed-entry.ts'
import { eraseFromExports } from '../exports/erase-from-exports.ts'
import { payloadBytes, type ErasureOrderNamed } from '../hospital/payloads.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { eraseFromQueues } from './erase-from-queues.ts'
import { erasureType } from './replay.ts'

export const ERASURE_MEDIA_TYPE = 'application/careledger-erasure+json'

export interface ErasureRequest {
  /** Organisation whose vault holds the patient's keys. */
  readonly custodian: string
  /** PatientId in that vault. */
  readonly patient: string
  /** The patient's pseudonyms at this custodian, one for each network; base64url. */
  readonly subjects: readonly string[]
  /** Who signs the certificate for the custodian. */
  readonly signer: Signer
  readonly author: Author
  /** The order of two people that it rests on; without one the certificate has the form from before there were orders. */
  readonly order?: ErasureOrderNamed | undefined
}
/** The custodian's answer: done, or why not. */
export type ErasureOutcome = ErasureDone | { readonly outcome: 'refused'; readonly reasons: readonly ErasureRefusal[] }

/** What was done; the certificate itself is the signed entry. */
export interface ErasureDone {
  readonly outcome: 'erased'
  readonly generationBefore: number
  readonly generationAfter: number
  /** One `subject-erased` entry for each subject. */
  readonly entries: readonly EntryReceipt[]
}

/**
 * Erases a patient at one custodian: rows that hold their data go first, then the keys, then one signed entry for each subject says so. What
 * remains is ciphertext and salted digests. Each step is idempotent: after a crash, call it again with the same arguments. Where a network says
 * that the patient must be kept (a period, a hold), nothing is touched and the answer is `refused`; a hold that comes while this runs wins or
 * comes too late, never both. Errors: NOT_ALLOWED (vault not held here, or a subject of somebody else), those of `acceptEntries`, the vault's and the store's.
 */
export async function erasePatient(parts: Parts, request: ErasureRequest): Promise<ErasureOutcome> {
  const { custodian, patient } = request
  const vault = parts.vaults.get(custodian)
  if (vault === undefined) throw new LogicError('NOT_ALLOWED', 'This instance does not hold that custodian\'s payloads.', { details: { custodian } })
  const networks = await parts.store.read((view) => Promise.all(request.subjects.map((subject) => networkOf(view, request, subject))))
  const open = request.subjects.flatMap((subject, place) => (networks[place] === undefined ? [] : [{ subject, network: networks[place] }]))
  // Every network is asked before anything is taken, and asked again by the write that begins to take it.
  const reasons = (await answersOf(parts, { custodian, patient, vault })).flatMap((answer) => ('refused' in answer ? answer.refused : []))
  if (reasons.length > 0) return { outcome: 'refused', reasons }
  await eraseFromQueues(parts, vault, patient)
  for (const { subject, network } of open) {
    const refused = await deletePersonalRows(parts, { custodian, patient, subject }, network)
    if (refused.length > 0) return { outcome: 'refused', reasons: refused }
  }
  if ((await answersOf(parts, { custodian, patient, vault })).some((answer) => !('guards' in answer) || answer.guards.length > 0)) {
    throw new LogicError('INPUT_MALFORMED', 'The patient has a subject here that the request does not name. Nothing of that one was taken, and the keys stand.')
  }
  // A worker may have read the patient for an export again between the queues and the rows.
  await eraseFromExports(parts, custodian, patient)
  const { before, after } = await vault.destroy(patient)
  parts.openedCharts.forget(patient)
  const generations = { generationBefore: Number(before), generationAfter: Number(after) }
  const signed = await Promise.all(open.map(async ({ subject, network }) => {
    const opening = { salt: newSalt(), mediaType: ERASURE_MEDIA_TYPE, payload: payloadBytes(request.order === undefined ? { v: 1, ...generations } : { v: 2, ...generations, order: request.order }) }
    const entry: Entry = {
      v: 1, id: newEntryId(parts.now()), network, type: erasureType, subject, custodian,
      payload: toBase64url(commit(opening)), issuedAt: instantText(parts.now()), author: request.author,
    }
    return { entry: entryBytes(entry), signature: await signEntry(entry, request.signer), opening }
  }))
  const entries = signed.length === 0 ? [] : await acceptEntries(parts, signed, { actor: { party: request.author.party } })
  return { outcome: 'erased', ...generations, entries }
}

/** The subject's network; `undefined` when its erasure is on record already. */
async function networkOf(view: ReadView, request: ErasureRequest, subject: string): Promise<string | undefined> {
  const row = await view.projection(subjectTable, subject)
  const value = row === undefined ? undefined : (readRow(row) as unknown as SubjectRow)
  if (value?.erased !== undefined) return undefined
  if (value === undefined || value.custodian !== request.custodian || value.patient !== request.patient) throw new LogicError('NOT_ALLOWED', 'There is no such subject here.')
  return value.network
}

interface Whose {
  readonly custodian: string
  readonly patient: string
  readonly subject: string
}

/** What each network says that has a say. */
async function answersOf(parts: Parts, who: Pick<ErasureContext, 'custodian' | 'patient' | 'vault'>): Promise<readonly ErasureAnswer[]> {
  return parts.store.read((view) => Promise.all([...parts.networks.values()].flatMap((network) => network.mayErase?.({ ...who, view }, parts.now()) ?? [])))
}

/** In pages, until none is left; a row that changes meanwhile is found again. Gives the reasons where the patient must be kept after all. */
async function deletePersonalRows(parts: Parts, who: Whose, network: string): Promise<readonly ErasureRefusal[]> {
  const definition = parts.networks.get(network)
  const vault = parts.vaults.get(who.custodian)
  if (definition?.personalRows === undefined || vault === undefined) return []
  for (;;) {
    const { projections, answer } = await parts.store.read(async (view) => {
      const page: ProjectionWrite[] = []
      const context = { ...who, vault, view }
      const permitted = (await definition.mayErase?.(context, parts.now())) ?? { guards: [] }
      for await (const { table, key } of definition.personalRows?.(context) ?? []) {
        const row = await view.projection(table, key)
        if (row === undefined) continue
        page.push({ table, key, expected: row.version, next: null }, ...((await definition.noticesOf?.(context, row, parts.now())) ?? []))
        if (page.length >= 1000) break
      }
      return { projections: page, answer: permitted }
    })
    if ('refused' in answer) return answer.refused
    if (projections.length === 0) return []
    await parts.store.write({ projections, guards: answer.guards }).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 'STORE_STALE') throw error
    })
  }
}
