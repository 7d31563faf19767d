import { partyPattern } from '@careledger/proof'
import { z } from 'zod'
import { canonicalPayload, parsePayload } from '../../entries/payload-shape.ts'

export const ERASURE_PROPOSAL_MEDIA_TYPE = 'application/careledger-erasure-proposal+json'
export const ERASURE_ORDER_MEDIA_TYPE = 'application/careledger-erasure-order+json'
export const ERASURE_REFUSAL_MEDIA_TYPE = 'application/careledger-erasure-refusal+json'

/** Payload of `erasure-proposed`: the first of two people of the custodian. */
export interface ErasureProposal {
  readonly v: 1
  /** The patient asked, or nothing need be kept any more. */
  readonly ground: 'request' | 'period-ended'
  /** The patient's `erasure-requested` entry, under `request`. */
  readonly request?: string | undefined
}

/** Payload of `erasure-approved`: the second person. It holds all that is kept of the order once the patient's keys are gone. */
export interface ErasureOrder {
  readonly v: 1
  readonly proposal: string
  /** Who proposed: another person than who approves. */
  readonly proposer: string
  /** The patient's request and who asked, so that they can fetch the certificate afterwards. */
  readonly request?: string | undefined
  readonly asker?: string | undefined
}

/** Payload of `erasure-refused`: why not, as retention answered on that day. */
export interface ErasureRefused {
  readonly v: 1
  readonly reasons: readonly { readonly kind: 'period' | 'hold'; readonly basis: string; readonly source?: string | undefined; readonly until?: string | undefined }[]
}

const party = z.string().regex(partyPattern)
const proposal = z.strictObject({ v: z.literal(1), ground: z.enum(['request', 'period-ended']), request: z.uuid().optional() })
const order = z.strictObject({ v: z.literal(1), proposal: z.uuid(), proposer: party, request: z.uuid().optional(), asker: party.optional() })
const reason = z.strictObject({ kind: z.enum(['period', 'hold']), basis: z.string().min(1).max(300), source: z.string().max(300).optional(), until: z.iso.date().optional() })
const refusal = z.strictObject({ v: z.literal(1), reasons: z.array(reason).min(1).max(150) })

/** Errors of all three: INPUT_MALFORMED where the payload is not canonical JSON of this shape, with the place. */
export const parseProposal = (payload: Uint8Array | undefined): ErasureProposal => parsePayload(proposal, payload)
export const parseOrder = (payload: Uint8Array | undefined): ErasureOrder => parsePayload(order, payload)
export const parseRefusal = (payload: Uint8Array | undefined): ErasureRefused => parsePayload(refusal, payload)

export function erasureBytes(payload: ErasureProposal | ErasureOrder | ErasureRefused): Uint8Array {
  return canonicalPayload(payload)
}
