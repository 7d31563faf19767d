import { deepStrictEqual, ok } from 'node:assert'
import { LedgerError, type LedgerErrorCode } from '@careledger/ledger-spec'

/** Fails unless `work` rejects with a LedgerError of one of `codes`; gives the error. */
export async function rejects(work: () => Promise<unknown>, ...codes: readonly LedgerErrorCode[]): Promise<LedgerError> {
  let error: unknown
  try {
    await work()
  } catch (caught) {
    error = caught
  }
  ok(error !== undefined, `expected ${codes.join(' or ')}, but the call resolved`)
  ok(LedgerError.is(error), `expected a LedgerError, got ${String(error)}`)
  ok(LedgerError.is(error, ...codes), `expected ${codes.join(' or ')}, got ${error.code}: ${error.message}`)
  return error
}

export type Settled<T> = { readonly value: T; readonly error?: undefined } | { readonly error: LedgerError; readonly value?: undefined }

/** The value, or the LedgerError of one of `codes`; anything else fails. */
export function settles<T>(work: Promise<T>, ...codes: readonly LedgerErrorCode[]): Promise<Settled<T>> {
  return background(settle(work, codes))
}

async function settle<T>(work: Promise<T>, codes: readonly LedgerErrorCode[]): Promise<Settled<T>> {
  try {
    return { value: await work }
  } catch (error) {
    ok(LedgerError.is(error), `expected a LedgerError, got ${String(error)}`)
    ok(LedgerError.is(error, ...codes), `expected ${codes.join(' or ')}, got ${error.code}: ${error.message}`)
    return { error }
  }
}

export function equal(actual: unknown, expected: unknown, message?: string): void {
  deepStrictEqual(actual, expected, message)
}

/** Fails when `work` takes longer than `ms`. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => { timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms) })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The same promise, whose rejection is nobody's surprise when the test fails before it is awaited. */
export function background<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}
