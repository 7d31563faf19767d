import { LedgerError } from '@careledger/ledger-spec'
import type { ListedRecord, Page, Position, StreamName, WatchOptions } from '@careledger/ledger-spec'
import { backoffMs, sleep } from './backoff.ts'
import type { Lifetime } from './lifetime.ts'

export interface WatchPages {
  /** One page of final records after `after`; its errors are ours already. */
  list(after: Position | undefined, signal: AbortSignal): Promise<Page>
  /** Resolves when there may be more after `after`. Without it the stream is polled. */
  changed?: ((after: Position | undefined, signal: AbortSignal) => Promise<void>) | undefined
  readonly lifetime: Lifetime
  /** Pause between two looks at the end of the stream, in milliseconds. */
  readonly pollMs: number
  /** Longest outage that is bridged silently, in milliseconds. */
  readonly reconnectForMs: number
}

/** `watch` of one stream from pages of `list` (watch-1 to watch-5). Holds one page, asks for the next when that is consumed. */
export async function* watchPages(stream: StreamName, parts: WatchPages, options: WatchOptions): AsyncGenerator<ListedRecord, void, undefined> {
  let after = options.after
  let outage: { readonly since: number; attempt: number } | undefined
  const whileOpen = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => parts.lifetime.run(options.signal, work)
  for (;;) {
    let page: Page
    try {
      page = await whileOpen((signal) => parts.list(after, signal))
      outage = undefined
    } catch (error) {
      if (!LedgerError.is(error, 'LEDGER_UNAVAILABLE')) throw error
      outage ??= { since: Date.now(), attempt: 0 }
      if (Date.now() - outage.since >= parts.reconnectForMs) throw error
      const pause = backoffMs(outage.attempt++)
      await whileOpen((signal) => sleep(pause, signal))
      continue
    }
    for (const record of page.records) {
      if (after !== undefined && record.position <= after) throw moved(stream, after)
      after = record.position
      yield record
      parts.lifetime.check(options.signal)
    }
    if (page.next === undefined) await whileOpen((signal) => pause(parts, after, signal))
  }
}

/** An outage while waiting is the next look's to bridge or to tell. */
async function pause(parts: WatchPages, after: Position | undefined, signal: AbortSignal): Promise<void> {
  try {
    if (parts.changed === undefined) await sleep(parts.pollMs, signal)
    else await parts.changed(after, signal)
  } catch (error) {
    if (!LedgerError.is(error, 'LEDGER_UNAVAILABLE')) throw error
    await sleep(parts.pollMs, signal)
  }
}

function moved(stream: StreamName, position: Position): LedgerError {
  return new LedgerError('LEDGER_CORRUPTION', 'The ledger gave a record twice or out of order', { details: { stream, position } })
}
