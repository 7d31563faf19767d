import type { IncomingMessage } from 'node:http'
import type { Actor, Authentication, PendingProof, Session } from '@careledger/identity'
import { Problem } from '../contracts/problem.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'

/** Who makes a request, by its token and proof of possession. */
export interface Caller {
  readonly actor: Actor | undefined
  readonly session: Session | undefined
  readonly possession: string | undefined
  /** Still to be used up. */
  readonly proof?: PendingProof | undefined
}

const NOBODY: Caller = { actor: undefined, session: undefined, possession: undefined }

export interface IdentifyRequest {
  readonly request: IncomingMessage
  readonly auth: Authentication
  /** The origin that the caller addressed, one of the server's own. */
  readonly origin: string
  /** Path without query, as sent. */
  readonly path: string
  /** Whether any operation asked for needs an actor; without that, only a proof that stands alone is looked at, and a token is not. */
  readonly actorNeeded: boolean
  /** Whether the proof may be left unused: the operation has a write of its own to use it up in. Default false. */
  readonly pending?: boolean | undefined
  /** Whether nothing is changed by what is asked for, so that who calls may be what was known before until the proof is used up. Default false. */
  readonly remembered?: boolean | undefined
  readonly now: Date
}

/**
 * Token and proof (RFC 9449 §7): `Authorization: DPoP <token>` and `DPoP: <proof>`. Errors: Problem NOT_SIGNED_IN without a token,
 * PROOF_OF_POSSESSION_INVALID without a proof or with two, and whatever identity refuses.
 */
export async function identify({ request, auth, origin, path, actorNeeded, pending, remembered, now }: IdentifyRequest): Promise<Caller> {
  const proof = request.headers['dpop']
  const proofRequest = { proof: typeof proof === 'string' ? proof : '', method: request.method ?? '', url: `${origin}${path}`, now }
  if (!actorNeeded) {
    if (proof === undefined || request.headers.authorization !== undefined) return NOBODY
    return { actor: undefined, session: undefined, possession: await auth.possession(proofRequest) }
  }
  const token = tokenOf(request.headers.authorization)
  if (token === undefined) throw new Problem('NOT_SIGNED_IN', PROBLEM_SENTENCE.NOT_SIGNED_IN)
  if (proofRequest.proof === '') throw new Problem('PROOF_OF_POSSESSION_INVALID', PROBLEM_SENTENCE.PROOF_OF_POSSESSION_INVALID, { details: { check: 'missing' } })
  const { actor, session, proof: unused } = await auth.authenticate({ ...proofRequest, token, pending, remembered })
  return { actor, session, possession: undefined, proof: unused }
}

function tokenOf(header: string | undefined): string | undefined {
  if (header === undefined || header.length > 4096) return undefined
  const space = header.indexOf(' ')
  return header.slice(0, space).toLowerCase() === 'dpop' && space + 1 < header.length ? header.slice(space + 1) : undefined
}
