import { canonicalBytes, openCommitment, openingFromJson, parseProof, partyPattern, utf8, type CanonicalValue, type ProofFile } from '@careledger/proof'
import { z } from 'zod'
import { LogicError } from '../../logic-error.ts'
import { parsePayload } from '../../entries/payload-shape.ts'

export const ORIGIN_MEDIA_TYPE = 'application/careledger-record-origin+json'
export const CUSTODY_MEDIA_TYPE = 'application/careledger-custody+json'

/** Payload of `record-received`: where a record of this custodian comes from. */
export interface RecordOrigin {
  readonly v: 1
  /** Id of the `record-created` entry here. */
  readonly record: string
  /** Proof file of the entry at the former custodian; its opening shows the SHA-256 of the payload, whose bytes the record holds. */
  readonly proof: string
}

/** Payload of `custody-transferred`: who keeps the record from now on, and the consent by which the patient said so. */
export interface CustodyTransfer {
  readonly v: 1
  /** Party id, as it is known at this custodian. */
  readonly to: string
  readonly consent: string
}

const origin = z.strictObject({ v: z.literal(1), record: z.uuid(), proof: z.string().min(1).max(262_144) })
const transfer = z.strictObject({ v: z.literal(1), to: z.string().regex(partyPattern), consent: z.uuid() })

/** Errors of both: INPUT_MALFORMED. */
export const parseOrigin = (payload: Uint8Array | undefined): RecordOrigin => parsePayload(origin, payload)
export const parseTransfer = (payload: Uint8Array | undefined): CustodyTransfer => parsePayload(transfer, payload)

export function custodyBytes(payload: RecordOrigin | CustodyTransfer): Uint8Array {
  return canonicalBytes(payload as unknown as CanonicalValue)
}

/** What the proof of a received record says of it, as far as its form goes; whoever relies on it verifies it against pinned keys. Errors: INPUT_MALFORMED. */
export function readOriginProof(text: string): { readonly file: ProofFile; readonly sha256: Uint8Array } {
  try {
    const file = parseProof(utf8(text))
    const opening = openingFromJson(file.opening as never)
    if ('payload' in opening || file.entry.payload === undefined || file.entry.type !== 'record-created') throw new TypeError('another form')
    openCommitment(file.entry.payload, opening)
    return { file, sha256: opening.payloadHash }
  } catch (cause) {
    throw new LogicError('INPUT_MALFORMED', 'The proof is not of a record, with the hash of its payload.', { cause })
  }
}
