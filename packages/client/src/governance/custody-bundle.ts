import { Problem } from '@careledger/api/contracts'
import { fromBase64url, fromUtf8, jwkThumbprint, toBase64url, utf8, type P256Jwk } from '@careledger/proof'
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, importJWK } from 'jose'
import { z } from 'zod'
import type { CareLedgerClient } from '../client-types.ts'
import { downloadAttachment } from '../download-attachment.ts'

const FORMAT = 'careledger-custody/1'
const envelopeType = 'careledger-custody+jwe'
const algorithm = 'ECDH-ES+A256KW'
/** Bytes of attachments in one bundle; what is over is named in it and left out. */
export const CUSTODY_ATTACHMENT_BYTES_MAX = 64 * 1024 * 1024

/** One patient's whole record on its way to another custodian that cannot be reached: every version with its proof, and the attachments. */
export interface CustodyBundle {
  readonly format: typeof FORMAT
  readonly made: string
  /** Log that the proofs are of. */
  readonly origin: string
  readonly custodian: string
  /** Handle at the former custodian: what its closing entry is about. */
  readonly patient: string
  readonly proofs: readonly string[]
  readonly attachments: readonly { readonly id: string; readonly mediaType: string; readonly bytes: string }[]
  /** Attachments that were too large to go in. */
  readonly left: readonly string[]
}

const bundle = z.strictObject({
  format: z.literal(FORMAT), made: z.iso.datetime(), origin: z.string().max(256), custodian: z.string().max(64), patient: z.uuid(),
  proofs: z.array(z.string()).min(1).max(100_000), attachments: z.array(z.strictObject({ id: z.uuid(), mediaType: z.string().max(128), bytes: z.string() })).max(1000), left: z.array(z.uuid()),
})

/** Packs what the caller, one of the custodian's people, reads of one patient. Each reading is in the patient's access log. Errors: Problem NOT_ALLOWED, UNAVAILABLE. */
export async function packCustody(client: CareLedgerClient, patient: string, options: { readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined; readonly signal?: AbortSignal | undefined } = {}): Promise<CustodyBundle> {
  const { signal } = options
  const { custodian } = await client.hospital.custody.prepare.query({ patient }, { signal })
  const { origin } = await client.platform.trust.query({}, { signal })
  const ids = await idsOf(client, patient, signal)
  const proofs: string[] = []
  for (const id of ids) {
    proofs.push((await client.hospital.records.proof.query({ id, purpose: 'operations' }, { signal })).proof)
    options.onProgress?.({ done: proofs.length, total: ids.length })
  }
  const attachments: { id: string; mediaType: string; bytes: string }[] = []
  const left: string[] = []
  let bytes = 0
  for (const { id, mediaType, size } of await attachmentsOf(client, patient, signal)) {
    bytes += size
    if (bytes > CUSTODY_ATTACHMENT_BYTES_MAX) left.push(id)
    else attachments.push({ id, mediaType, bytes: toBase64url(new Uint8Array(await (await downloadAttachment(client, id, { purpose: 'operations', signal })).arrayBuffer())) })
  }
  return { format: FORMAT, made: client.now().toISOString(), origin, custodian, patient, proofs, attachments, left }
}

/** Seals to one P-256 key of the new custodian: compact JWE (RFC 7516), ECDH-ES+A256KW, A256GCM. */
export async function sealCustodyBundle(content: CustodyBundle, { kty, crv, x, y }: P256Jwk): Promise<string> {
  const key = await importJWK({ kty, crv, x, y }, algorithm)
  return new CompactEncrypt(utf8(JSON.stringify(bundle.parse(content)))).setProtectedHeader({ alg: algorithm, enc: 'A256GCM', typ: envelopeType, kid: jwkThumbprint({ kty, crv, x, y }) }).encrypt(key)
}

/** Errors: Problem INPUT_MALFORMED (no such file), COMMITMENT_MISMATCH (another key, or altered). */
export async function openCustodyBundle(text: string, privateKey: P256Jwk & { readonly d: string }): Promise<CustodyBundle> {
  let plain: Uint8Array
  try {
    if (decodeProtectedHeader(text.trim()).typ !== envelopeType) throw new TypeError('another type')
  } catch (cause) {
    throw new Problem('INPUT_MALFORMED', 'This is no file that carries a record to another custodian.', { cause })
  }
  try {
    plain = (await compactDecrypt(text.trim(), await importJWK({ ...privateKey }, algorithm), { keyManagementAlgorithms: [algorithm], contentEncryptionAlgorithms: ['A256GCM'] })).plaintext
  } catch (cause) {
    throw new Problem('COMMITMENT_MISMATCH', 'The file does not open: it is sealed to another key, or was changed.', { cause })
  }
  const parsed = bundle.safeParse(parseJson(plain))
  if (!parsed.success) throw new Problem('INPUT_MALFORMED', 'What is inside is not what this version carries.')
  return parsed.data
}

/** The bytes of an attachment in a bundle. */
export const bundledBytes = (attachment: CustodyBundle['attachments'][number]): Uint8Array => fromBase64url(attachment.bytes)

/** Every attachment of a patient, newest first. */
async function attachmentsOf(client: CareLedgerClient, patient: string, signal: AbortSignal | undefined) {
  const items: { readonly id: string; readonly mediaType: string; readonly size: number }[] = []
  let after: string | undefined
  do {
    const page = await client.hospital.attachments.list.query({ patient, purpose: 'operations', ...(after === undefined ? {} : { after }) }, { signal })
    items.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return items
}

async function idsOf(client: CareLedgerClient, patient: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const ids: string[] = []
  let after: string | undefined
  do {
    const page = await client.hospital.records.list.query({ patient, purpose: 'operations', limit: 100, ...(after === undefined ? {} : { after }) }, { signal })
    ids.push(...page.items.map(({ id }) => id))
    after = page.next
  } while (after !== undefined)
  return ids.sort()
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes))
  } catch {
    return undefined
  }
}
