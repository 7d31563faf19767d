import { equalBytes, fromBase64url, fromUtf8, toBase64url } from './bytes.ts'
import { canonicalBytes, parseCanonical, type CanonicalValue } from './canonical-json.ts'
import { openingFromJson } from './commitment.ts'
import { parseCredential } from './credential.ts'
import { decisionHash, DECISIONS_MEDIA_TYPE, parseDecisionRange, type DecisionRange, type LoggedDecision } from './decision-range.ts'
import { leafHash } from './leaf.ts'
import { rootFromInclusion } from './merkle.ts'
import { isProofError, ProofError } from './proof-error.ts'
import { PROOF_BYTES_MAX, toProofFile, type ProofFile } from './proof-file.ts'
import { fail, pass, unchecked, type StepResult, type Trust, type VerifyOptions } from './proof-context.ts'
import { below, readBytesText, readMembers } from './read-members.ts'
import { PROOF_STEPS, verifyProof, type ProofStepName } from './verify-proof.ts'

/** Everything needed to verify offline that one decision was recorded in the log. Source: docs/proof-format.md. */
export interface DecisionProofFile {
  readonly format: 'careledger-decision-proof/1'
  /** The stored row; `bytes`: base64url of the canonical record. */
  readonly decision: { readonly id: string; readonly about?: string | undefined; readonly bytes: string }
  /** Place among the decisions that the covering entry names, and the audit path to its root: 32 bytes each, base64url, leaf side first. */
  readonly place: { readonly index: number; readonly path: readonly string[] }
  /** The proof of the covering `decisions-recorded` entry, with its opening. */
  readonly covering: ProofFile
}

/** The steps of `verifyProof` on the covering entry, then the decision's own two. */
export const DECISION_PROOF_STEPS = [...PROOF_STEPS, 'covered', 'recorder'] as const
export interface DecisionProofStep extends StepResult {
  readonly name: ProofStepName | 'covered' | 'recorder'
}

export interface DecisionProofResult {
  /** The covering entry's proof holds, and both steps of the decision passed. */
  readonly valid: boolean
  readonly steps: readonly DecisionProofStep[]
  /** The decision's record, parsed; absent when the file could not be read. */
  readonly record?: CanonicalValue | undefined
}

const format = 'careledger-decision-proof/1'
const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const decisionBytesMax = 65_536

/** Whether bytes say of themselves that they are a decision's proof; nothing more is checked. */
export const isDecisionProof = (bytes: Uint8Array): boolean => {
  if (bytes.length > PROOF_BYTES_MAX) return false
  try {
    const value = parseCanonical(bytes)
    return typeof value === 'object' && !Array.isArray(value) && (value as { readonly format?: CanonicalValue }).format === format
  } catch {
    return false
  }
}

/** The bytes of a file, checked: canonical JSON. */
const decisionProofBytes = (file: DecisionProofFile): Uint8Array => {
  const bytes = canonicalBytes(file as unknown as CanonicalValue)
  parseDecisionProof(bytes)
  return bytes
}

/** Reads a file strictly; nothing is verified. Errors as `parseProof`. */
export const parseDecisionProof = (bytes: Uint8Array): DecisionProofFile => {
  if (bytes.length > PROOF_BYTES_MAX) throw new ProofError('TOO_LARGE', `A proof file has at most ${PROOF_BYTES_MAX} bytes.`)
  const members = readMembers(parseCanonical(bytes), '')
  members.text('format', /^careledger-decision-proof\/1$/)
  const decision = members.object('decision')
  const place = members.object('place')
  const about = decision.optionalText('about', /^[^]{1,1024}$/)
  const file: DecisionProofFile = {
    format,
    decision: { id: decision.text('id', idPattern), ...(about === undefined ? {} : { about }), bytes: decision.text('bytes', /^[A-Za-z0-9_-]{1,87382}$/) },
    place: { index: place.integer('index', 4_194_304), path: place.items('path', 53).map((value, index) => readBytesText(value, 32, below('place.path', index))) },
    covering: toProofFile(members.value('covering')),
  }
  for (const reader of [decision, place, members]) reader.end()
  return file
}

/**
 * Verifies offline, against pinned keys, that the platform recorded this decision: the covering entry as `verifyProof` does, the decision's
 * place under its root (`covered`), and that a system of the platform wrote that entry (`recorder`). It shows what was recorded, not that
 * nothing else was: `careledger audit` compares all. Never throws for what is in the file.
 */
