import { canonicalBytes, parseCanonical, partyPattern, type CanonicalValue } from '@careledger/proof'
import { z } from 'zod'
import { LogicError } from '../logic-error.ts'

export const CONSENT_MEDIA_TYPE = 'application/careledger-consent+json'

export const PURPOSES = ['treatment', 'payment', 'research', 'operations', 'patient-request'] as const
export type Purpose = (typeof PURPOSES)[number]

/** What a patient agreed to: the payload of a `consent-given` entry, as canonical JSON. */
export interface ConsentTerms {
  readonly v: 1
  /** A person, a system or a whole organisation, by party id. */
  readonly grantee: string
  /** Resource types, at most 100; absent = all. */
  readonly types?: readonly string[] | undefined
  /** Clinical dates `YYYY-MM-DD`, inclusive. With either, a record without a date is outside; the Patient resource never is. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly purpose: Purpose
  /** `YYYY-MM-DDTHH:MM:SS.sssZ`: the first instant at which it no longer holds. */
  readonly expires: string
  /** Whether epoch keys are handed out; only for terms without types and dates, for an epoch key shows that records of every type exist. */
  readonly direct: boolean
}

/** A consent that was given and not withdrawn, as the policy row keeps it. */
export interface Consent {
  /** Id of its `consent-given` entry. */
  readonly id: string
  readonly terms: ConsentTerms
}

const shape = z.strictObject({
  v: z.literal(1),
  grantee: z.string().regex(partyPattern),
  types: z.array(z.string().regex(/^[A-Z][A-Za-z]{1,63}$/)).min(1).max(100).optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  purpose: z.enum(PURPOSES),
  expires: z.iso.datetime({ precision: 3 }).endsWith('Z'),
  direct: z.boolean(),
})

/** Longest life of a consent: 366 days, so that a year is never cut short. */
export const CONSENT_DAYS_MAX = 366
const dayMs = 86_400_000

/**
 * Reads the payload of a `consent-given` entry given at `given`. Errors: INPUT_MALFORMED with `problems` for another shape, a range that
 * ends before it begins, terms that are over when given or run longer than a year, and `direct` beside types or dates.
 */
export function parseConsentTerms(payload: Uint8Array, given: Date): ConsentTerms {
  let value: CanonicalValue
  try {
    value = parseCanonical(payload)
  } catch (cause) {
    throw refused('terms', 'not-canonical', 'The terms are canonical JSON (RFC 8785).', cause)
  }
  const parsed = shape.safeParse(value)
  if (!parsed.success) throw refused(['terms', ...(parsed.error.issues[0]?.path ?? [])].join('.'), 'shape', 'The terms have another shape than a consent has.')
  const terms = parsed.data as ConsentTerms
  if (terms.from !== undefined && terms.to !== undefined && terms.to < terms.from) throw refused('terms.to', 'range', 'The range of dates ends before it begins.')
  checkLife(terms, given)
  if (terms.direct && (terms.types !== undefined || terms.from !== undefined || terms.to !== undefined)) {
    throw refused('terms.direct', 'direct-bounded', 'Direct query shows that records of every type and date exist, so it can only be given for all of them.')
  }
  return terms
}

/** Errors: INPUT_MALFORMED where the terms are over at `given` or run longer than a year from then. */
export function checkLife(terms: Pick<ConsentTerms, 'expires'>, given: Date): void {
  const expires = Date.parse(terms.expires)
  if (expires <= given.getTime()) throw refused('terms.expires', 'expired', 'The consent is over before it begins.')
  if (expires > given.getTime() + CONSENT_DAYS_MAX * dayMs) throw refused('terms.expires', 'too-long', 'A consent holds for one year at most.')
}

/** The bytes that a patient signs a commitment to. Errors: as `parseConsentTerms`. */
export function consentTermsBytes(terms: ConsentTerms, given: Date): Uint8Array {
  const bytes = canonicalBytes(JSON.parse(JSON.stringify(terms)) as CanonicalValue)
  parseConsentTerms(bytes, given)
  return bytes
}


function refused(path: string, code: string, message: string, cause?: unknown): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { cause, details: { problems: [{ path, code, message }] } })
}
