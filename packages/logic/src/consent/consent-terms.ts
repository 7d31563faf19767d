import { canonicalBytes, parseCanonical, partyPattern, type CanonicalValue } from '@careledger/proof'
import { z } from 'zod'
import { LogicError } from '../logic-error.ts'
import { SENSITIVITIES, type Sensitivity } from './sensitivity/kinds.ts'

export const CONSENT_MEDIA_TYPE = 'application/careledger-consent+json'

export const PURPOSES = ['treatment', 'payment', 'research', 'operations', 'patient-request'] as const
export type Purpose = (typeof PURPOSES)[number]

/** Roles within an organisation to which a consent for it can be narrowed, and to which it reaches when it is not. */
export const GRANTEE_ROLES = ['doctor', 'records-clerk', 'system'] as const
export type GranteeRole = (typeof GRANTEE_ROLES)[number]

/** What a patient agreed to: the payload of a `consent-given` entry, as canonical JSON. */
export interface ConsentTerms {
  readonly v: 1
  /** A person, a system or a whole organisation, by party id. */
  readonly grantee: string
  /** Only people of the organisation in this role. */
  readonly role?: GranteeRole | undefined
  /** Resource types, at most 100; absent = all. */
  readonly types?: readonly string[] | undefined
  /** `system|code` of a record's `category`, one of which it must have; at most 20. Absent = all. */
  readonly categories?: readonly string[] | undefined
  /** Clinical dates `YYYY-MM-DD`, inclusive. With either, a record without a date is outside; the Patient resource never is. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Sensitive kinds that are included, ascending. A record of a kind that is not named is outside, whatever else it is. Absent = none. */
  readonly sensitive?: readonly Sensitivity[] | undefined
  /** "All but ...": at most 20. */
  readonly except?: readonly ConsentException[] | undefined
  readonly purpose: Purpose
  /** `YYYY-MM-DDTHH:MM:SS.sssZ`: the first instant at which it no longer holds. */
  readonly expires: string
  /** Whether epoch keys are handed out; only for terms that leave out nothing, for an epoch key shows that records of every kind exist. */
  readonly direct: boolean
  /** The grantee may pass it on to others by name, within these terms; absent: nobody passes it on. */
  readonly passOn?: true | undefined
}

/** What one exception takes out: what fits all members that it has. Where a record does not say, it is taken out. */
export interface ConsentException {
  /** People of the organisation who may not read, by party id; at most 20. */
  readonly people?: readonly string[] | undefined
  readonly types?: readonly string[] | undefined
  readonly categories?: readonly string[] | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** A consent that was given and not withdrawn, as the policy row keeps it. */
export interface Consent {
  /** Id of its `consent-given` entry. */
  readonly id: string
  readonly terms: ConsentTerms
  /** The consent that its grantee passed on by this one: it ends with that one at the latest. */
  readonly under?: string | undefined
  /** Not a consent but what an emergency opens, made at each decision out of the emergency's entry, which `id` names. */
  readonly emergency?: true | undefined
}

const types = z.array(z.string().regex(/^[A-Z][A-Za-z]{1,63}$/)).min(1).max(100)
const categories = z.array(z.string().regex(/^[^|\s]{0,256}\|[^|\s]{1,64}$/)).min(1).max(20)
const party = z.string().regex(partyPattern)
const exception = z.strictObject({ people: z.array(party).min(1).max(20).optional(), types: types.optional(), categories: categories.optional(), from: z.iso.date().optional(), to: z.iso.date().optional() })

const shape = z.strictObject({
  v: z.literal(1),
  grantee: party,
  role: z.enum(GRANTEE_ROLES).optional(),
  types: types.optional(),
  categories: categories.optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  sensitive: z.array(z.enum(SENSITIVITIES)).min(1).max(SENSITIVITIES.length).optional(),
  except: z.array(exception).min(1).max(20).optional(),
  purpose: z.enum(PURPOSES),
  expires: z.iso.datetime({ precision: 3 }).endsWith('Z'),
  direct: z.boolean(),
  passOn: z.literal(true).optional(),
})

/** Longest life of a consent: 366 days, so that a year is never cut short. */
export const CONSENT_DAYS_MAX = 366
const dayMs = 86_400_000

/**
 * Reads the payload of a `consent-given` entry given at `given`. Errors: INPUT_MALFORMED with `problems` for another shape, a range that
 * ends before it begins, an exception that says nothing, kinds out of order, terms that are over when given or run longer than a year, and
 * `direct` beside anything that leaves records out.
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
  checkRange(terms, 'terms')
  checkLife(terms, given)
  if (terms.sensitive?.some((kind, place, kinds) => place > 0 && (kinds[place - 1] as string) >= kind) === true) throw refused('terms.sensitive', 'order', 'Kinds stand in ascending order, each once.')
  for (const [place, one] of (terms.except ?? []).entries()) {
    if (Object.keys(one).length === 0) throw refused(`terms.except.${place}`, 'empty', 'An exception says what it takes out.')
    checkRange(one, `terms.except.${place}`)
  }
  if (terms.direct && isBounded(terms)) throw refused('terms.direct', 'direct-bounded', 'Direct query shows that records of every type and date exist, so it can only be given for all of them.')
  return terms
}

/** Whether terms leave out records by type, category, date or exception. What sensitive kinds they name is another question. */
export function isBounded({ types, categories, from, to, except }: ConsentTerms): boolean {
  return types !== undefined || categories !== undefined || from !== undefined || to !== undefined || except !== undefined
}

/** Whether terms leave out nothing at all: only then may whoever holds them learn how many records there are. */
export function sharesEverything(terms: ConsentTerms): boolean {
  return !isBounded(terms) && terms.sensitive?.length === SENSITIVITIES.length
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

function checkRange({ from, to }: Pick<ConsentTerms, 'from' | 'to'>, path: string): void {
  if (from !== undefined && to !== undefined && to < from) throw refused(`${path}.to`, 'range', 'The range of dates ends before it begins.')
}

function refused(path: string, code: string, message: string, cause?: unknown): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { cause, details: { problems: [{ path, code, message }] } })
}
