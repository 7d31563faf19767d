import type { Actor } from '@careledger/identity'
import { checkSalt, entryHash, equalBytes, newEntryId, openCommitment, parseEntry, subjectPseudonym, utf8, type Entry } from '@careledger/proof'
import { newDecision, toDecisionView, toStoredDecision, type DecisionView } from '../../decisions/decision-record.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { writeDocument } from '../../entries/document-stream.ts'
import { sealStream, type StoredPayload } from '../../entries/seal-stream.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { checkCommit } from '../check-commit.ts'
import { HOSPITAL } from '../tables.ts'
import { checkWriter } from './check-writer.ts'
import { ATTACHMENT_BYTES_MAX, writablePatient, type WritablePatient } from './prepare-attachment.ts'

export interface AttachmentUpload {
  readonly patient: string
  /** The signed `attachment-created`; its bytes come after. */
  readonly attachment: Pick<SignedEntry, 'entry' | 'signature'> & { readonly salt: Uint8Array; readonly mediaType: string }
  /** Bytes that will come, 1 to 4 GiB. */
  readonly size: number
  /** Records that lead to it (`record-created`), written in the same Write. */
  readonly records: readonly SignedEntry[]
  readonly body: AsyncIterable<Uint8Array>
  readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined
  readonly signal?: AbortSignal | undefined
}

export interface AddedAttachment {
  /** Of the attachment, then of the records in their order. */
  readonly receipts: readonly EntryReceipt[]
  /** Absent for a retry that changed nothing. */
  readonly decision?: DecisionView | undefined
}

const operation = 'hospital.attachments.add'
const attemptsMax = 4

/**
 * Takes an attachment while its bytes come in. Everything that can be refused without them is refused before the first one is read: who
 * writes, form, key, signature, records. Then each MiB is sealed and stored as it arrives; at the end the bytes must be those that the
 * author signed, and attachment and records are accepted in one Write. Before that nothing is visible, and whatever ends it leaves nothing.
 * The same entries again change nothing and read nothing.
 *
 * Errors: NOT_ALLOWED, INPUT_MALFORMED, INPUT_TOO_LARGE, FHIR_INVALID, COMMITMENT_MISMATCH (other bytes than signed), ENTRY_CONFLICT, BUSY,
 * UNAVAILABLE (the disk is full, or the store is away), those of `acceptEntries`, and the abort's reason.
 */
export async function addAttachment(parts: Parts, actor: Actor, upload: AttachmentUpload): Promise<AddedAttachment> {
  const { records } = upload
  const { entry, place, standing, types } = await checkUpload(parts, actor, operation, upload)
  if (standing) return { receipts: [{ id: entry.id, state: 'stored', duplicate: true }, ...(records.length === 0 ? [] : await acceptRecords(parts, actor, upload, place))] }
  const stored = await store(parts, upload, entry, place)
  try {
    openCommitment(entry.payload as string, stored.opening)
    const added = await accept(parts, actor, upload, stored, types)
    if (added.receipts[0]?.duplicate === true) await dropUnlessNamed(parts, entry.id, stored)
    return added
  } catch (error) {
    // Where the outcome is not known the entry may stand and name it.
    if (!isLogicError(error, 'OUTCOME_UNKNOWN')) await drop(parts, stored.documentId)
    throw toLogicError(error)
  }
}

export interface CheckedUpload {
  readonly entry: Entry
  readonly place: WritablePatient
  /** The entry is there already, with these very bytes signed. */
  readonly standing: boolean
  readonly types: Readonly<Record<string, number>>
}

/** Everything that can be refused without the bytes. Errors: those of `addAttachment`. */
export async function checkUpload(parts: Parts, actor: Actor, of: string, upload: Omit<AttachmentUpload, 'body'>): Promise<CheckedUpload> {
  const { patient, attachment, size, records, signal } = upload
  if (size > ATTACHMENT_BYTES_MAX) throw new LogicError('INPUT_TOO_LARGE', 'An attachment has at most 4 GiB. Split it.', { details: { limit: ATTACHMENT_BYTES_MAX } })
  const place = await writablePatient(parts, actor, { operation: of, patient })
  const entry = readAttachmentEntry(upload, place)
  checkSaltOf(attachment.salt)
  const held = await parts.store.read((view) => view.entry(entry.id)).catch(rethrow)
  if (held !== undefined) {
    const canonical = typeof attachment.entry === 'string' ? utf8(attachment.entry) : attachment.entry
    if (!equalBytes(held.entryHash, entryHash(canonical))) throw new LogicError('ENTRY_CONFLICT', 'Another entry has this id.', { details: { id: entry.id } })
    return { entry, place, standing: true, types: {} }
  }
  await checkWriter(parts, entry, attachment)
  return { entry, place, standing: false, types: { ...(records.length === 0 ? {} : (await checkCommit(records, frameOf(patient, place), signal)).types), Binary: 1 } }
}

