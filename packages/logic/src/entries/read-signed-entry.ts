import { chainOf, entryHash, entrySignatureBytes, openCommitment, parseEntry, signatureHash, toEntrySignature, utf8, type CanonicalValue, type Entry, type EntrySignature } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import type { EntryType, Opening } from './network-definition.ts'
import type { StoredPayload } from './seal-stream.ts'
import type { SignedEntry } from './signed-entry.ts'

/** An author's entry after everything that needs no store: form, type, custodian, commitment. */
export interface ReadEntry {
  readonly entry: Entry
  readonly type: EntryType
  readonly canonical: Uint8Array
  readonly entryHash: Uint8Array
  readonly signature: EntrySignature
  readonly signatureBytes: Uint8Array
  readonly signatureHash: Uint8Array
  readonly chain: string
  readonly opening?: Opening | undefined
  readonly streamed?: StoredPayload | undefined
}

/** How far `issuedAt` may lie ahead of this instance's clock: 5 minutes. How far back does not matter; offline batches arrive late. */
const aheadMaxMs = 300_000

/**
 * Errors: INPUT_MALFORMED (form, unknown network or type, subject or payload against the type's rule), INPUT_TOO_LARGE,
 * COMMITMENT_MISMATCH, CLOCK_SKEW, NOT_ALLOWED (a custodian that this instance does not hold).
 */
export function readSignedEntry(parts: Parts, signed: SignedEntry): ReadEntry {
  try {
    const canonical = typeof signed.entry === 'string' ? utf8(signed.entry) : signed.entry
    const entry = parseEntry(canonical)
    const type = typeOf(parts, entry)
    checkShape(entry, type, signed)
    if (parts.vaults.get(entry.custodian) === undefined) throw new LogicError('NOT_ALLOWED', 'This instance does not hold that custodian\'s payloads.', { details: { custodian: entry.custodian } })
    if (Date.parse(entry.issuedAt) > parts.now().getTime() + aheadMaxMs) {
      throw new LogicError('CLOCK_SKEW', 'The entry was issued in the future.', { details: { id: entry.id, serverTime: parts.now().toISOString() } })
    }
    const opening = signed.opening ?? signed.streamed?.opening
    if (entry.payload !== undefined && opening !== undefined) openCommitment(entry.payload, opening)
    const signature = toEntrySignature(signed.signature as unknown as CanonicalValue)
    return {
      entry, type, canonical, entryHash: entryHash(canonical), signature, signatureBytes: entrySignatureBytes(signature),
      signatureHash: signatureHash(signature), chain: chainOf(entry), opening: signed.opening, streamed: signed.streamed,
    }
  } catch (error) {
    throw toLogicError(error)
  }
}

/** The type of an entry. Errors: INPUT_MALFORMED for a network or type that is not known here. */
export function typeOf(parts: Pick<Parts, 'networks'>, entry: Pick<Entry, 'id' | 'network' | 'type'>): EntryType {
  const types = parts.networks.get(entry.network)?.types
  const type = types !== undefined && Object.hasOwn(types, entry.type) ? types[entry.type] : undefined
  if (type === undefined) throw new LogicError('INPUT_MALFORMED', 'There is no such network or type of entry here.', { details: { id: entry.id, network: entry.network, type: entry.type } })
  return type
}

function checkShape(entry: Entry, type: EntryType, { opening: given, streamed }: Pick<SignedEntry, 'opening' | 'streamed'>): void {
  const opening = given ?? streamed?.opening
  const wrong = (message: string): LogicError => new LogicError('INPUT_MALFORMED', message, { details: { id: entry.id, type: entry.type } })
  if (type.subject !== (entry.subject !== undefined)) throw wrong(type.subject ? 'Entries of this type carry a subject.' : 'Entries of this type carry no subject.')
  if ((entry.payload === undefined) !== (opening === undefined)) throw wrong('A commitment comes with its opening, and an opening with its commitment.')
  if (given !== undefined && (type.streamed === true || streamed !== undefined)) throw wrong('The payload of entries of this type is streamed.')
  if (streamed !== undefined && type.streamed !== true) throw wrong('The payload of entries of this type is not streamed.')
  if (type.payload === 'required' && opening === undefined) throw wrong('Entries of this type carry a payload.')
  if (type.payload === 'none' && opening !== undefined) throw wrong('Entries of this type carry no payload.')
  if (opening !== undefined && type.mediaTypes !== undefined && !type.mediaTypes.includes(opening.mediaType)) throw wrong('Entries of this type carry another media type.')
}
