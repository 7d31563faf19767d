import { fromBase64url, toHex } from './bytes.ts'
import { canonicalBytes, parseCanonical } from './canonical-json.ts'
import { checkpointRecordId, parseCheckpoint } from './checkpoint.ts'
import { networkPattern } from './identifiers.ts'
import { verifyPinnedCheckpoint } from './log-key.ts'
import { verifyConsistency } from './merkle.ts'
import type { Trust } from './proof-context.ts'
import { ProofError } from './proof-error.ts'
import { below, readBytesText, readMembers, type MemberReader } from './read-members.ts'

/** A checkpoint of the log as it stands on one ledger. */
export interface ContinuityEnd {
  /** The instance's own name of the ledger. */
  readonly ledger: string
  readonly kind: string
  readonly ledgerId: string
  /** Ledger record id of the checkpoint, 32 hex digits. */
  readonly id: string
  /** The signed note. */
  readonly checkpoint: string
}

/** What a move leaves behind: the log at the end of one ledger is the beginning of the log on the next. Source: docs/ledgers.md. */
export interface ContinuityFile {
  readonly format: 'careledger-continuity/1'
  readonly network: string
  readonly from: ContinuityEnd
  readonly to: ContinuityEnd
  /** RFC 9162 consistency path between the two sizes, 32 bytes each, base64url. */
  readonly path: readonly string[]
}

const bytesMax = 262_144
const namePattern = /^[a-z0-9][a-z0-9-]{0,30}$/
const textPattern = /^[!-~]{1,256}$/

export const continuityBytes = (file: ContinuityFile): Uint8Array => canonicalBytes(file)

/** Reads a file strictly. Errors: ProofError `MALFORMED`, `MISSING_MEMBER`, and those of canonical JSON. */
export const parseContinuity = (bytes: Uint8Array): ContinuityFile => {
  if (bytes.length > bytesMax) throw new ProofError('MALFORMED', 'The file is too long for a proof of continuity.')
  const members = readMembers(parseCanonical(bytes), '')
  members.text('format', /^careledger-continuity\/1$/)
  const path = members.items('path', 128).map((value, place) => readBytesText(value, 32, below('path', place)))
  const file = { format: 'careledger-continuity/1' as const, network: members.text('network', networkPattern), from: readEnd(members.object('from')), to: readEnd(members.object('to')), path }
  members.end()
  return file
}

const readEnd = (members: MemberReader): ContinuityEnd => {
  const checkpoint = members.value('checkpoint')
  if (typeof checkpoint !== 'string') throw new ProofError('MALFORMED', `${below(members.path, 'checkpoint')}: Text was expected.`)
  const end = { ledger: members.text('ledger', namePattern), kind: members.text('kind', textPattern), ledgerId: members.text('ledgerId', textPattern), id: members.text('id', /^[0-9a-f]{32}$/), checkpoint }
  members.end()
  return end
}

/**
 * Checks that both checkpoints are of one pinned log and signed by it, that each would stand under the record id named, and that the later
 * one is an extension of the earlier one. Gives the file and both sizes. It does not ask the ledgers. Errors: ProofError `MALFORMED`,
 * `SIGNATURE_INVALID`, `TREE_INVALID`.
 */
export const verifyContinuity = async (bytes: Uint8Array, trust: Pick<Trust, 'logs'>): Promise<{ readonly file: ContinuityFile; readonly fromSize: number; readonly toSize: number }> => {
  const file = parseContinuity(bytes)
  const { origin } = parseCheckpoint(file.from.checkpoint)
  const logs = trust.logs.filter((one) => one.origin === origin)
  if (logs.length === 0) throw new ProofError('SIGNATURE_INVALID', 'The checkpoints are of a log that is not pinned.')
  const [from, to] = await Promise.all([file.from, file.to].map((end) => checkEnd(end, logs)))
  if (from === undefined || to === undefined || !verifyConsistency({ from: from.size, fromRoot: from.root, to: to.size, toRoot: to.root, path: file.path.map(fromBase64url) })) {
    throw new ProofError('TREE_INVALID', 'The checkpoint on the new ledger is no extension of the one on the old.')
  }
  return { file, fromSize: from.size, toSize: to.size }
}

const checkEnd = async (end: ContinuityEnd, logs: Trust['logs']) => {
  const { checkpoint } = await verifyPinnedCheckpoint(end.checkpoint, logs)
  if (toHex(checkpointRecordId(checkpoint.origin, checkpoint.size)) !== end.id) throw new ProofError('MALFORMED', 'A record id is not that of its checkpoint.')
  return checkpoint
}
