import { AssertionError, ok } from 'node:assert'
import { inspect, isDeepStrictEqual } from 'node:util'
import type { StoreError, StoreErrorCode } from '@careledger/data-spec'

/** Fails unless `work` rejects with a StoreError of one of `codes`; gives the error. Recognised by name and code. */
export async function rejects(work: () => Promise<unknown>, ...codes: readonly StoreErrorCode[]): Promise<StoreError> {
  let caught: unknown
  try {
    await work()
  } catch (error) {
    caught = error
  }
  ok(caught !== undefined, `expected ${codes.join(' or ')}, but the call resolved`)
  ok(caught instanceof Error && caught.name === 'StoreError', `expected a StoreError, got ${String(caught)}`)
  const error = caught as StoreError
  ok(codes.includes(error.code), `expected ${codes.join(' or ')}, got ${error.code}: ${error.message}`)
  return error
}

/** Deep and strict. Only the beginning of both values is shown: a difference of megabytes takes minutes to print. */
export function equal(actual: unknown, expected: unknown, message = 'not as promised'): void {
  if (isDeepStrictEqual(actual, expected)) return
  throw new AssertionError({ message: `${message}: expected ${shown(expected)}, got ${shown(actual)}`, operator: 'equal' })
}

function shown(value: unknown): string {
  return inspect(value, { depth: 4, maxArrayLength: 12, maxStringLength: 100, breakLength: Infinity }).slice(0, 600)
}

/** The same promise, whose rejection is nobody's surprise when the test fails before it is awaited. */
export function background<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}

export { ok }
