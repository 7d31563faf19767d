import { canonicalBytes, parseCanonical, partyPattern, type CanonicalValue } from '@careledger/proof'
import { z } from 'zod'
import { LogicError } from '../../logic-error.ts'
import { consentTermsBytes, GRANTEE_ROLES, parseConsentTerms, type ConsentTerms, type GranteeRole } from '../consent-terms.ts'
import { SENSITIVITIES, type Sensitivity } from '../sensitivity/kinds.ts'

export const PASSED_ON_MEDIA_TYPE = 'application/careledger-consent-pass+json'

/** Payload of a `consent-passed-on` entry: to whom, and what of the consent; what it does not say is as the consent has it. */
export interface PassedOn {
  readonly v: 1
  /** Id of the consent. */
  readonly consent: string
  readonly grantee: string
  readonly role?: GranteeRole | undefined
  readonly types?: readonly string[] | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Sensitive kinds that go along, ascending. Absent: none, whatever the consent has. */
  readonly sensitive?: readonly Sensitivity[] | undefined
  readonly expires: string
}

const party = z.string().regex(partyPattern)
const shape = z.strictObject({
  v: z.literal(1), consent: z.uuid(), grantee: party, role: z.enum(GRANTEE_ROLES).optional(), types: z.array(z.string()).min(1).max(100).optional(), from: z.iso.date().optional(), to: z.iso.date().optional(),
  sensitive: z.array(z.enum(SENSITIVITIES)).min(1).optional(), expires: z.string(),
})

/** Errors: INPUT_MALFORMED for any other form. */
export function parsePassedOn(payload: Uint8Array | undefined): PassedOn {
  let value: CanonicalValue
  try {
    value = parseCanonical(payload ?? new Uint8Array())
  } catch (cause) {
    throw refused('terms', 'not-canonical', 'The payload is canonical JSON (RFC 8785).', cause)
  }
  const parsed = shape.safeParse(value)
  if (!parsed.success) throw refused(['terms', ...(parsed.error.issues[0]?.path ?? [])].join('.'), 'shape', 'What is passed on has another shape.')
  return parsed.data
}

export function passedOnBytes(passed: PassedOn): Uint8Array {
  return canonicalBytes(JSON.parse(JSON.stringify(passed)) as CanonicalValue)
}

/**
 * The whole terms of what is passed on: those of the consent, narrowed. So whatever they reach the consent reaches, and nothing needs to look at both.
 * Errors: INPUT_MALFORMED where they would reach further or last longer, and as `parseConsentTerms`.
 */
export function narrowedTerms(parent: ConsentTerms, { grantee, role, types, from, to, sensitive, expires }: PassedOn, given: Date): ConsentTerms {
  const { categories, except, purpose } = parent
  if (parent.types !== undefined && types?.some((type) => !parent.types?.includes(type)) === true) throw refused('terms.types', 'wider', 'The consent does not reach these types.')
  if (sensitive?.some((kind) => parent.sensitive?.includes(kind) !== true) === true) throw refused('terms.sensitive', 'wider', 'The consent does not reach these kinds.')
  if (parent.from !== undefined && from !== undefined && from < parent.from) throw refused('terms.from', 'wider', 'The consent does not reach back so far.')
  if (parent.to !== undefined && to !== undefined && to > parent.to) throw refused('terms.to', 'wider', 'The consent does not reach so far.')
  if (expires > parent.expires) throw refused('terms.expires', 'longer', 'Nothing is passed on for longer than the consent.')
  const members = { grantee, role, types: types ?? parent.types, categories, from: from ?? parent.from, to: to ?? parent.to, sensitive, except, purpose, expires, direct: false }
  const terms = { v: 1, ...Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) } as unknown as ConsentTerms
  return parseConsentTerms(consentTermsBytes(terms, given), given)
}

function refused(path: string, code: string, message: string, cause?: unknown): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { cause, details: { problems: [{ path, code, message }] } })
}
