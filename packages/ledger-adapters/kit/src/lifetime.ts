import { LedgerError } from '@careledger/ledger-spec'

/** The open-to-closed life of one ledger object. */
export interface Lifetime {
  /** Aborts when the object is closed. */
  readonly signal: AbortSignal
  /** Throws LEDGER_CLOSED when closed and LEDGER_ABORTED, with the reason as cause, when `signal` is aborted. */
  check(signal?: AbortSignal): void
  /** Runs `work`, and answers at once with LEDGER_CLOSED or LEDGER_ABORTED when either happens first; `work` sees one signal for both. */
  run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Returns false when it was closed already. */
  close(): boolean
}

export function closedError(): LedgerError {
  return new LedgerError('LEDGER_CLOSED', 'The ledger object is closed')
}

export function abortedError(reason: unknown): LedgerError {
  return new LedgerError('LEDGER_ABORTED', 'The call was aborted', { cause: reason })
}

export function createLifetime(): Lifetime {
  const closing = new AbortController()
  const running = new Set<(error: LedgerError) => void>()

  function check(signal?: AbortSignal): void {
    if (closing.signal.aborted) throw closedError()
    if (signal?.aborted === true) throw abortedError(signal.reason)
  }

  async function run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    check(signal)
    const ending = signal === undefined ? undefined : new AbortController()
    return await new Promise<T>((resolve, reject) => {
      const stop = (error: LedgerError): void => {
        settle()
        ending?.abort(error)
        reject(error)
      }
      const onAbort = (): void => stop(abortedError(signal?.reason))
      const settle = (): void => {
        running.delete(stop)
        signal?.removeEventListener('abort', onAbort)
      }
      running.add(stop)
      signal?.addEventListener('abort', onAbort, { once: true })
      work(ending?.signal ?? closing.signal).then(
        (value) => { settle(); resolve(value) },
        (error: unknown) => { settle(); reject(error) },
      )
    })
  }

  function close(): boolean {
    if (closing.signal.aborted) return false
    closing.abort(closedError())
    for (const stop of [...running]) stop(closedError())
    return true
  }

  return { signal: closing.signal, check, run, close }
}
