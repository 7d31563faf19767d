import { equalBytes, fromBase64url, toHex } from './bytes.ts'
import { checkpointLedgerData, checkpointRecordId, verifyCosignatures } from './checkpoint.ts'
import { openCommitment, openingFromJson } from './commitment.ts'
import { parseCredential, parseRevocation } from './credential.ts'
import { sha256 } from './hash.ts'
import { uuidBytes } from './identifiers.ts'
import { signingLog, verifyPinnedCheckpoint } from './log-key.ts'
import { rootFromInclusion } from './merkle.ts'
import { signingPlaces } from './proof-credentials.ts'
import { fail, isLogged, openPayload, pass, unchecked, type ProofContext, type StepResult } from './proof-context.ts'
import type { ProofAnchor } from './proof-file.ts'
import { recordDigest } from './subject.ts'

/** The payload shown is the one the author committed to. */
export const checkCommitment = ({ file, options: { documentHash } }: ProofContext): StepResult => {
  const { payload } = file.entry
  if (payload === undefined) return file.opening === undefined ? pass('The entry has no payload.') : fail('The file shows a payload, but the entry has none.')
  if (file.opening === undefined) return unchecked('The file does not show the payload, so its content was not compared.')
  const opening = openingFromJson(file.opening as never)
  openCommitment(payload, opening)
  if (documentHash !== undefined) {
    const shown = 'payload' in opening ? sha256(opening.payload) : opening.payloadHash
    return equalBytes(shown, documentHash) ? pass('The document beside the file is, byte for byte, the one the author committed to.') : fail('The document beside the file is another one than the author committed to.')
  }
  return pass('payload' in opening ? 'The payload is, byte for byte, the one the author committed to.' : 'The SHA-256 shown is of the payload the author committed to.')
}

/** The author's key signed the entry, alone or in a batch. */
export const checkSignature = async (context: ProofContext): Promise<StepResult> => {
  const { file } = context
  const { author } = file.entry
  const enrolled = author.credential === undefined ? rootCredential(context) : context.credential(author.credential)?.credential
  if (enrolled === undefined) return fail('The file does not carry the credential of the key that signed the entry.')
  await context.verifyEntry(file, enrolled.key)
  const way = 'count' in file.signature ? `as one of ${file.signature.count} entries signed together` : 'by itself'
  return pass(`The key of ${author.party} signed this entry (${file.entry.author.key}), ${way}.`)
}

/** Only a platform's root names no credential: it carries its own key. */
const rootCredential = ({ file }: ProofContext) => (file.entry.type === 'platform-root' ? parseCredential(openPayload(file)) : undefined)

/** Entry, signature and chain place make one leaf; parsing has checked that they fit. */
export const checkLeaf = ({ file }: ProofContext): StepResult =>
  pass(`The entry has place ${file.leaf.chainSequence} in its chain${file.leaf.chainSequence === 0 ? ', the first' : ''}.`)

/** The leaf stands in the tree of the checkpoint. */
export const checkInclusion = (context: ProofContext): StepResult => {
  const { log } = context.file
  const checkpoint = context.checkpoint()
  if (checkpoint.size !== log.size || checkpoint.origin !== log.origin) return fail('The file names another log or size than its checkpoint.')
  const root = rootFromInclusion({ leafHash: context.leafHashOf(context.file), index: log.index, size: log.size, path: log.path.map(fromBase64url) })
  if (root === undefined) return fail('The audit path cannot be one of this index and size.')
  if (!equalBytes(root, checkpoint.root)) return fail("The audit path leads to another root than the checkpoint's: entry, signature or place was changed.")
  return pass(`The entry stands at index ${log.index} of ${log.size} in the log.`)
}

/** The log's pinned key signed the checkpoint. */
export const checkCheckpoint = async ({ file, trust, verify }: ProofContext): Promise<StepResult> => {
  const { checkpoint, log: pinned } = await verifyPinnedCheckpoint(file.checkpoint, trust.logs.filter((log) => log.origin === file.log.origin), verify)
  if (checkpoint.size !== file.log.size) return fail('The checkpoint is of another size than the file says.')
  return pass(`The log ${pinned.origin} signed its state at size ${checkpoint.size}.`)
}

