import { Problem, PROBLEM_CODES } from '@careledger/api/contracts'
import type { ProblemBody, ProblemCode } from '@careledger/api/contracts'

/** The Problem in the body of a refusal, in tRPC's form or bare; `undefined` for anything else. */
export function problemInBody(body: unknown): ProblemBody | undefined {
  const single: unknown = Array.isArray(body) ? body[0] : body
  const found = at(single, 'error', 'data', 'problem') ?? single
  const code = at(found, 'code')
  const message = at(found, 'message')
  if (!isProblemCode(code) || typeof message !== 'string') return undefined
  const details = at(found, 'details')
  return { code, message, ...(typeof details === 'object' && details !== null ? { details: details as Readonly<Record<string, unknown>> } : {}) }
}

export function toProblem(body: ProblemBody, cause?: unknown): Problem {
  return new Problem(body.code, body.message, { cause, ...(body.details === undefined ? {} : { details: body.details }) })
}

/**
 * What a call throws, as a Problem: the server's own; UNAVAILABLE for a query that got no answer; OUTCOME_UNKNOWN for a command that may
 * have arrived: repeat it with the same entries. An abort keeps its reason.
 */
export function toClientProblem(thrown: unknown, kind: 'query' | 'command', signal?: AbortSignal): unknown {
  if (signal?.aborted === true) return signal.reason
  if (isProblem(thrown)) return thrown
  const inner = (thrown as { cause?: unknown }).cause
  if (isProblem(inner)) return inner
  const body = problemInBody({ error: { data: at(thrown, 'data') } })
  if (body !== undefined) return toProblem(body, thrown)
  return kind === 'query'
    ? new Problem('UNAVAILABLE', 'The server cannot be reached, or its answer was cut off.', { cause: thrown })
    : new Problem('OUTCOME_UNKNOWN', 'The connection was lost before an answer came. Repeat with the same entries.', { cause: thrown })
}

export function isProblem(thrown: unknown): thrown is Problem {
  return typeof thrown === 'object' && thrown !== null && (thrown as { name?: unknown }).name === 'Problem' && isProblemCode((thrown as { code?: unknown }).code)
}

function isProblemCode(code: unknown): code is ProblemCode {
  return (PROBLEM_CODES as readonly unknown[]).includes(code)
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value
  for (const name of path) found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined
  return found
}
