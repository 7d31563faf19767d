import type { ErrorDetail } from '@hyperledger/fabric-gateway'

/** What of an SDK's error the tests look at. */
export interface Failure {
  readonly name: string
  readonly message: string
  readonly code: number | undefined
  readonly transactionCode: string | undefined
  readonly details: readonly ErrorDetail[]
}

/** The error of a promise that must be rejected. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    (value) => {
      throw new Error(`It should have failed, but gave ${String(value)}`)
    },
    (reason: unknown) => reason as Partial<Failure> & Error,
  )
  return {
    name: error.constructor.name,
    message: error.message,
    code: error.code,
    transactionCode: error.transactionCode,
    details: error.details ?? [],
  }
}
