import { z } from 'zod'
import { canonicalPayload, parsePayload } from '../../entries/payload-shape.ts'
import { SENSITIVITIES, type Sensitivity } from '../../consent/sensitivity/kinds.ts'

export const EMERGENCY_MEDIA_TYPE = 'application/careledger-emergency+json'
export const REVIEW_MEDIA_TYPE = 'application/careledger-review+json'

/** How long an emergency access lasts at most: 4 hours. */
export const EMERGENCY_MS = 4 * 3_600_000
/** How long the custodian's privacy officer has to review it before its management is told: 72 hours from the opening. */
export const REVIEW_MS = 72 * 3_600_000

/**
 * What the opener attests, by name: the person's life or health is in danger, and they cannot be asked. After GDPR Art. 9(2)(c) (vital
 * interests, where the person is physically or legally incapable of giving consent).
 */
export const EMERGENCY_TEST = 'vital-interests/1'
export const EMERGENCY_REASONS = ['unconscious', 'cannot-communicate', 'no-time', 'other'] as const
export type EmergencyReason = (typeof EMERGENCY_REASONS)[number]

/** Payload of `emergency-opened`; sealed under the patient's key like every other. */
export interface EmergencyOpening {
  readonly v: 1
  readonly test: typeof EMERGENCY_TEST
  /** `record`: the glass, that is, everything but the sensitive kinds that are not named. `seal`: the named kinds within a consent that holds. */
  readonly opens: 'record' | 'seal'
  readonly sensitive?: readonly Sensitivity[] | undefined
  readonly reason: EmergencyReason
  /** A sentence, at most 500 characters. */
  readonly text: string
  /** When it ends by itself: at most 4 hours after it was issued. */
  readonly until: string
}

/** Payload of `emergency-reviewed`. */
export interface EmergencyReview {
  readonly v: 1
  readonly outcome: ReviewOutcome
  /** At most 500 characters; may be empty. */
  readonly note: string
}
export type ReviewOutcome = 'justified' | 'misuse'

/** An open one, as the policy row keeps it. */
export interface OpenEmergency {
  /** Id of its `emergency-opened` entry. */
  readonly id: string
  readonly party: string
  readonly opens: 'record' | 'seal'
  readonly sensitive?: readonly Sensitivity[] | undefined
  readonly until: string
}

/** Row `emergency`, sealed; key = entry id; indexes `patient`; `review`, `<custodian>/<state>`; and `due`, a day, while nobody has reviewed it. */
export interface EmergencyRow {
  readonly party: string
  readonly organisation: string
  readonly opens: 'record' | 'seal'
  readonly sensitive?: readonly Sensitivity[] | undefined
  readonly reason: EmergencyReason
  readonly text: string
  readonly at: string
  readonly until: string
  /** By when it is to be reviewed. */
  readonly due: string
  readonly ended?: Step | undefined
  readonly escalated?: Step | undefined
  readonly reviewed?: (Step & Omit<EmergencyReview, 'v'>) | undefined
}

/** A later entry about it. */
export interface Step {
  readonly entry: string
  readonly at: string
  readonly party: string
}

export type ReviewState = 'open' | 'escalated' | 'closed'

const openingShape = z.strictObject({
  v: z.literal(1),
  test: z.literal(EMERGENCY_TEST),
  opens: z.enum(['record', 'seal']),
  sensitive: z.array(z.enum(SENSITIVITIES)).min(1).max(SENSITIVITIES.length).refine((kinds) => kinds.every((kind, place) => place === 0 || (kinds[place - 1] as string) < kind), 'Kinds stand in ascending order, each once.').optional(),
  reason: z.enum(EMERGENCY_REASONS),
  text: z.string().trim().min(3).max(500),
  until: z.iso.datetime({ precision: 3 }).endsWith('Z'),
})
const reviewShape = z.strictObject({ v: z.literal(1), outcome: z.enum(['justified', 'misuse']), note: z.string().max(500) })

/** Errors of both: INPUT_MALFORMED where the payload is not canonical JSON of this shape. */
export const parseEmergency = (payload: Uint8Array | undefined): EmergencyOpening => parsePayload(openingShape, payload) as EmergencyOpening
export const parseReview = (payload: Uint8Array | undefined): EmergencyReview => parsePayload(reviewShape, payload) as EmergencyReview
/** The bytes that an author commits to. */
export const emergencyBytes = (payload: EmergencyOpening | EmergencyReview): Uint8Array => canonicalPayload(payload)

export const reviewIndex = (custodian: string, state: ReviewState): string => `${custodian}/${state}`
export const reviewState = ({ escalated, reviewed }: Pick<EmergencyRow, 'escalated' | 'reviewed'>): ReviewState => (reviewed !== undefined ? 'closed' : escalated !== undefined ? 'escalated' : 'open')

/** Who reviews: the custodian's privacy officers; once it is escalated, also its administrators and the custodian itself. Never who opened it. */
export function reviews(actor: { readonly party: string; readonly organisation?: string | undefined; readonly roles: readonly string[] }, custodian: string, row: Pick<EmergencyRow, 'escalated' | 'party'>): boolean {
  if (actor.party === row.party || (actor.organisation ?? actor.party) !== custodian) return false
  return actor.roles.includes('privacy-officer') || (row.escalated !== undefined && actor.roles.includes('admin'))
}
