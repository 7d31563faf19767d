import type { ChainReceipt } from '../rpc/schemas.ts'
import type { Payload, SignedTransaction } from './sign-transaction.ts'

/** One nonce of the account that was given to a payload and is in no block yet, as far as we know. */
export interface Flight {
  readonly nonce: bigint
  readonly payload: Payload
  /** Every transaction that was sent with the nonce; the last has the highest fees. */
  readonly tries: SignedTransaction[]
  /** When the first try was sent, by `Date.now()`. */
  readonly createdAt: number
  /** When the last try was sent first, by `Date.now()`. */
  sentAt: number
  /** Looks in a row at which the nonce was used and none of the tries was in a block. */
  missing: number
  /** The receipt, or `undefined`: another transaction has used the nonce, and none of the tries will ever be in a block. */
  readonly landed: Promise<ChainReceipt | undefined>
  land(receipt: ChainReceipt | undefined): void
}

export function createFlight(nonce: bigint, payload: Payload, first: SignedTransaction): Flight {
  const { promise, resolve } = Promise.withResolvers<ChainReceipt | undefined>()
  return { nonce, payload, tries: [first], createdAt: Date.now(), sentAt: Date.now(), missing: 0, landed: promise, land: resolve }
}
