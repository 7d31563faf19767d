import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc'
import type { ProblemCode } from './contracts/problem.ts'

/** How each Problem code travels: the tRPC code (and with it the JSON-RPC number) and the HTTP status. The one table for it. */
export const PROBLEM_TRANSPORT: Readonly<Record<ProblemCode, { readonly trpc: TRPC_ERROR_CODE_KEY; readonly status: number }>> = {
  INPUT_MALFORMED: { trpc: 'BAD_REQUEST', status: 400 },
  INPUT_TOO_LARGE: { trpc: 'PAYLOAD_TOO_LARGE', status: 413 },
  FHIR_INVALID: { trpc: 'UNPROCESSABLE_CONTENT', status: 422 },
  SAFETY_CHECK: { trpc: 'UNPROCESSABLE_CONTENT', status: 422 },
  SIGNATURE_INVALID: { trpc: 'BAD_REQUEST', status: 400 },
  COMMITMENT_MISMATCH: { trpc: 'UNPROCESSABLE_CONTENT', status: 422 },
  ENTRY_CONFLICT: { trpc: 'CONFLICT', status: 409 },
  STALE: { trpc: 'CONFLICT', status: 409 },
  CLOCK_SKEW: { trpc: 'UNAUTHORIZED', status: 401 },
  NOT_SIGNED_IN: { trpc: 'UNAUTHORIZED', status: 401 },
  PROOF_OF_POSSESSION_INVALID: { trpc: 'UNAUTHORIZED', status: 401 },
  KEY_UNKNOWN: { trpc: 'UNAUTHORIZED', status: 401 },
  KEY_REVOKED: { trpc: 'UNAUTHORIZED', status: 401 },
  NOT_ALLOWED: { trpc: 'FORBIDDEN', status: 403 },
  RATE_LIMITED: { trpc: 'TOO_MANY_REQUESTS', status: 429 },
  BUSY: { trpc: 'SERVICE_UNAVAILABLE', status: 503 },
  UNAVAILABLE: { trpc: 'SERVICE_UNAVAILABLE', status: 503 },
  OUTCOME_UNKNOWN: { trpc: 'GATEWAY_TIMEOUT', status: 504 },
  CORRUPTION: { trpc: 'INTERNAL_SERVER_ERROR', status: 500 },
  INTERNAL: { trpc: 'INTERNAL_SERVER_ERROR', status: 500 },
}

/** The sentence for a code where the cause brings none that may be shown. */
export const PROBLEM_SENTENCE: Readonly<Record<ProblemCode, string>> = {
  INPUT_MALFORMED: 'The input is not what this operation takes. Mend the places listed and send it again.',
  INPUT_TOO_LARGE: 'The input is larger than this operation takes. Send less.',
  FHIR_INVALID: 'The resource is not valid FHIR R4. Mend the places listed and send it again.',
  SAFETY_CHECK: 'Something speaks against this, and no reason is signed with it. Correct it, or say why in the resource.',
  SIGNATURE_INVALID: 'A signature does not verify. Sign again with the enrolled key.',
  COMMITMENT_MISMATCH: 'Salt, media type and bytes do not open the commitment in the entry.',
  ENTRY_CONFLICT: 'Another entry with this id exists already. Nothing was changed.',
  STALE: 'Something changed meanwhile. Read again and repeat.',
  CLOCK_SKEW: 'Your clock is off. Set it by the server time given here and repeat.',
  NOT_SIGNED_IN: 'Sign in first.',
  PROOF_OF_POSSESSION_INVALID: 'The proof of possession is missing or not valid for this request. Make a fresh one.',
  KEY_UNKNOWN: 'This key is not enrolled here.',
  KEY_REVOKED: 'This key has been revoked.',
  NOT_ALLOWED: 'This does not exist or you may not use it.',
  RATE_LIMITED: 'Too many calls. Wait and repeat.',
  BUSY: 'The server is busy. Repeat in a moment; nothing was changed.',
  UNAVAILABLE: 'A part of the platform cannot be reached. Repeat later; nothing was changed.',
  OUTCOME_UNKNOWN: 'No answer arrived in time, so the outcome is not known. Repeat with the same ids.',
  CORRUPTION: 'Stored data does not match its proof. The operator has been told.',
  INTERNAL: 'Something went wrong here. The operator has been told.',
}