function readAttachmentEntry({ attachment, size }: Omit<AttachmentUpload, 'body'>, { custodian, subjectSecret }: WritablePatient): Entry {
  let entry: Entry
  try {
    entry = parseEntry(typeof attachment.entry === 'string' ? utf8(attachment.entry) : attachment.entry)
  } catch (error) {
    throw toLogicError(error)
  }
  const wrong = (message: string): LogicError => new LogicError('INPUT_MALFORMED', message, { details: { id: entry.id } })
  if (entry.network !== HOSPITAL || entry.type !== 'attachment-created') throw wrong('The entry is no attachment.')
  if (entry.custodian !== custodian || entry.subject !== subjectPseudonym(subjectSecret)) throw wrong('The entry names another custodian or subject than the patient\'s.')
  if (entry.payload === undefined) throw wrong('An attachment carries the commitment to its bytes.')
  if (!Number.isSafeInteger(size) || size < 1) throw wrong('An attachment has at least one byte.')
  return entry
}

function checkSaltOf(salt: Uint8Array): void {
  try {
    checkSalt(salt)
  } catch (error) {
    throw toLogicError(error)
  }
}

/** Seals and stores the bytes as they come. When it throws, nothing is left. */
async function store(parts: Parts, { patient, attachment, size, body, signal }: AttachmentUpload, entry: Entry, { custodian }: WritablePatient): Promise<StoredPayload> {
  const keys = await parts.vaults.get(custodian)?.patient(patient)
  if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this subject.', { details: { id: entry.id } })
  const documentId = newEntryId(parts.now())
  try {
    const sealed = sealStream({ entry, salt: attachment.salt, mediaType: attachment.mediaType, size, keys, patient, documentId }, body)
    await writeDocument(parts.documents, documentId, sealed.chunks, signal)
    return sealed.finish()
  } catch (error) {
    throw signal?.aborted === true ? error : toLogicError(error)
  }
}

/** One Write with the decision that allowed it; decided again where what it rests on has changed while the bytes came. */
async function accept(parts: Parts, actor: Actor, upload: AttachmentUpload, streamed: StoredPayload, types: Readonly<Record<string, number>>): Promise<AddedAttachment> {
  const { patient, attachment, records, wait, signal } = upload
  for (let attempt = 1; ; attempt++) {
    const { guards } = await writablePatient(parts, actor, { operation, patient })
    const decision = newDecision({ actor, operation, purpose: 'treatment', about: patient, rule: 'custodian-staff', types }, parts.now())
    try {
      const receipts = await acceptEntries(parts, [{ entry: attachment.entry, signature: attachment.signature, streamed }, ...records], { actor, guards, decisions: [toStoredDecision(decision)], wait, signal })
      return receipts.every((receipt) => receipt.duplicate) ? { receipts } : { receipts, decision: toDecisionView(decision) }
    } catch (error) {
      if (!isLogicError(error, 'STALE') || attempt === attemptsMax) throw error
    }
  }
}

/** A retry whose attachment stands: its records do too, since they came in the same Write; where they did not, they come now. */
async function acceptRecords(parts: Parts, actor: Actor, { patient, records, wait, signal }: AttachmentUpload, place: WritablePatient): Promise<readonly EntryReceipt[]> {
  const { types } = await checkCommit(records, frameOf(patient, place), signal)
  const decision = newDecision({ actor, operation, purpose: 'treatment', about: patient, rule: 'custodian-staff', types }, parts.now())
  return acceptEntries(parts, records, { actor, guards: place.guards, decisions: [toStoredDecision(decision)], wait, signal })
}

const frameOf = (patient: string, { custodian, subjectSecret, known }: WritablePatient) => ({ patient, custodian, subjectSecret, known })

/** Somebody else wrote the same entry meanwhile, or this call did and did not hear of it. */
async function dropUnlessNamed(parts: Parts, id: string, { documentId }: StoredPayload): Promise<void> {
  const held = await parts.store.read((view) => view.entry(id)).catch(rethrow)
  if (held?.documentId !== documentId) await drop(parts, documentId)
}

/** Best effort: what stays is ciphertext that nothing names, and `sweepDocuments` finds it. */
async function drop(parts: Parts, documentId: string): Promise<void> {
  await parts.documents.delete(documentId).catch(() => undefined)
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
