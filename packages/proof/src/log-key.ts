import { equalBytes, fromBase64url } from './bytes.ts'
import { canonicalBytes, parseCanonical } from './canonical-json.ts'
import { noteKeyId, parseCheckpoint, verifyCheckpoint, type Checkpoint } from './checkpoint.ts'
import { ProofError } from './proof-error.ts'
import { samePublicKey, toPublicJwk, type PublicJwk } from './public-key.ts'
import { readBytesText, readMembers } from './read-members.ts'
import { verifySignature, type VerifySignature } from './signer.ts'

/** A log whose key a verifier has pinned. */
export interface PinnedLog {
  readonly origin: string
  readonly key: PublicJwk
  /** Of a key that signs no more: the last state that counts under it. `root`: base64url of 32 bytes. Absent: the key of today. */
  readonly until?: { readonly size: number; readonly root: string } | undefined
}

export const LOG_KEY_MEDIA_TYPE = 'application/careledger-log-key+json'
export const LOG_KEY_TYPE = 'log-key-changed'

/** Payload of `log-key-changed`, signed by the platform's root: from `size` on the log signs with another key. */
export interface LogKeyChange {
  readonly former: PublicJwk
  readonly key: PublicJwk
  /** The last state that the former key signed. */
  readonly size: number
  readonly root: string
}

export const logKeyBytes = ({ former, key, size, root }: LogKeyChange): Uint8Array => canonicalBytes({ v: 1, former: { ...former }, key: { ...key }, size, root })

/** Errors: ProofError MALFORMED, KEY_INVALID. */
export const parseLogKey = (payload: Uint8Array): LogKeyChange => {
  const members = readMembers(parseCanonical(payload), '')
  if (members.integer('v', 1) !== 1) throw new ProofError('MALFORMED', 'v: 1 was expected.', { path: 'v' })
  const change = { former: toPublicJwk(members.value('former'), 'former'), key: toPublicJwk(members.value('key'), 'key'), size: members.integer('size', Number.MAX_SAFE_INTEGER), root: readBytesText(members.value('root'), 32, 'root') }
  members.end()
  if (change.former.kty !== 'OKP' || change.key.kty !== 'OKP' || samePublicKey(change.former, change.key)) throw new ProofError('MALFORMED', 'A log signs with Ed25519 keys, and the two are different ones.', { path: 'key' })
  return change
}

/** Which of the pinned keys of the note's log has a signature line on it; the note's other lines say nothing. */
export const signingLog = (note: string | Checkpoint, logs: readonly PinnedLog[]): PinnedLog | undefined => {
  const { origin, signatures } = typeof note === 'string' ? parseCheckpoint(note) : note
  const own = logs.filter((log) => log.origin === origin)
  return own.find(({ key }) => signatures.some((line) => line.name === origin && equalBytes(line.keyId, noteKeyId(origin, 'log', key)))) ?? own[0]
}

/**
 * Verifies that a pinned key of the log signed the note, and that it still could: of a key that signs no more, a larger state than its last is refused,
 * and so is another root of that size. Smaller states are what they were; whoever fears that the key is in other hands asks for a proof by the key of
 * today, which every entry has. Errors: ProofError SIGNATURE_INVALID, MALFORMED.
 */
export const verifyPinnedCheckpoint = async (note: string, logs: readonly PinnedLog[], verify: VerifySignature = verifySignature): Promise<{ readonly checkpoint: Checkpoint; readonly log: PinnedLog }> => {
  const parsed = parseCheckpoint(note)
  const log = signingLog(parsed, logs)
  if (log === undefined) throw new ProofError('SIGNATURE_INVALID', `No key is pinned for the log ${parsed.origin}.`)
  const checkpoint = await verifyCheckpoint(note, log.origin, log.key, verify)
  const { until } = log
  if (until !== undefined && checkpoint.size > until.size) throw new ProofError('SIGNATURE_INVALID', `That key of the log signs nothing since size ${until.size}.`)
  if (until !== undefined && checkpoint.size === until.size && !equalBytes(checkpoint.root, fromBase64url(until.root))) throw new ProofError('SIGNATURE_INVALID', 'The state is another one than the last that this key signed.')
  return { checkpoint, log }
}
