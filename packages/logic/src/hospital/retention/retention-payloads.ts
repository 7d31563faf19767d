import { z } from 'zod'
import { canonicalPayload, parsePayload } from '../../entries/payload-shape.ts'

export const RETENTION_MEDIA_TYPE = 'application/careledger-retention+json'
export const HOLD_MEDIA_TYPE = 'application/careledger-hold+json'

/** For how long records of some types must be kept, and by which law. */
export interface RetentionRule {
  /** ISO 3166 country, or country and region, whose law it is: `KR`, `DE`, `US-CA`. */
  readonly jurisdiction: string
  /** Resource types; absent: all. */
  readonly types?: readonly string[] | undefined
  /** Whole years, 1 to 100. */
  readonly years: number
  /** From the end of the day of the record itself, or of the patient's last record. */
  readonly from: 'record' | 'last-record'
  /** The legal basis in words, for the answer to an erasure request. */
  readonly basis: string
  /** Where the law can be read. */
  readonly source: string
}

/** Payload of `retention-set`: it replaces what was set before. An empty list: nothing need be kept. */
export interface RetentionPolicy {
  readonly v: 1
  readonly rules: readonly RetentionRule[]
}

/** Payload of `hold-placed`: nothing of this patient is erased until it is released. */
export interface LegalHold {
  readonly v: 1
  readonly basis: string
  readonly source?: string | undefined
}

const source = z.url({ protocol: /^https$/ }).max(300)
const rule = z.strictObject({
  jurisdiction: z.string().regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/), types: z.array(z.string().regex(/^[A-Z][A-Za-z]{1,63}$/)).min(1).max(100).optional(),
  years: z.int().min(1).max(100), from: z.enum(['record', 'last-record']), basis: z.string().min(1).max(300), source,
})
const policy = z.strictObject({ v: z.literal(1), rules: z.array(rule).max(100) })
const hold = z.strictObject({ v: z.literal(1), basis: z.string().min(1).max(300), source: source.optional() })

/** Errors of both: INPUT_MALFORMED where the payload is not canonical JSON of this shape, with the place. */
export const parseRetention = (payload: Uint8Array | undefined): RetentionPolicy => parsePayload(policy, payload) as RetentionPolicy
export const parseHold = (payload: Uint8Array | undefined): LegalHold => parsePayload(hold, payload) as LegalHold

export function retentionBytes(payload: RetentionPolicy | LegalHold): Uint8Array {
  return canonicalPayload(payload)
}
