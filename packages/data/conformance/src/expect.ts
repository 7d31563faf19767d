import { deepStrictEqual, ok } from 'node:assert'
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

export function equal(actual: unknown, expected: unknown, message?: string): void {
  deepStrictEqual(actual, expected, message)
}

export { ok }
