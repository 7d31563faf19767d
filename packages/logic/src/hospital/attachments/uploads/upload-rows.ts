import type { Projection, ProjectionWrite } from '@careledger/data-spec'
import { fromBase64url, toBase64url, type EntrySignature } from '@careledger/proof'
import { openRow, rowAssociatedData, rowBytes } from '../../../entries/rows.ts'
import type { RowValue } from '../../../entries/network-definition.ts'
import type { SignedEntry } from '../../../entries/signed-entry.ts'
import { LogicError } from '../../../logic-error.ts'
import type { Parts } from '../../../parts.ts'
import type { AttachmentUpload } from '../add-attachment.ts'

/** Attachments that are coming in by parts; key = entry id; sealed; indexes `patient`, and `ends` (day after which they are removed). No entry makes these rows. */
export const uploadTable = 'attachment-upload'
/** Each part's document is `upload-<entry id>-<random>`. */
export const UPLOAD_DOCUMENT = 'upload-'

/** Entry id of the upload that a document is a part of; `undefined`: it is no part. */
export function uploadOfDocument(document: string): string | undefined {
  return document.startsWith(UPLOAD_DOCUMENT) ? document.slice(UPLOAD_DOCUMENT.length, UPLOAD_DOCUMENT.length + 36) : undefined
}
/** Days for which an upload that has stopped is kept. */
export const uploadDays = 7

interface SignedText {
  readonly entry: string
  readonly signature: EntrySignature
  readonly opening?: { readonly salt: string; readonly mediaType: string; readonly payload: string } | undefined
}

export interface UploadRow {
  /** Party that began it, and alone goes on with it. */
  readonly author: string
  readonly begun: string
  readonly attachment: Omit<SignedText, 'opening'> & { readonly salt: string; readonly mediaType: string }
  readonly size: number
  readonly records: readonly SignedText[]
  readonly wait?: AttachmentUpload['wait']
  /** What has come, in order: sealed documents with their wrapped keys. */
  readonly parts: readonly { readonly document: string; readonly sealed: string; readonly size: number }[]
}

/** Bytes that have come and are kept. */
export const offsetOf = ({ parts }: Pick<UploadRow, 'parts'>): number => parts.reduce((sum, { size }) => sum + size, 0)

export function toUploadRow(upload: Omit<AttachmentUpload, 'body'>, author: string, begun: string): UploadRow {
  const { attachment, size, records, wait } = upload
  return {
    author, begun, size, parts: [], records: records.map(toText), ...(wait === undefined ? {} : { wait }),
    attachment: { entry: textOf(attachment.entry), signature: attachment.signature as EntrySignature, salt: toBase64url(attachment.salt), mediaType: attachment.mediaType },
  }
}

/** What the row was made of; the bytes come beside it. */
export function toUpload(row: UploadRow, patient: string): Omit<AttachmentUpload, 'body' | 'signal'> {
  const { entry, signature, salt, mediaType } = row.attachment
  return {
    patient, size: row.size, wait: row.wait, attachment: { entry, signature, salt: fromBase64url(salt), mediaType },
    records: row.records.map(({ opening, ...signed }): SignedEntry => ({ ...signed, ...(opening === undefined ? {} : { opening: { salt: fromBase64url(opening.salt), mediaType: opening.mediaType, payload: fromBase64url(opening.payload) } }) })),
  }
}

const textOf = (entry: Uint8Array | string): string => (typeof entry === 'string' ? entry : new TextDecoder().decode(entry))

function toText({ entry, signature, opening }: SignedEntry): SignedText {
  return { entry: textOf(entry), signature: signature as EntrySignature, ...(opening === undefined ? {} : { opening: { salt: toBase64url(opening.salt), mediaType: opening.mediaType, payload: toBase64url(opening.payload) } }) }
}

export interface HeldUpload {
  readonly id: string
  readonly patient: string
  readonly version: number
  readonly row: UploadRow
}

/** An upload of this caller. Errors: NOT_ALLOWED where there is none, or it is somebody else's. */
export async function ownUpload(parts: Parts, party: string, custodian: string, id: string): Promise<HeldUpload> {
  const found = await findUpload(parts, custodian, id)
  if (found === undefined || found.row.author !== party) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
  return found
}

export async function findUpload(parts: Parts, custodian: string, id: string): Promise<HeldUpload | undefined> {
  const projection = await parts.store.read((view) => view.projection(uploadTable, id))
  return projection === undefined ? undefined : openUpload(parts, custodian, projection)
}

/** `undefined` once the patient's keys are gone, or where another custodian holds it. */
export async function openUpload(parts: Parts, custodian: string, projection: Projection): Promise<HeldUpload | undefined> {
  const patient = projection.indexes['patient'] as string
  if ((await parts.vaults.get(custodian)?.patient(patient)) === undefined) return undefined
  const row = (await openRow(parts, projection, { custodian, patient }).catch(() => undefined)) as unknown as UploadRow | undefined
  return row === undefined ? undefined : { id: projection.key, patient, version: projection.version, row }
}

/** `row` absent: it is removed. `expected` absent: it is new. */
export async function uploadWrite(parts: Parts, custodian: string, { id, patient, expected, row }: { readonly id: string; readonly patient: string; readonly expected?: number | undefined; readonly row?: UploadRow | undefined }): Promise<ProjectionWrite> {
  if (row === undefined) return { table: uploadTable, key: id, expected: expected ?? 0, next: null, indexes: {} }
  const keys = await parts.vaults.get(custodian)?.patient(patient)
  if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this patient.')
  const ends = new Date(parts.now().getTime() + uploadDays * 86_400_000).toISOString().slice(0, 10)
  return { table: uploadTable, key: id, ...(expected === undefined ? {} : { expected }), next: keys.seal(rowBytes(row as unknown as RowValue), rowAssociatedData(uploadTable, id)), indexes: { patient, ends } }
}

