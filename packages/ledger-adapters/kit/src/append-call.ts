import { LedgerError } from '@careledger/ledger-spec'
import type { NewRecord, Receipt } from '@careledger/ledger-spec'

/** One waiting call of `append`. */
export interface AppendCall {
  readonly records: readonly NewRecord[]
  readonly receipts: Promise<readonly Receipt[]>
  /** True while some of it may be on its way to the ledger. */
  sent: boolean
  /** The caller has been answered. */
  readonly done: boolean
  resolve(receipts: readonly Receipt[]): void
  reject(error: LedgerError): void
  /** Answers the caller early: with `error` if nothing was sent, else with LEDGER_OUTCOME_UNKNOWN (append-8, close-2). */
  stop(error: LedgerError): void
}

export function createAppendCall(records: readonly NewRecord[]): AppendCall {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Receipt[]>()
  let done = false
  const call: AppendCall = {
    records,
    receipts: promise,
    sent: false,
    get done() { return done },
    resolve(receipts) { done = true; resolve(receipts) },
    reject(error) { done = true; reject(error) },
    stop(error) {
      if (done) return
      call.reject(call.sent
        ? new LedgerError('LEDGER_OUTCOME_UNKNOWN', 'The append was sent and its answer not waited for; call again with the same records', { cause: error })
        : error)
    },
  }
  return call
}
