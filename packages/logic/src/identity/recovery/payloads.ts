import { parseCanonical, partyPattern, toPublicJwk, type PublicJwk } from '@careledger/proof'
import { z } from 'zod'
import { LogicError } from '../../logic-error.ts'

/** Media types of `guardians-arranged`, `recovery-requested` and `recovery-approved`. */
export const GUARDIANS_MEDIA_TYPE = 'application/careledger-guardians+json'
export const RECOVERY_MEDIA_TYPE = 'application/careledger-recovery+json'
export const APPROVAL_MEDIA_TYPE = 'application/careledger-recovery-approval+json'

/** Who may let a person in again, how many of them it takes, and how long everybody waits. No guardians: nobody may. */
export interface Guardians { readonly v: 1; readonly guardians: readonly string[]; readonly threshold: number; /** 24 to 720. */ readonly waitHours: number }
/** That the person behind `party` has a new key, as whoever asks for them says. */
export interface RecoveryRequest { readonly v: 1; readonly party: string; readonly key: PublicJwk }

export const GUARDIANS_MAX = 7
const party = z.string().regex(partyPattern)
const guardians = z.strictObject({ v: z.literal(1), guardians: z.array(party).max(GUARDIANS_MAX), threshold: z.int().min(0).max(GUARDIANS_MAX), waitHours: z.int().min(24).max(720) })
  .refine(({ guardians, threshold }) => guardians.every((one, place) => place === 0 || (guardians[place - 1] as string) < one) && (guardians.length === 0 ? threshold === 0 : threshold >= Math.min(2, guardians.length) && threshold <= guardians.length))
const request = z.strictObject({ v: z.literal(1), party, key: z.looseObject({ kty: z.string() }) })
const approval = z.strictObject({ v: z.literal(1), key: z.string().regex(/^[\w-]{43}$/) })

/** Errors: INPUT_MALFORMED; ProofError for bytes that are not canonical. Guardians stand in ascending order; of two or more, one alone never suffices. */
export const parseGuardians = (bytes: Uint8Array): Guardians => parsed(guardians, bytes)

export function parseRecoveryRequest(bytes: Uint8Array): RecoveryRequest {
  const { party, key } = parsed(request, bytes)
  return { v: 1, party, key: toPublicJwk(key as never, 'key') }
}

/** The thumbprint that is approved. */
export const parseApproval = (bytes: Uint8Array): string => parsed(approval, bytes).key

function parsed<T>(shape: z.ZodType<T>, bytes: Uint8Array): T {
  const result = shape.safeParse(parseCanonical(bytes))
  if (!result.success) throw new LogicError('INPUT_MALFORMED', 'The payload does not have the documented form.', { details: { problems: result.error.issues.map(({ path, code, message }) => ({ path: path.join('.'), code, message })) } })
  return result.data
}