/** Enough pinned witnesses saw the same state of the log. */
export const checkWitnesses = async ({ file, trust, verify }: ProofContext): Promise<StepResult> => {
  if (trust.witnessThreshold === 0) return unchecked('No witness is asked for, so that the log shows everyone the same was not checked.')
  const seen = await verifyCosignatures(file.checkpoint, trust.witnesses, verify)
  const names = seen.map(({ name, time }) => `${name} at ${time.toISOString()}`).join(', ')
  if (seen.length < trust.witnessThreshold) return fail(`${seen.length} of ${trust.witnessThreshold} witnesses signed the checkpoint${names === '' ? '' : `: ${names}`}.`)
  return pass(`Witnesses saw this state of the log: ${names}.`)
}

/** No key of the chain was revoked before it signed here. */
export const checkRevocation = async (context: ProofContext): Promise<StepResult> => {
  const { file, options } = context
  const places = signingPlaces(context)
  const known: string[] = []
  for (const logged of file.status?.revocations ?? []) {
    if (logged.entry.type !== 'key-revoked' || !isLogged(context, logged)) return fail('A revocation in the file does not stand in the log.')
    const key = parseRevocation(openPayload(logged))
    if (places.some((place) => place.key === key && logged.index < place.index)) return fail(`A key of the chain was revoked at index ${logged.index}, before it signed.`)
    known.push(`revoked later, at index ${logged.index}`)
  }
  if (options.revokedAt === undefined) return unchecked(['Whether a key was revoked before it signed cannot be seen from a file alone', ...known].join('; ') + '.')
  for (const { key, index } of places) {
    const revoked = await options.revokedAt(key)
    if (revoked !== undefined && revoked < index) return fail(`A key of the chain was revoked at index ${revoked}, before it signed.`)
  }
  return pass('No key of the chain was revoked before it signed, says the source asked.')
}

/** The anchors fit the proof; whether a ledger holds them, its evidence or the ledger itself tells. */
export const checkAnchor = async (context: ProofContext): Promise<StepResult> => {
  const { file, options } = context
  if (file.anchors.length === 0) return unchecked('The file names no ledger.')
  const results: StepResult[] = []
  for (const anchor of file.anchors) {
    const problem = anchorProblem(context, anchor)
    if (problem !== undefined) return fail(problem)
    results.push(options.verifyAnchor === undefined ? unchecked(`${anchor.kind} should hold the ${anchor.for}; it was not asked.`) : await options.verifyAnchor(anchor))
  }
  const worst = results.find((result) => result.outcome === 'fail') ?? results.find((result) => result.outcome === 'unchecked') ?? results[0]!
  return { outcome: worst.outcome, detail: results.map((result) => result.detail).join(' ') }
}

const anchorProblem = ({ file, trust, leafHashOf }: ProofContext, anchor: ProofAnchor): string | undefined => {
  if (anchor.for === 'checkpoint') {
    const pinned = signingLog(file.checkpoint, trust.logs)
    if (pinned === undefined) return 'No key is pinned for the log whose checkpoint is anchored.'
    const digest = toHex(sha256(checkpointLedgerData(file.checkpoint, pinned.key)))
    return anchor.digest === digest && anchor.id === toHex(checkpointRecordId(file.log.origin, file.log.size)) ? undefined : 'An anchor is not of this checkpoint.'
  }
  if (anchor.blind === undefined && file.entry.subject !== undefined) return 'An anchor of the record lacks what its digest was hidden with.'
  if (file.entry.subject === undefined && anchor.id !== toHex(uuidBytes(file.entry.id))) return 'An anchor is of another entry.'
  const digest = toHex(recordDigest(leafHashOf(file), anchor.blind === undefined ? undefined : fromBase64url(anchor.blind)))
  return anchor.digest === digest ? undefined : 'An anchor is not of this entry.'
}

/** Whether a later entry replaces this one. */
export const checkSuperseded = async (context: ProofContext): Promise<StepResult> => {
  const { file, options } = context
  const later = file.status?.supersededBy
  if (later !== undefined) {
    const { entry } = later
    const same = entry.network === file.entry.network && entry.custodian === file.entry.custodian && entry.subject === file.entry.subject
    if (entry.replaces !== file.entry.id || !same || !isLogged(context, later)) return fail('The entry that should replace this one does not do so in this log.')
    return fail(`Entry ${entry.id} at index ${later.index} replaces this one: ask for its proof.`)
  }
  if (options.supersededBy === undefined) return unchecked('Whether a later entry replaces this one cannot be seen from a file alone.')
  const replacement = await options.supersededBy(file.entry.id)
  return replacement === undefined ? pass('No later entry replaces this one, says the source asked.') : fail(`Entry ${replacement} replaces this one: ask for its proof.`)
}
