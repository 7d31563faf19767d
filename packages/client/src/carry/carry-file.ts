import { Problem } from '@careledger/api/contracts'
import { fromBase64url, fromUtf8, jwkThumbprint, utf8, verifyProof, type P256Jwk, type ProofResult, type Trust, type VerifyOptions } from '@careledger/proof'
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, importJWK } from 'jose'
import { z } from 'zod'
import { documentBytes, documentFor, type CarriedDocument } from './carried-documents.ts'

/** Format of what is inside; docs/carry-and-show.md. */
export const CARRY_FORMAT = 'careledger-carry/1'
/** Media type of what is inside, and `typ` of the envelope. */
export const CARRY_MEDIA_TYPE = 'application/careledger-carry+json'
const envelopeType = 'careledger-carry+jwe'
/** Bytes of the open file; of the envelope four thirds of it at most. */
export const CARRY_BYTES_MAX = 64 * 1024 * 1024
export const CARRY_RECORDS_MAX = 4096
/** A passphrase that a person makes up needs length to hold against guessing offline. */
export const PASSPHRASE_MIN = 12
/** Rounds of PBKDF2-HMAC-SHA-512 (OWASP, 2023: at least 210,000). */
const rounds = 310_000

/** What a person carries: proofs with the records inside, as text, each byte for byte as the custodian made it. */
export interface CarryFile {
  readonly format: typeof CARRY_FORMAT
  /** When it was packed. */
  readonly made: string
  /** Log that the proofs are of. */
  readonly origin: string
  readonly custodian: { readonly party: string; readonly name: string }
  readonly proofs: readonly string[]
  /** Attachments that the records lead to; their proofs are among the proofs. */
  readonly documents?: readonly CarriedDocument[] | undefined
  /** Entry ids of attachments that the records lead to and that did not fit. */
  readonly left?: readonly string[] | undefined
}

const carryFile = z.strictObject({
  format: z.literal(CARRY_FORMAT),
  made: z.iso.datetime(),
  origin: z.string().max(256),
  custodian: z.strictObject({ party: z.string().max(64), name: z.string().max(200) }),
  proofs: z.array(z.string()).min(1).max(CARRY_RECORDS_MAX),
  documents: z.array(z.strictObject({ id: z.uuid(), bytes: z.base64url() })).max(CARRY_RECORDS_MAX).optional(),
  left: z.array(z.uuid()).max(CARRY_RECORDS_MAX).optional(),
})

/** Who can open the file: whoever has the passphrase, or the holder of one P-256 key. */
export type CarryLock = { readonly passphrase: string } | { readonly recipient: P256Jwk }
export type CarryKey = { readonly passphrase: string } | { readonly privateKey: P256Jwk & { readonly d: string } }

/**
 * Packs and seals: compact JWE (RFC 7516), compressed, A256GCM, its key under PBES2-HS512+A256KW or ECDH-ES+A256KW. Errors: Problem
 * INPUT_MALFORMED for a passphrase under 12 characters, INPUT_TOO_LARGE.
 */
export async function sealCarryFile(file: CarryFile, lock: CarryLock): Promise<string> {
  const plain = utf8(JSON.stringify(carryFile.parse(file)))
  if (plain.length > CARRY_BYTES_MAX) throw new Problem('INPUT_TOO_LARGE', 'That is more than one file carries. Choose fewer kinds or a shorter time.', { details: { limit: CARRY_BYTES_MAX } })
  const common = { enc: 'A256GCM', zip: 'DEF', typ: envelopeType, cty: CARRY_MEDIA_TYPE } as const
  if ('recipient' in lock) {
    const { kty, crv, x, y } = lock.recipient
    const key = await importJWK({ kty, crv, x, y }, 'ECDH-ES+A256KW')
    return new CompactEncrypt(plain).setProtectedHeader({ alg: 'ECDH-ES+A256KW', kid: jwkThumbprint(lock.recipient), ...common }).encrypt(key)
  }
  const passphrase = normal(lock.passphrase)
  if (passphrase.length < PASSPHRASE_MIN) throw new Problem('INPUT_MALFORMED', `A passphrase has at least ${PASSPHRASE_MIN} characters.`)
  return new CompactEncrypt(plain).setProtectedHeader({ alg: 'PBES2-HS512+A256KW', ...common }).setKeyManagementParameters({ p2c: rounds }).encrypt(utf8(passphrase))
}

