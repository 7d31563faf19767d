import { concat, equalBytes, fromBase64, readU64, toBase64, u64, utf8 } from './bytes.ts'
import { sha256, taggedHash } from './hash.ts'
import { ProofError } from './proof-error.ts'
import { ed25519KeyBytes, jwkThumbprint, signatureProblem, type PublicJwk } from './public-key.ts'
import { verifySignature, type Signer, type VerifySignature } from './signer.ts'

/** The state of a log that its key signs. */
export interface CheckpointState {
  /** `<domain>/log/<shard>`: name of the log and of its key. */
  readonly origin: string
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}
/** One signature line of a note; says nothing about whether it holds. */
export interface NoteSignature {
  readonly name: string
  /** 4 bytes that tell keys of one name apart. */
  readonly keyId: Uint8Array
  /** What follows the key id: 64 bytes of the log, 72 (`u64(time)`, signature) of a cosigner. */
  readonly bytes: Uint8Array
  /** The line as written, without line feed. */
  readonly line: string
}
/** A note as read; nothing of it is verified. */
export interface Checkpoint extends CheckpointState {
  /** The signed text: three lines with their line feeds. */
  readonly body: string
  readonly signatures: readonly NoteSignature[]
}

/** Latest time that a `Date` holds, in seconds. */
const SECONDS_MAX = 8_640_000_000_000
/** Longest note, in characters: a checkpoint and some hundred cosignatures. */
export const NOTE_LENGTH_MAX = 65_536
/** Printable ASCII without space and plus sign. */
const namePattern = /^[!-*,-~]{1,255}$/
const bodyPattern = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n$/
const linePattern = /^\u2014 ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/

/** `origin \n size \n base64(root) \n` (C2SP tlog-checkpoint, no extension lines). */
export const checkpointBody = (state: CheckpointState): string => {
  if (!namePattern.test(state.origin)) throw new ProofError('MALFORMED', 'An origin is printable ASCII without space and plus sign.', { path: 'origin' })
  if (!Number.isSafeInteger(state.size) || state.size < 0 || state.root.length !== 32) throw new ProofError('MALFORMED', 'A checkpoint has a size and a root of 32 bytes.')
  return `${state.origin}\n${state.size}\n${toBase64(state.root)}\n`
}

/** Signs a checkpoint body with the log's Ed25519 key; gives the note (C2SP signed-note) with this one signature. */
export const signCheckpoint = async (body: string, signer: Signer): Promise<string> => {
  const { origin } = parseBody(body)
  const signature = await signer.sign(utf8(body))
  return `${body}\n${signatureLine(origin, noteKeyId(origin, 'log', signer.publicJwk), signature)}\n`
}

/** Reads a note strictly: `MALFORMED` unless it is a body as `checkpointBody` writes it, an empty line and 1 to 256 signature lines. */
export const parseCheckpoint = (note: string): Checkpoint => {
  if (note.length > NOTE_LENGTH_MAX || !note.isWellFormed()) throw new ProofError('MALFORMED', 'The note is too long or not text.')
  const end = note.indexOf('\n\n')
  if (end < 0 || !note.endsWith('\n')) throw new ProofError('MALFORMED', 'The note has no signatures, or does not end in a line feed.')
  const body = note.slice(0, end + 1)
  const lines = note.slice(end + 2, -1).split('\n')
  if (lines.length > 256) throw new ProofError('MALFORMED', 'The note has more than 256 signatures.')
  return { ...parseBody(body), body, signatures: lines.map(parseLine) }
}

/**
 * Verifies that the log of this origin signed the note, and gives what it signed. `SIGNATURE_INVALID` for another origin, a missing or
 * wrong signature; signatures of others are not looked at.
 */
export const verifyCheckpoint = async (note: string, origin: string, jwk: PublicJwk, verify: VerifySignature = verifySignature): Promise<Checkpoint> => {
  const checkpoint = parseCheckpoint(note)
  if (checkpoint.origin !== origin) throw new ProofError('SIGNATURE_INVALID', 'The checkpoint is of another log.')
  const own = logSignature(checkpoint, jwk)
  if (signatureProblem('EdDSA', jwk, own.bytes) !== undefined || !(await verify('EdDSA', jwk, utf8(checkpoint.body), own.bytes))) {
    throw new ProofError('SIGNATURE_INVALID', "The log's signature of the checkpoint does not hold.")
  }
  return checkpoint
}

/** A witness: the name in its signature lines and its Ed25519 key. */
export interface Witness {
  readonly name: string
  readonly key: PublicJwk
}

