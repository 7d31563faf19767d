import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import type { TRPC_ERROR_CODE_KEY, TRPC_ERROR_CODE_NUMBER } from '@trpc/server/rpc'
import type { Problem, ProblemBody } from './contracts/problem.ts'
import { PROBLEM_TRANSPORT } from './problem-codes.ts'

/** What stands under `error` in an answer: tRPC's default shape with the Problem in `data.problem`. */
export interface ErrorShape {
  readonly message: string
  readonly code: TRPC_ERROR_CODE_NUMBER
  readonly data: {
    readonly code: TRPC_ERROR_CODE_KEY
    readonly httpStatus: number
    readonly path?: string
    readonly problem: ProblemBody & { readonly requestId?: string }
  }
}

/** `transport` is given where the table's does not say it all, as for an unknown path (NOT_FOUND, 404). */
export function toErrorShape(problem: Problem, path: string | undefined, requestId?: string, transport: { readonly trpc: TRPC_ERROR_CODE_KEY; readonly status: number } = PROBLEM_TRANSPORT[problem.code]): ErrorShape {
  const body = { code: problem.code, message: problem.message, ...(Object.keys(problem.details).length > 0 ? { details: problem.details } : {}), ...(requestId === undefined ? {} : { requestId }) }
  const data = { code: transport.trpc, httpStatus: transport.status, problem: body, ...(path === undefined ? {} : { path }) }
  return { message: problem.message, code: TRPC_ERROR_CODES_BY_KEY[transport.trpc], data }
}
