import { PROBLEM_CODES, type ProblemCode } from '@careledger/api/contracts'

/** The code of a refusal; what is not one of ours counts as UNAVAILABLE (no answer came) or INTERNAL. */
export function problemCode(error: unknown): ProblemCode {
  const code = (error as { readonly code?: unknown } | undefined)?.code
  if ((error as { readonly name?: unknown } | undefined)?.name === 'Problem' && PROBLEM_CODES.includes(code as ProblemCode)) return code as ProblemCode
  return error instanceof TypeError && /fetch|network/i.test(error.message) ? 'UNAVAILABLE' : 'INTERNAL'
}

/** Somebody who is signed in by account tried what only a key may. */
export function asksForKey(error: unknown): boolean {
  return problemCode(error) === 'NOT_ALLOWED' && (error as { readonly details?: { readonly check?: unknown } }).details?.check === 'key'
}

/** Only what passes by itself is asked again: a refusal stays a refusal. */
export function isPassing(error: unknown): boolean {
  return ['UNAVAILABLE', 'BUSY'].includes(problemCode(error))
}