/** Adds a cosignature line to a note (C2SP tlog-cosignature). `time` is in whole seconds since 1970, or a `Date`. */
export const cosignCheckpoint = async (note: string, name: string, signer: Signer, time: number | Date): Promise<string> => {
  if (!namePattern.test(name)) throw new ProofError('MALFORMED', 'A name is printable ASCII without space and plus sign.', { path: 'name' })
  const { body } = parseCheckpoint(note)
  const seconds = typeof time === 'number' ? time : Math.floor(time.getTime() / 1000)
  const signature = await signer.sign(cosignedMessage(body, seconds))
  return `${note}${signatureLine(name, noteKeyId(name, 'cosigner', signer.publicJwk), concat(u64(seconds), signature))}\n`
}

/** A cosignature that holds. */
export interface Cosignature {
  readonly name: string
  /** When the cosigner says it saw the checkpoint, by its own clock. */
  readonly time: Date
}

/** The cosignatures that hold, of the witnesses given, at most one for each key (its earliest); lines of strangers are not looked at. */
export const verifyCosignatures = async (note: string, witnesses: readonly Witness[], verify: VerifySignature = verifySignature): Promise<readonly Cosignature[]> => {
  const { body, signatures } = parseCheckpoint(note)
  const found: Cosignature[] = []
  const distinct = new Map(witnesses.map((witness) => [jwkThumbprint(witness.key), witness]))
  for (const witness of distinct.values()) {
    const keyId = noteKeyId(witness.name, 'cosigner', witness.key)
    const times: number[] = []
    for (const line of signatures) {
      if (line.name !== witness.name || !equalBytes(line.keyId, keyId) || line.bytes.length !== 72) continue
      if (line.bytes[0] !== 0 || line.bytes[1] !== 0) continue
      const seconds = readU64(line.bytes)
      const signature = line.bytes.subarray(8)
      if (seconds > SECONDS_MAX || signatureProblem('EdDSA', witness.key, signature) !== undefined) continue
      if (await verify('EdDSA', witness.key, cosignedMessage(body, seconds), signature)) times.push(seconds)
    }
    if (times.length > 0) found.push({ name: witness.name, time: new Date(Math.min(...times) * 1000) })
  }
  return found
}

/** The ledger's record id of a checkpoint, 16 bytes: `H("checkpoint-id", origin, u64(size))[0..16]`; one per size, so a ledger catches a split view. */
export const checkpointRecordId = (origin: string, size: number): Uint8Array => taggedHash('checkpoint-id', utf8(origin), u64(size)).slice(0, 16)

/** The ledger's data of a checkpoint: body, empty line and the log's own signature line; its digest is the SHA-256. */
export const checkpointLedgerData = (note: string, logKey: PublicJwk): Uint8Array => {
  const checkpoint = parseCheckpoint(note)
  return utf8(`${checkpoint.body}\n${logSignature(checkpoint, logKey).line}\n`)
}

/** `SHA-256(name || 0x0A || type || key)[0..4]`, type 0x01 for a log and 0x04 for a cosigner. */
export const noteKeyId = (name: string, kind: 'log' | 'cosigner', jwk: PublicJwk): Uint8Array =>
  sha256(utf8(`${name}\n`), Uint8Array.of(kind === 'log' ? 1 : 4), ed25519KeyBytes(jwk)).slice(0, 4)

const cosignedMessage = (body: string, seconds: number): Uint8Array => utf8(`cosignature/v1\ntime ${seconds}\n${body}`)

const signatureLine = (name: string, keyId: Uint8Array, bytes: Uint8Array): string => `\u2014 ${name} ${toBase64(concat(keyId, bytes))}`

const logSignature = (checkpoint: Checkpoint, jwk: PublicJwk): NoteSignature => {
  const keyId = noteKeyId(checkpoint.origin, 'log', jwk)
  const own = checkpoint.signatures.filter((line) => line.name === checkpoint.origin && equalBytes(line.keyId, keyId))
  if (own.length !== 1) throw new ProofError('SIGNATURE_INVALID', 'The note does not carry exactly one signature by this key of the log.')
  return own[0]!
}

const parseBody = (body: string): CheckpointState => {
  const match = bodyPattern.exec(body)
  if (match === null || !namePattern.test(match[1]!) || !Number.isSafeInteger(Number(match[2]))) throw new ProofError('MALFORMED', 'The note is not a checkpoint of three lines.')
  return { origin: match[1]!, size: Number(match[2]), root: fromBase64(match[3]!) }
}

const parseLine = (line: string): NoteSignature => {
  const match = linePattern.exec(line)
  if (match === null || !namePattern.test(match[1]!)) throw new ProofError('MALFORMED', 'A signature line does not have the form of one.')
  const bytes = fromBase64(match[2]!)
  if (bytes.length < 5) throw new ProofError('MALFORMED', 'A signature line is too short.')
  return { name: match[1]!, keyId: bytes.subarray(0, 4), bytes: bytes.subarray(4), line }
}

