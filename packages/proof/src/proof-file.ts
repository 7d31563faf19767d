import { canonicalBytes, parseCanonical, type CanonicalValue } from './canonical-json.ts'
import { NOTE_LENGTH_MAX } from './checkpoint.ts'
import { openingFromJson, openingToJson, type OpeningJson } from './commitment.ts'
import { toEntry, type Entry } from './entry.ts'
import { toEntrySignature, type EntrySignature } from './entry-signature.ts'
import { ProofError } from './proof-error.ts'
import { below, readBytesText, readMembers, type MemberReader } from './read-members.ts'

/** An entry's place in its chain; `chainPrevious` (32 bytes, base64url) is absent for the first, and only for it. */
export interface ProofLeaf {
  readonly chainSequence: number
  readonly chainPrevious?: string | undefined
}

/** Another entry of the same log, proven in the same checkpoint. */
export interface LoggedEntry {
  readonly entry: Entry
  readonly signature: EntrySignature
  readonly leaf: ProofLeaf
  /** Place in the log, from 0. */
  readonly index: number
  /** Audit path to the root of the file's checkpoint: 32 bytes each, base64url, leaf side first. */
  readonly path: readonly string[]
  readonly opening?: OpeningJson | undefined
}

/** Where a ledger should hold a record of the entry or of the checkpoint. */
export interface ProofAnchor {
  readonly ledgerId: string
  /** `ethereum`, `fabric`, ...: for people. */
  readonly kind: string
  readonly stream: string
  /** Ledger record id: 32 hex digits. */
  readonly id: string
  /** 64 hex digits. */
  readonly digest: string
  readonly for: 'record' | 'checkpoint'
  /** 32 bytes, base64url: what the digest of a subject's record was hidden with. It discloses the record on the ledger; opt-in. */
  readonly blind?: string | undefined
  /** The ledger's own evidence, for a verifier that knows the kind. */
  readonly evidence?: string | undefined
}

/** Later entries of the log that bear on this one; what is not named here is not said. */
export interface ProofStatus {
  /** The entry that replaces this one. */
  readonly supersededBy?: LoggedEntry | undefined
  /** `key-revoked` entries of keys in the chain. */
  readonly revocations?: readonly LoggedEntry[] | undefined
}

/** Everything needed to verify one entry offline. Source: docs/proof-format.md. */
export interface ProofFile {
  readonly format: 'careledger-proof/1'
  readonly entry: Entry
  readonly signature: EntrySignature
  readonly leaf: ProofLeaf
  readonly log: {
    readonly origin: string
    readonly index: number
    readonly size: number
    readonly path: readonly string[]
  }
  /** Text of the signed note. */
  readonly checkpoint: string
  /** The entries that enrolled the author's key and its issuers' keys, up to the platform's root. */
  readonly credentials: readonly LoggedEntry[]
  readonly anchors: readonly ProofAnchor[]
  readonly opening?: OpeningJson | undefined
  readonly status?: ProofStatus | undefined
}

/** Largest proof file, in bytes: a payload of 64 MiB in base64url, and its proof. */
export const PROOF_BYTES_MAX = 100 * 1_048_576
const indexMax = Number.MAX_SAFE_INTEGER
const pathMax = 53

/**
 * Reads the bytes of a proof file: canonical JSON of exactly these members. Nothing is verified. Errors as `parseEntry`, with the path of
 * the member.
 */
export const parseProof = (bytes: Uint8Array): ProofFile => {
  if (bytes.length > PROOF_BYTES_MAX) throw new ProofError('TOO_LARGE', `A proof file has at most ${PROOF_BYTES_MAX} bytes.`)
  return toProofFile(parseCanonical(bytes))
}

/** The bytes of a proof file, checked: canonical JSON without a line feed at the end. */
export const proofBytes = (file: ProofFile): Uint8Array => canonicalBytes(toProofFile(file as unknown as CanonicalValue))

