import { randomUUID } from 'node:crypto'
import type { Actor } from '@careledger/identity'
import { fromBase64url, parseEntry, toBase64url, utf8 } from '@careledger/proof'
import { writeDocument } from '../../../entries/document-stream.ts'
import { openStream } from '../../../entries/open-stream.ts'
import { readSealedHead } from '../../../entries/seal-payload.ts'
import { sealStream } from '../../../entries/seal-stream.ts'
import { isLogicError, LogicError } from '../../../logic-error.ts'
import type { Parts } from '../../../parts.ts'
import { isStoreError, toLogicError } from '../../../to-logic-error.ts'
import { writersVault } from '../../prepare-import.ts'
import { addAttachment, type AddedAttachment } from '../add-attachment.ts'
import { writablePatient } from '../prepare-attachment.ts'
import type { UploadState } from './begin-upload.ts'
import { offsetOf, ownUpload, toUpload, UPLOAD_DOCUMENT, uploadWrite, type HeldUpload, type UploadRow } from './upload-rows.ts'

/** Largest part: what is lost where a connection breaks is less than one. */
const PART_BYTES_MAX = 64 * 1_048_576

export interface UploadPart {
  /** Entry id of the attachment. */
  readonly id: string
  /** Where the part begins: the upload's offset. */
  readonly offset: number
  /** Bytes of the part; nought where only the end is asked for. */
  readonly size: number
  readonly body: AsyncIterable<Uint8Array>
  readonly signal?: AbortSignal | undefined
}

export interface AppendedPart extends UploadState {
  /** Where the last byte has come: as `addAttachment`. */
  readonly added?: AddedAttachment | undefined
}

const operation = 'hospital.attachments.append'

/**
 * Takes the next part. It is sealed and durable before this answers, and counts whole or not at all; of two that begin at one place one counts. With
 * the last byte the attachment is put together, held against what its author signed, and written as `addAttachment` writes it. Errors:
 * NOT_ALLOWED; STALE with `details.offset` where the upload stands elsewhere; INPUT_TOO_LARGE; INPUT_MALFORMED; COMMITMENT_MISMATCH (other bytes than
 * signed: the upload is gone); UNAVAILABLE and BUSY (what has come is kept: repeat).
 */
export async function appendPart(parts: Parts, actor: Actor, part: UploadPart): Promise<AppendedPart> {
  const { custodian } = writersVault(parts, actor)
  const held = await ownUpload(parts, actor.party, custodian, part.id).catch(rethrow)
  await writablePatient(parts, actor, { operation, patient: held.patient })
  const offset = offsetOf(held.row)
  const { size } = held.row
  if (part.offset !== offset) throw elsewhere(offset, size)
  if (part.size > PART_BYTES_MAX || offset + part.size > size) throw new LogicError('INPUT_TOO_LARGE', 'The part is larger than what is left, or than 64 MiB.', { details: { limit: Math.min(PART_BYTES_MAX, size - offset) } })
  const now = part.size === 0 ? held : await keepPart(parts, custodian, held, part)
  if (offsetOf(now.row) < size) return { offset: offsetOf(now.row), size, done: false }
  return { offset: size, size, done: true, added: await complete(parts, actor, custodian, now, part.signal) }
}

async function keepPart(parts: Parts, custodian: string, held: HeldUpload, { size, body, signal }: UploadPart): Promise<HeldUpload> {
  const { id, patient, row } = held
  const keys = await parts.vaults.get(custodian)?.patient(patient)
  if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this patient.')
  const document = `${UPLOAD_DOCUMENT}${id}-${randomUUID().slice(0, 8)}`
  try {
    const sealed = sealStream({ entry: parseEntry(utf8(row.attachment.entry)), salt: fromBase64url(row.attachment.salt), mediaType: row.attachment.mediaType, size, keys, patient, documentId: document }, body)
    await writeDocument(parts.documents, document, sealed.chunks, signal)
    const next: UploadRow = { ...row, parts: [...row.parts, { document, sealed: toBase64url(sealed.finish().sealed), size }] }
    await parts.store.write({ projections: [await uploadWrite(parts, custodian, { id, patient, expected: held.version, row: next })] })
    return { ...held, version: held.version + 1, row: next }
  } catch (error) {
    // Where the outcome is not known the row may name the part; the sweep removes it with the upload.
    if (!isStoreError(error, 'STORE_OUTCOME_UNKNOWN')) await parts.documents.delete(document).catch(() => undefined)
    if (isStoreError(error, 'STORE_STALE')) throw elsewhere(offsetOf((await ownUpload(parts, row.author, custodian, id)).row), row.size)
    throw signal?.aborted === true ? error : toLogicError(error)
  }
}

/** Whatever ends this leaves the parts, but for bytes that are not those signed: they never will be. */
async function complete(parts: Parts, actor: Actor, custodian: string, held: HeldUpload, signal: AbortSignal | undefined): Promise<AddedAttachment> {
  try {
    const added = await addAttachment(parts, actor, { ...toUpload(held.row, held.patient), body: assembled(parts, custodian, held), signal })
    await removeUpload(parts, custodian, held)
    return added
  } catch (error) {
    if (isLogicError(error, 'COMMITMENT_MISMATCH')) await removeUpload(parts, custodian, held)
    throw error
  }
}

/** The bytes of all parts, opened as they are read. */
async function* assembled(parts: Parts, custodian: string, { patient, row }: HeldUpload): AsyncGenerator<Uint8Array> {
  const keys = await parts.vaults.get(custodian)?.patient(patient)
  if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this patient.')
  const entry = parseEntry(utf8(row.attachment.entry))
  const opening = { salt: fromBase64url(row.attachment.salt), mediaType: row.attachment.mediaType }
  for (const { document, sealed, size } of row.parts) {
    const head = readSealedHead(fromBase64url(sealed))
    if (head === undefined) throw new LogicError('CORRUPTION', 'A part of the upload does not open.', { details: { id: entry.id } })
    yield* openStream(parts, entry, document, keys.unwrap(head.wrapped), { ...opening, payloadHash: new Uint8Array(32), size }, { from: 0, to: size })
  }
}

/** The row first: a document that nothing names is swept, a row that names a missing one is not. */
export async function removeUpload(parts: Parts, custodian: string, held: HeldUpload): Promise<void> {
  const { id, patient, version, row } = held
  await parts.store.write({ projections: [await uploadWrite(parts, custodian, { id, patient, expected: version })] }).catch(rethrow)
  for (const { document } of row.parts) await parts.documents.delete(document).catch(() => undefined)
}

function elsewhere(offset: number, size: number): LogicError {
  return new LogicError('STALE', 'The upload stands at another place. Go on from there.', { details: { offset, size } })
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
