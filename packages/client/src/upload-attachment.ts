import { Problem } from '@careledger/api/contracts'
import { commit, createSha256, instantText, newEntryId, newSalt, toBase64url, utf8 } from '@careledger/proof'
import type { Entry, Signer } from '@careledger/proof'
import { authorOf, buildEntry, signBuiltEntries } from './build-entry.ts'
import type { SignedEntry } from './build-entry.ts'
import type { CareLedgerClient, SignedInActor } from './client-types.ts'
import { documentReference } from './document-reference.ts'
import { toClientProblem } from './to-client-problem.ts'
import { reportingFetch } from './reporting-fetch.ts'
import { answerOf, begunBefore, isPassing, PART_BYTES, pause, sendInParts, type Sending, type UploadReceipts } from './upload-in-parts.ts'

/** Steps of an upload, in their order. */
export const UPLOAD_STEPS = ['reading', 'signing', 'sending', 'done'] as const

export interface UploadProgress {
  readonly step: (typeof UPLOAD_STEPS)[number]
  /** Bytes done in this step, of `total`. */
  readonly done: number
  readonly total: number
}

export interface UploadOptions {
  /** Handle of the patient, known at the caller's organisation. */
  readonly patient: string
  /** For example `application/pdf`; default: the Blob's own, else `application/octet-stream`. */
  readonly mediaType?: string | undefined
  /** One line for people; makes the DocumentReference that leads to it. Absent: no record is written. */
  readonly title?: string | undefined
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined
  readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined
  readonly signal?: AbortSignal | undefined
  /** Signs the entries; the session's key by default. */
  readonly signer?: Signer | undefined
  /** Entry id of an unfinished upload of this very file (`hospital.attachments.uploads`): goes on where it stands, under what was signed then. */
  readonly resume?: string | undefined
  /** Entry id of the attachment, where records lead to it already; made up otherwise. Errors: ENTRY_CONFLICT where it is taken. */
  readonly id?: string | undefined
  /** Before a repeat, doubled each time up to 30 s. Default 500 ms. */
  readonly pauseMs?: number | undefined
}

export interface UploadedAttachment {
  /** Entry id of the attachment; records lead to it by `urn:uuid:<id>`. */
  readonly id: string
  /** Entry id of the DocumentReference, where there is a title. */
  readonly record?: string | undefined
  readonly receipts: readonly { readonly id: string; readonly state: string; readonly duplicate: boolean }[]
}

/**
 * Adds an attachment to a patient's record: read once for its hash, signed, and sent while it is read again, so that nothing of its size is
 * ever in memory. A Blob is a File of a browser, or `openAsBlob` of `node:fs`. What is larger than 8 MiB goes in parts that the server keeps: after a
 * lost connection, and after a restart on either side, the same file goes on where it stood. Nothing is visible before the whole is there.
 *
 * Errors: Problem INPUT_TOO_LARGE before anything is read; ENTRY_CONFLICT where `resume` names an upload of another file; what the routes refuse;
 * OUTCOME_UNKNOWN or UNAVAILABLE after the last repeat: what has come is kept for seven days.
 */
export async function uploadAttachment(client: CareLedgerClient, file: Blob, options: UploadOptions): Promise<UploadedAttachment> {
  const { patient, signal, title } = options
  const [actor, signer] = [client.actor, options.signer ?? client.signer]
  if (actor === undefined || signer === undefined) throw new Problem('NOT_SIGNED_IN', 'Sign in first.')
  const total = file.size
  const mediaType = options.mediaType ?? (file.type === '' ? 'application/octet-stream' : file.type)
  const report = (step: UploadProgress['step'], done: number) => options.onProgress?.({ step, done, total })
  const place = await client.hospital.attachments.prepare.mutate({ patient }, { signal })
  if (total > place.bytesMax) throw new Problem('INPUT_TOO_LARGE', 'The file is larger than this instance takes. Split it.', { details: { limit: place.bytesMax } })
  if (total === 0) throw new Problem('INPUT_MALFORMED', 'The file is empty.')
  const payloadHash = await hashOf(file, (done) => report('reading', done), signal)
  report('signing', 0)
  const begun = total > PART_BYTES || options.resume !== undefined ? await begunBefore(client, { patient, mediaType, payloadHash, title, resume: options.resume, size: total }, signal) : undefined
  const signed = begun ?? (await sign(client, actor, signer, { ...place, mediaType, size: total, title, payloadHash, id: options.id }))
  const input = { patient, ...signed.attachment, size: total, records: [...signed.records], wait: options.wait ?? 'stored' as const }
  report('sending', 0)
  const sending = { id: signed.id, input, file, onDone: (done: number) => report('sending', done), signal, pauseMs: options.pauseMs ?? 500 }
  const receipts = total > PART_BYTES || begun !== undefined ? await sendInParts(client, sending) : await send(client, sending)
  report('done', total)
  return { id: signed.id, receipts, ...(signed.record === undefined ? {} : { record: signed.record }) }
}

async function hashOf(file: Blob, onDone: (bytes: number) => void, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const hash = createSha256()
  let done = 0
  for await (const piece of piecesOf(file)) {
    signal?.throwIfAborted()
    hash.update(piece)
    done += piece.length
    onDone(done)
  }
  return hash.digest()
}

/** Slices and not a stream: browsers without async iteration of streams have them too. */
async function* piecesOf(file: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += 4_194_304) yield new Uint8Array(await file.slice(at, at + 4_194_304).arrayBuffer())
}

interface ToSign {
  readonly reference: string
  readonly subject: string
  readonly custodian: string
  readonly mediaType: string
  readonly size: number
  readonly title: string | undefined
  readonly payloadHash: Uint8Array
  readonly id: string | undefined
}

/** Attachment and record under one signature. */
async function sign(client: CareLedgerClient, actor: SignedInActor, signer: Signer, { reference: patient, subject, custodian, mediaType, size, title, payloadHash, id }: ToSign) {
  const [author, now, salt] = [authorOf(actor), client.now(), newSalt()]
  const common = { network: 'hospital', custodian, subject } as const
  const entry: Entry = { v: 1, id: id ?? newEntryId(now), type: 'attachment-created', issuedAt: instantText(now), author, payload: toBase64url(commit({ salt, mediaType, payloadHash })), ...common }
  const leading = title === undefined ? [] : [buildEntry({ ...common, type: 'record-created', payload: { mediaType: 'application/fhir+json', bytes: documentReference({ patient, attachment: entry.id, mediaType, size, title, date: instantText(now) }) } }, author, now)]
  const [attachment, ...records] = await signBuiltEntries([{ entry }, ...leading], signer)
  const { entry: text, signature } = attachment as SignedEntry
  return { id: entry.id, record: leading[0]?.entry.id, attachment: { entry: text, signature, opening: { salt: toBase64url(salt), mediaType } }, records }
}

/** A repeat carries the same entries, so it can double nothing. */
async function send(client: CareLedgerClient, { id, input, file, onDone, signal, pauseMs }: Sending): Promise<UploadReceipts> {
  const headers = { 'content-type': 'application/octet-stream', 'careledger-attachment': toBase64url(utf8(JSON.stringify(input))) }
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await client.fetch(`/attachments/${id}`, { method: 'PUT', headers, body: file, ...(signal === undefined ? {} : { signal }) }, reportingFetch(onDone))
      return (await answerOf<{ readonly receipts: UploadReceipts }>(response)).receipts
    } catch (thrown) {
      const problem = toClientProblem(thrown, 'command', signal)
      if (attempt === 3 || !isPassing(problem)) throw problem
      await pause(pauseMs * attempt)
    }
  }
}
