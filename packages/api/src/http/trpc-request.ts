import { Problem } from '../contracts/problem.ts'
import type { AnyOperation } from '../operation.ts'

/** One call of a tRPC request, by tRPC's HTTP format (trpc.io/docs/rpc): the path names it, its input is in the query or the body. */
export interface TrpcCall {
  readonly path: string
  /** `undefined`: no such operation. */
  readonly operation: AnyOperation | undefined
}

export interface TrpcRequest {
  readonly calls: readonly TrpcCall[]
  readonly batch: boolean
  /** JSON text of `?input=`; `undefined` without one. */
  readonly inputText: string | undefined
}

/**
 * Reads path and query of `/trpc/a.b,c.d?batch=1&input=...`. Errors: Problem INPUT_MALFORMED for percent escapes that are not UTF-8,
 * INPUT_TOO_LARGE for a batch of more than `batchMax` calls.
 */
export function parseTrpcUrl(path: string, query: string, operations: ReadonlyMap<string, AnyOperation>, batchMax: number): TrpcRequest {
  const names = decode(path)
  let batch = false
  let inputText: string | undefined
  for (const part of query === '' ? [] : query.split('&')) {
    if (part === 'batch=1') batch = true
    else if (part.startsWith('input=')) inputText = decode(part.slice(6).replaceAll('+', ' '))
  }
  const paths = batch ? names.split(',', batchMax + 1) : [names]
  if (paths.length > batchMax) throw new Problem('INPUT_TOO_LARGE', `At most ${batchMax} calls fit in one batch.`, { details: { limit: batchMax } })
  return { calls: paths.map((name) => ({ path: name, operation: operations.get(name) })), batch, inputText }
}

/** The inputs of a request's calls, in their order. Errors: Problem INPUT_MALFORMED for a batch whose input is no object. */
export function inputsOf(request: TrpcRequest, parsed: unknown): readonly unknown[] {
  if (!request.batch) return [parsed]
  if (parsed === undefined) return request.calls.map(() => undefined)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new Problem('INPUT_MALFORMED', 'The input of a batch is an object by call number.')
  return request.calls.map((_, index) => (Object.hasOwn(parsed, index) ? (parsed as Record<number, unknown>)[index] : undefined))
}

function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Problem('INPUT_MALFORMED', 'The address has a malformed percent escape.')
  }
}