/** How a file is locked, from its envelope alone. Errors: Problem INPUT_MALFORMED where it is no such file. */
export function carryLockOf(text: string): 'passphrase' | 'key' {
  try {
    const { alg, typ } = decodeProtectedHeader(text.trim())
    if (typ === envelopeType && alg === 'PBES2-HS512+A256KW') return 'passphrase'
    if (typ === envelopeType && alg === 'ECDH-ES+A256KW') return 'key'
  } catch {
    // Told below.
  }
  throw new Problem('INPUT_MALFORMED', 'This is no file that CareLedger carries records in.')
}

/** Errors: Problem INPUT_MALFORMED (no such file), INPUT_TOO_LARGE, COMMITMENT_MISMATCH (wrong passphrase or key, or altered: the two cannot be told apart). */
export async function openCarryFile(text: string, key: CarryKey): Promise<CarryFile> {
  const lock = carryLockOf(text)
  if (text.length > CARRY_BYTES_MAX * 2) throw new Problem('INPUT_TOO_LARGE', 'The file is larger than any that is made here.', { details: { limit: CARRY_BYTES_MAX } })
  let plain: Uint8Array
  try {
    const secret = 'passphrase' in key ? utf8(normal(key.passphrase)) : await importJWK({ ...key.privateKey }, 'ECDH-ES+A256KW')
    const alg = lock === 'passphrase' ? 'PBES2-HS512+A256KW' : 'ECDH-ES+A256KW'
    plain = (await compactDecrypt(text.trim(), secret, { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: ['A256GCM'], maxPBES2Count: rounds, maxDecompressedLength: CARRY_BYTES_MAX })).plaintext
  } catch (cause) {
    throw new Problem('COMMITMENT_MISMATCH', 'The file does not open: another passphrase or key, or the file was changed.', { cause })
  }
  const parsed = carryFile.safeParse(parseJson(plain))
  if (!parsed.success) throw new Problem('INPUT_MALFORMED', 'What is inside is not what this version carries.')
  return parsed.data
}

/** One carried record with every step of its check. */
export interface CarriedRecord {
  readonly proof: string
  readonly result: ProofResult
  /** The exact bytes of the resource; absent where the proof does not carry or hold them. */
  readonly payload?: Uint8Array | undefined
  /** Of an attachment whose bytes are carried, and are those that were signed. */
  readonly document?: Uint8Array | undefined
  /** False: the bytes carried for it are others. */
  readonly holds: boolean
}

export interface CheckedCarryFile {
  readonly file: CarryFile
  readonly records: readonly CarriedRecord[]
  /** Every one holds. What could not be asked offline stays "not checked" and does not count against it. */
  readonly valid: boolean
}

/** Checks every proof against pinned keys, asking nobody. */
export async function checkCarryFile(file: CarryFile, trust: Trust, options: VerifyOptions = {}, onProgress: (done: number) => void = () => undefined): Promise<CheckedCarryFile> {
  const records: CarriedRecord[] = []
  const documents = documentBytes(file.documents)
  for (const proof of file.proofs) {
    const result = await verifyProof(utf8(proof), trust, options)
    const opening = result.file?.opening
    records.push({ proof, result, ...documentFor(opening, result.file?.entry.id, documents), ...(opening !== undefined && 'payload' in opening ? { payload: fromBase64url(opening.payload) } : {}) })
    onProgress(records.length)
    if (records.length % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return { file, records, valid: records.every(({ result, holds }) => result.valid && holds) }
}

/** Five groups of five letters and digits (125 bits), without those that are taken for one another. */
export function newPassphrase(random: Uint8Array): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789x'
  return Array.from({ length: 5 }, (_, group) => Array.from({ length: 5 }, (_, n) => letters[(random[group * 5 + n] ?? 0) & 31]).join('')).join('-')
}

const normal = (passphrase: string): string => passphrase.normalize('NFKC').trim()

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes))
  } catch {
    return undefined
  }
}