/** Checks a parsed value as a proof file. */
export const toProofFile = (value: CanonicalValue): ProofFile => {
  const members = readMembers(value, '')
  members.text('format', /^careledger-proof\/1$/)
  const file: ProofFile = {
    format: 'careledger-proof/1',
    entry: toEntry(members.value('entry'), 'entry'),
    signature: toEntrySignature(members.value('signature'), 'signature'),
    leaf: readLeaf(members.object('leaf')),
    log: readLog(members.object('log')),
    checkpoint: readNote(members),
    credentials: members.items('credentials', 16).map((item, index) => readLogged(item, below('credentials', index))),
    anchors: members.items('anchors', 64).map((item, index) => readAnchor(item, below('anchors', index))),
    ...readOpening(members),
    ...(members.has('status') ? { status: readStatus(members.object('status')) } : {}),
  }
  members.end()
  const ids = new Set(file.credentials.map((credential) => credential.entry.id))
  if (ids.size !== file.credentials.length) throw new ProofError('MALFORMED', 'A credential stands twice in the file.', { path: 'credentials' })
  return file
}

const readNote = (members: MemberReader): string => {
  const note = members.text('checkpoint', /^/)
  if (note.length > NOTE_LENGTH_MAX) throw new ProofError('TOO_LARGE', 'The note is too long.', { path: 'checkpoint' })
  return note
}

const readLeaf = (members: MemberReader): ProofLeaf => {
  const chainSequence = members.integer('chainSequence', indexMax)
  const chainPrevious = members.optionalBytesText('chainPrevious', 32)
  members.end()
  if ((chainSequence === 0) !== (chainPrevious === undefined)) throw new ProofError('MALFORMED', 'Only the first leaf of a chain has no former leaf.', { path: members.path })
  return chainPrevious === undefined ? { chainSequence } : { chainSequence, chainPrevious }
}

const readPath = (members: MemberReader): readonly string[] =>
  members.items('path', pathMax).map((item, index) => readBytesText(item, 32, below(below(members.path, 'path'), index)))

const readLog = (members: MemberReader): ProofFile['log'] => {
  const log = {
    origin: members.text('origin', /^[!-*,-~]{1,255}$/),
    index: members.integer('index', indexMax),
    size: members.integer('size', indexMax),
    path: readPath(members),
  }
  members.end()
  return log
}

const readOpening = (members: MemberReader): { readonly opening?: OpeningJson } =>
  members.has('opening') ? { opening: openingToJson(openingFromJson(members.value('opening'), below(members.path, 'opening'))) } : {}

const readLogged = (value: CanonicalValue, path: string): LoggedEntry => {
  const members = readMembers(value, path)
  const logged: LoggedEntry = {
    entry: toEntry(members.value('entry'), below(path, 'entry')),
    signature: toEntrySignature(members.value('signature'), below(path, 'signature')),
    leaf: readLeaf(members.object('leaf')),
    index: members.integer('index', indexMax),
    path: readPath(members),
    ...readOpening(members),
  }
  members.end()
  return logged
}

const readAnchor = (value: CanonicalValue, path: string): ProofAnchor => {
  const members = readMembers(value, path)
  const blind = members.optionalBytesText('blind', 32)
  const evidence = members.optionalText('evidence', /^[^]{1,65536}$/)
  const anchor: ProofAnchor = {
    ledgerId: members.text('ledgerId', /^[!-~]{1,256}$/),
    kind: members.text('kind', /^[a-z0-9][a-z0-9-]{0,30}$/),
    stream: members.text('stream', /^[a-z0-9][a-z0-9-]{0,30}$/),
    id: members.text('id', /^[0-9a-f]{32}$/),
    digest: members.text('digest', /^[0-9a-f]{64}$/),
    for: members.text('for', /^(record|checkpoint)$/) as ProofAnchor['for'],
    ...(blind === undefined ? {} : { blind }),
    ...(evidence === undefined ? {} : { evidence }),
  }
  members.end()
  return anchor
}

const readStatus = (members: MemberReader): ProofStatus => {
  const status: ProofStatus = {
    ...(members.has('supersededBy') ? { supersededBy: readLogged(members.value('supersededBy'), below(members.path, 'supersededBy')) } : {}),
    ...(members.has('revocations')
      ? { revocations: members.items('revocations', 16).map((item, index) => readLogged(item, below(below(members.path, 'revocations'), index))) }
      : {}),
  }
  members.end()
  return status
}
