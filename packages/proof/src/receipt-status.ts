import { utf8 } from './bytes.ts'
import { canonicalBytes, parseCanonical, type CanonicalValue } from './canonical-json.ts'
import { openingFromJson } from './commitment.ts'
import type { Trust, VerifyOptions } from './proof-context.ts'
import { isProofError, ProofError } from './proof-error.ts'
import type { ProofFile } from './proof-file.ts'
import { jwkThumbprint, toPublicJwk } from './public-key.ts'
import { readMembers } from './read-members.ts'
import { verifyProof } from './verify-proof.ts'

export const KEY_STATUS_FORMAT = 'careledger-key-status/1'
/** Largest status file, in bytes, and most entries in it. */
export const KEY_STATUS_BYTES_MAX = 16 * 1_048_576
const entriesMax = 200

/** What a custodian did with its issuing keys: proof files, with openings, of its `card-key-enrolled` and `card-key-revoked` entries. */
export interface KeyStatusFile {
  readonly format: typeof KEY_STATUS_FORMAT
  readonly custodian: string
  /** When it was put together, as whoever did so says. */
  readonly at: string
  readonly entries: readonly string[]
}

/** The file, as canonical JSON. */
export const keyStatusBytes = ({ format, custodian, at, entries }: KeyStatusFile): Uint8Array => canonicalBytes({ format, custodian, at, entries: [...entries] })

/** Reads a status file. Errors: MALFORMED, TOO_LARGE. */
export const parseKeyStatus = (bytes: Uint8Array): KeyStatusFile => {
  if (bytes.length > KEY_STATUS_BYTES_MAX) throw new ProofError('TOO_LARGE', `A status file has at most ${KEY_STATUS_BYTES_MAX} bytes.`)
  const members = readMembers(parseCanonical(bytes), '')
  members.text('format', /^careledger-key-status\/1$/)
  const file = { format: KEY_STATUS_FORMAT, custodian: members.text('custodian', /^[a-z0-9][a-z0-9-]{0,63}$/), at: members.text('at', /^\d{4}-\d{2}-\d{2}T[\d:.]{12}Z$/), entries: members.value('entries') } as const
  members.end()
  if (!Array.isArray(file.entries) || file.entries.length > entriesMax || file.entries.some((one) => typeof one !== 'string')) throw new ProofError('MALFORMED', 'The entries of a status file are texts of proof files.')
  return { ...file, entries: file.entries as readonly string[] }
}

/** The step of a receipt's check that says whether its issuing key was in use. */
export interface IssuerStatus {
  readonly name: 'status'
  readonly outcome: 'pass' | 'fail' | 'unchecked'
  /** One sentence, in English. */
  readonly detail: string
}

/** The key that signed a receipt, where its enrolment stands in the log, and the size of the newest log that the receipt itself has seen. */
export interface IssuedUnder { readonly custodian: string; readonly key: string; readonly enrolledAt: number; readonly made: number }

/**
 * Whether the issuing key was in use when the receipt was made, by log order: what revoked or replaced it must not stand in the log that the receipt
 * itself rests on. What came later takes nothing back. Each entry is proven by the log; that there are no more is the word of whoever gave the file.
 */
export const issuerStatus = async (bytes: Uint8Array | undefined, under: IssuedUnder, trust: Trust, options: Pick<VerifyOptions, 'verifyAnchor'>): Promise<IssuerStatus> => {
  if (bytes === undefined) return { name: 'status', outcome: 'unchecked', detail: 'Whether the hospital has revoked or replaced the key was not asked.' }
  try {
    return await statusOf(parseKeyStatus(bytes), under, trust, options)
  } catch (error) {
    if (isProofError(error)) return { name: 'status', outcome: 'fail', detail: `The status file cannot be used: ${error.message}` }
    throw error
  }
}

const statusOf = async ({ custodian, at, entries }: KeyStatusFile, under: IssuedUnder, trust: Trust, options: Pick<VerifyOptions, 'verifyAnchor'>): Promise<IssuerStatus> => {
  if (custodian !== under.custodian) throw new ProofError('MALFORMED', 'It is about another organisation.')
  const ends: { readonly word: string; readonly index: number }[] = []
  let known = false
  for (const text of entries) {
    const { valid, file } = await verifyProof(utf8(text), trust, options)
    if (!valid || file === undefined || file.entry.custodian !== custodian) throw new ProofError('MALFORMED', 'One of its proofs does not hold.')
    const act = actOn(file, under)
    if (act === 'enrolled') known = true
    else if (act !== undefined) ends.push({ word: act, index: file.log.index })
  }
  const before = ends.find(({ index }) => index < under.made)
  if (before !== undefined) return { name: 'status', outcome: 'fail', detail: `The key had been ${before.word} before the receipt was made: by entry ${before.index} of the log, of which the receipt has seen ${under.made}.` }
  if (!known) return { name: 'status', outcome: 'unchecked', detail: `The status file of ${at} does not know the key.` }
  const later = ends[0] === undefined ? '' : ` It was ${ends[0].word} later, by entry ${ends[0].index}.`
  return { name: 'status', outcome: 'pass', detail: `The key was in use when the receipt was made, by what the status file of ${at} says.${later}` }
}

/** What an entry did to the key; `undefined`: nothing. */
const actOn = ({ entry, log, opening }: ProofFile, { key, enrolledAt }: IssuedUnder): 'enrolled' | 'revoked' | 'replaced' | undefined => {
  const named = parseCanonical(payload(opening)) as { readonly key?: CanonicalValue }
  if (entry.type === 'card-key-revoked') return named.key === key ? 'revoked' : undefined
  if (entry.type !== 'card-key-enrolled') throw new ProofError('MALFORMED', 'One of its entries is of another type.')
  if (jwkThumbprint(toPublicJwk(named.key as CanonicalValue, 'key')) === key) return 'enrolled'
  return log.index > enrolledAt ? 'replaced' : undefined
}

const payload = (json: ProofFile['opening']): Uint8Array => {
  const opening = json === undefined ? undefined : openingFromJson(json as never)
  if (opening === undefined || !('payload' in opening)) throw new ProofError('MALFORMED', 'One of its proofs does not show what was signed.')
  return opening.payload
}
