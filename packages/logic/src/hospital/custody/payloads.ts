import { canonicalBytes, openCommitment, openingFromJson, parseProof, partyPattern, utf8, type CanonicalValue, type ProofFile } from '@careledger/proof'
import { z } from 'zod'
import { LogicError } from '../../logic-error.ts'
import { parsePayload } from '../../entries/payload-shape.ts'

export const ORIGIN_MEDIA_TYPE = 'application/careledger-record-origin+json'
export const CUSTODY_MEDIA_TYPE = 'application/careledger-custody+json'
export const CUSTODY_ORDER_MEDIA_TYPE = 'application/careledger-custody-order+json'
export const CUSTODY_RECEIPT_MEDIA_TYPE = 'application/careledger-custody-receipt+json'

/** Payload of `record-received`: where a record of this custodian comes from. */
export interface RecordOrigin {
  readonly v: 1
  /** Id of the `record-created` entry here. */
  readonly record: string
  /** Proof file of the entry at the former custodian; its opening shows the SHA-256 of the payload, whose bytes the record holds. */
  readonly proof: string
}

/** Payload of `custody-transferred`: who keeps the record from now on, and by whose word: the patient's consent, or (v 2) a confirmed order. */
export type CustodyTransfer = { readonly v: 1; readonly to: string; readonly consent: string } | {
  readonly v: 2
  /** Party id, as it is known at this custodian. */
  readonly to: string
  /** The `custody-ordered` entry. */
  readonly order: string
  /** SHA-256 of the proof file by which the new custodian says that it has the record; base64url. */
  readonly receipt?: string | undefined
}

/** Payload of `custody-ordered`: a custodian that closes. */
export interface CustodyOrder {
  readonly v: 1
  readonly to: string
  /** The legal basis in words, which patients read. */
  readonly basis: string
  readonly source?: string | undefined
}

export const CUSTODY_ANSWER_MEDIA_TYPE = 'application/careledger-custody-answer+json'

/** Why a hospital does not take an offered record, and why the sender takes an offer back. */
export const REFUSAL_REASONS = ['no-capacity', 'not-our-care', 'incomplete', 'proof-failed', 'patient-unknown', 'other'] as const
export const TAKE_BACK_REASONS = ['patient-changed-mind', 'sent-in-error', 'refused-elsewhere', 'other'] as const

/** Payload of `custody-offer-refused` and `custody-offer-taken-back`. */
export interface OfferAnswer {
  readonly v: 1
  readonly reason: (typeof REFUSAL_REASONS)[number] | (typeof TAKE_BACK_REASONS)[number]
  /** In words, which the other hospital and the patient read. */
  readonly words?: string | undefined
}

/** Payload of `custody-received`, the new custodian's receipt: how many records, and one hash over the hashes of their bytes in order. */
export interface CustodyReceipt {
  readonly v: 1
  readonly from: string
  readonly records: number
  /** SHA-256 over the sorted SHA-256 of each record's bytes; base64url. */
  readonly digest: string
}

const origin = z.strictObject({ v: z.literal(1), record: z.uuid(), proof: z.string().min(1).max(262_144) })
export const ATTACHMENT_ORIGIN_MEDIA_TYPE = 'application/careledger-attachment-origin+json'

/** Payload of `attachment-received`. */
export interface AttachmentOrigin {
  readonly v: 1
  /** Id of the `attachment-created` entry here. */
  readonly attachment: string
  readonly former: { readonly custodian: string; readonly entry: string }
}

const party = z.string().regex(partyPattern)
const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const transfer = z.union([
  z.strictObject({ v: z.literal(1), to: party, consent: z.uuid() }),
  z.strictObject({ v: z.literal(2), to: party, order: z.uuid(), receipt: hash.optional() }),
])
const order = z.strictObject({ v: z.literal(1), to: party, basis: z.string().min(1).max(300), source: z.url({ protocol: /^https$/ }).max(300).optional() })
const offerAnswer = z.strictObject({ v: z.literal(1), reason: z.enum([...REFUSAL_REASONS, ...TAKE_BACK_REASONS]), words: z.string().min(1).max(300).optional() })
const receipt = z.strictObject({ v: z.literal(1), from: party, records: z.int().min(1), digest: hash })

/** Errors of all: INPUT_MALFORMED. */
export const parseOrigin = (payload: Uint8Array | undefined): RecordOrigin => parsePayload(origin, payload)
export const parseTransfer = (payload: Uint8Array | undefined): CustodyTransfer => parsePayload(transfer, payload)
export const parseCustodyOrder = (payload: Uint8Array | undefined): CustodyOrder => parsePayload(order, payload)
const attachmentOrigin = z.strictObject({ v: z.literal(1), attachment: z.uuid(), former: z.strictObject({ custodian: party, entry: z.uuid() }) })
export const parseAttachmentOrigin = (payload: Uint8Array | undefined): AttachmentOrigin => parsePayload(attachmentOrigin, payload)
export const parseOfferAnswer = (payload: Uint8Array | undefined): OfferAnswer => parsePayload(offerAnswer, payload)
export const parseReceipt = (payload: Uint8Array | undefined): CustodyReceipt => parsePayload(receipt, payload)

export function custodyBytes(payload: RecordOrigin | CustodyTransfer | CustodyOrder | CustodyReceipt | AttachmentOrigin | OfferAnswer): Uint8Array {
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
