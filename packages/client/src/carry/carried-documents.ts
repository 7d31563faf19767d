import { Problem } from '@careledger/api/contracts'
import { fromBase64url, isProofError, readJson, sha256, toBase64url, toHex, utf8, type JsonNode } from '@careledger/proof'
import type { CareLedgerClient } from '../client-types.ts'
import { readAttachmentStream } from '../download-attachment.ts'
import { uploadAttachment } from '../upload-attachment.ts'

/** Bytes of all attachments of one file together; what does not fit is named and not carried. */
export const CARRIED_DOCUMENT_BYTES_MAX = 36 * 1024 * 1024

/** An attachment in a carry file: its entry, whose proof is among the proofs, and its bytes. */
export interface CarriedDocument {
  readonly id: string
  /** base64url. */
  readonly bytes: string
}

const attachmentUrl = /^urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** Entry ids of the attachments that a resource leads to, and what it calls them. */
export function attachmentsIn(resource: Uint8Array): ReadonlyMap<string, string | undefined> {
  const found = new Map<string, string | undefined>()
  try {
    collect(readJson(resource, { depthMax: 64 }), found)
  } catch (error) {
    if (!isProofError(error)) throw error
  }
  return found
}

function collect(node: JsonNode, found: Map<string, string | undefined>): void {
  if (node.kind === 'array') for (const item of node.items) collect(item, found)
  if (node.kind !== 'object') return
  const [url, title] = [node.members.get('url'), node.members.get('title')]
  const id = url?.kind === 'string' ? attachmentUrl.exec(url.value)?.[1] : undefined
  if (id !== undefined) found.set(id, title?.kind === 'string' ? title.value : undefined)
  for (const member of node.members.values()) collect(member, found)
}

export interface FetchedDocuments {
  readonly proofs: readonly string[]
  readonly documents: readonly CarriedDocument[]
  /** Entry ids of those that are too large, or not there for this reader. */
  readonly left: readonly string[]
}

/** What records lead to, with its proofs, as far as it fits. Errors: Problem of the calls but NOT_ALLOWED. */
export async function fetchDocuments(client: CareLedgerClient, records: ReadonlyMap<string, string>, proofOf: (id: string) => Promise<string>, signal: AbortSignal | undefined): Promise<FetchedDocuments> {
  const [proofs, documents, left]: [string[], CarriedDocument[], string[]] = [[], [], []]
  let room = CARRIED_DOCUMENT_BYTES_MAX
  for (const [id, record] of records) {
    try {
      const { size } = await client.hospital.attachments.read.query({ id, record, purpose: 'patient-request' }, { signal })
      if (size > room) {
        left.push(id)
        continue
      }
      const { chunks } = await readAttachmentStream(client, id, { record, purpose: 'patient-request', ...(signal === undefined ? {} : { signal }) })
      const bytes = new Uint8Array(size)
      let at = 0
      for await (const piece of chunks) {
        bytes.set(piece, at)
        at += piece.length
      }
      proofs.push(await proofOf(id))
      documents.push({ id, bytes: toBase64url(bytes) })
      room -= size
    } catch (thrown) {
      if (!(thrown instanceof Problem) || thrown.code !== 'NOT_ALLOWED') throw thrown
      left.push(id)
    }
  }
  return { proofs, documents, left }
}

/** The bytes that a proof's opening names by their SHA-256; `undefined`: they are not carried, or are others. */
export function documentFor(opening: unknown, id: string | undefined, documents: ReadonlyMap<string, Uint8Array>): { readonly document?: Uint8Array | undefined; readonly holds: boolean } {
  const hash = (opening as { readonly sha256?: string } | undefined)?.sha256
  const document = id === undefined ? undefined : documents.get(id)
  if (hash === undefined || document === undefined) return { holds: document === undefined }
  return toBase64url(sha256(document)) === hash ? { document, holds: true } : { holds: false }
}

export const documentBytes = (documents: readonly CarriedDocument[] | undefined): ReadonlyMap<string, Uint8Array> => new Map((documents ?? []).map(({ id, bytes }) => [id, fromBase64url(bytes)]))

export interface DocumentToImport {
  readonly id: string
  readonly mediaType: string
  readonly bytes: Uint8Array
  readonly title: string | undefined
}

/**
 * Writes carried attachments of a patient here, under the ids that the carried records lead to. Where another custodian of this instance has an entry
 * of that id, under one made from it, with a DocumentReference of its own. Brought again, nothing is doubled. Gives the number written.
 */
export async function importDocuments(client: CareLedgerClient, patient: string, documents: readonly DocumentToImport[], signal: AbortSignal | undefined): Promise<number> {
  if (documents.length === 0) return 0
  const there = await attachmentIds(client, patient, signal)
  let written = 0
  for (const { id, mediaType, bytes, title } of documents) {
    const further = furtherId(id, patient)
    if (there.has(id) || there.has(further)) continue
    const file = new Blob([new Uint8Array(bytes)], { type: mediaType })
    const common = { patient, mediaType, ...(signal === undefined ? {} : { signal }) }
    await uploadAttachment(client, file, { ...common, id }).catch((thrown: unknown) => {
      if (!(thrown instanceof Problem) || thrown.code !== 'ENTRY_CONFLICT') throw thrown
      return uploadAttachment(client, file, { ...common, id: further, title: title ?? mediaType })
    })
    written++
  }
  return written
}

async function attachmentIds(client: CareLedgerClient, patient: string, signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  let after: string | undefined
  do {
    const page = await client.hospital.attachments.list.query({ patient, limit: 100, ...(after === undefined ? {} : { after }) }, { signal })
    for (const { id } of page.items) ids.add(id)
    after = page.next
  } while (after !== undefined)
  return ids
}

/** Another id of the same time, the same whenever it is made for this patient. */
function furtherId(id: string, patient: string): string {
  const hex = toHex(sha256(utf8(`careledger/carried/${id}/${patient}`)))
  return `${id.slice(0, 14)}7${hex.slice(0, 3)}-a${hex.slice(3, 6)}-${hex.slice(6, 18)}`
}

