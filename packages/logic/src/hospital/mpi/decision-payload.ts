import { canonicalBytes } from '@careledger/proof'
import { z } from 'zod'
import { parsePayload } from '../../entries/payload-shape.ts'

/** Media type of what clerks decide about two patients: canonical `{ v: 1, patient, other }`, two handles. */
export const IDENTITY_DECISION_MEDIA_TYPE = 'application/careledger-identity-decision+json'

export interface IdentityDecision {
  /** Whose subject the entry carries; of a merge, the one that stays in front. */
  readonly patient: string
  readonly other: string
}

const shape = z.strictObject({ v: z.literal(1), patient: z.uuid(), other: z.uuid() })

/** Errors: INPUT_MALFORMED. */
export function parseIdentityDecision(payload: Uint8Array | undefined): IdentityDecision {
  return parsePayload(shape, payload)
}

export function identityDecisionBytes({ patient, other }: IdentityDecision): Uint8Array {
  return canonicalBytes({ v: 1, patient, other })
}