export const verifyDecisionProof = async (input: Uint8Array, trust: Trust, options: VerifyOptions = {}): Promise<DecisionProofResult> => {
  let file: DecisionProofFile
  let record: CanonicalValue
  try {
    file = parseDecisionProof(input)
    record = readRecord(file.decision)
  } catch (error) {
    if (!isProofError(error)) throw error
    return { valid: false, steps: DECISION_PROOF_STEPS.map((name) => ({ name, ...(name === 'parse' ? fail(error.message) : unchecked('The file could not be read.')) })) }
  }
  const covering = await verifyProof(file.covering, trust, options)
  const own: readonly DecisionProofStep[] = [{ name: 'covered', ...attempt(() => checkCovered(file)) }, { name: 'recorder', ...attempt(() => checkRecorder(file.covering)) }]
  return { valid: covering.valid && own.every(({ outcome }) => outcome === 'pass'), steps: [...covering.steps, ...own], record }
}

/** The record's own id and patient are those of the row. Errors: ProofError. */
const readRecord = ({ id, about, bytes }: DecisionProofFile['decision']): CanonicalValue => {
  const raw = fromBase64url(bytes)
  if (raw.length > decisionBytesMax) throw new ProofError('TOO_LARGE', 'The record of a decision is short.', { path: 'decision.bytes' })
  const record = parseCanonical(raw) as { readonly id?: unknown; readonly about?: unknown }
  if (record.id !== id || record.about !== about) throw new ProofError('MALFORMED', 'The record is of another decision.', { path: 'decision.bytes' })
  return record as CanonicalValue
}

const attempt = (check: () => StepResult): StepResult => {
  try {
    return check()
  } catch (error) {
    if (isProofError(error)) return fail(error.message)
    throw error
  }
}

const rangeOf = (covering: ProofFile): DecisionRange | undefined => {
  if (covering.opening === undefined) return undefined
  const opening = openingFromJson(covering.opening as unknown as CanonicalValue, 'covering.opening')
  return 'payload' in opening && opening.mediaType === DECISIONS_MEDIA_TYPE ? parseDecisionRange(opening.payload) : undefined
}

const checkCovered = ({ decision, place, covering }: DecisionProofFile): StepResult => {
  const range = rangeOf(covering)
  if (covering.entry.network !== 'log' || covering.entry.type !== 'decisions-recorded' || range === undefined) return fail('The covering entry names no decisions.')
  if (decision.id < range.first || decision.id > range.last) return fail('The covering entry is about other decisions.')
  const row: LoggedDecision = { id: decision.id, about: decision.about, bytes: fromBase64url(decision.bytes) }
  const root = rootFromInclusion({ leafHash: leafHash(decisionHash(row)), index: place.index, size: range.count, path: place.path.map(fromBase64url) })
  if (root === undefined || !equalBytes(root, fromBase64url(range.root))) return fail('The decision is not the one that the log covers.')
  return pass(`The log covers this decision: number ${place.index + 1} of ${range.count}.`)
}

const checkRecorder = (covering: ProofFile): StepResult => {
  const enrolled = covering.credentials.find(({ entry }) => entry.id === covering.entry.author.credential)
  if (enrolled?.opening === undefined) return fail('The file does not say who wrote the covering entry.')
  const opening = openingFromJson(enrolled.opening as unknown as CanonicalValue, 'covering.credentials')
  const credential = 'payload' in opening ? parseCredential(opening.payload) : undefined
  if (credential === undefined || credential.organisation !== undefined || (credential.kind !== 'system' && credential.kind !== 'platform')) return fail('The covering entry was not written by the platform.')
  return pass(`Recorded by ${credential.party}.`)
}

/** The file of a decision, from what a log holds of it. */
export const toDecisionProof = (decision: LoggedDecision, place: { readonly index: number; readonly path: readonly Uint8Array[] }, covering: Uint8Array): Uint8Array =>
  decisionProofBytes({
    format,
    decision: { id: decision.id, ...(decision.about === undefined ? {} : { about: decision.about }), bytes: toBase64url(decision.bytes) },
    place: { index: place.index, path: place.path.map(toBase64url) },
    covering: toProofFile(JSON.parse(fromUtf8(covering)) as CanonicalValue),
  })
