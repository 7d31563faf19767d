import type { AppendOptions, CallOptions, Ledger, LedgerHealth, NewRecord, Receipt, StreamName, WatchOptions } from '@careledger/ledger-spec'
import { LedgerError } from '@careledger/ledger-spec'
import { createAppendQueue } from './append-queue.ts'
import { checkAppend, checkIds, checkListQuery, checkPosition, checkReceipts, checkStream } from './check-input.ts'
import { composeParts } from './compose-parts.ts'
import { finalityFromRecords } from './finality-from-records.ts'
import type { LedgerBackend } from './ledger-backend.ts'
import { createLifetime } from './lifetime.ts'
import { redact, settleError } from './safe-error.ts'
import { untilFinal } from './until-final.ts'
import { watchPages } from './watch-pages.ts'

export interface ComposeSettings {
  /** Pause between two looks for finality or new records, in milliseconds. Default 250. */
  readonly pollMs?: number | undefined
  /** Longest outage that a watch bridges silently, in milliseconds. Default 60,000. */
  readonly reconnectForMs?: number | undefined
  /** Longest that `until: 'final'` waits, in milliseconds. Default three times `finalWithinMs`, at least 60,000. */
  readonly finalWaitMs?: number | undefined
  /** Most appends waiting for one stream; more are LEDGER_UNAVAILABLE. Default 4,096. */
  readonly waitingMax?: number | undefined
  /** Most lost races that one append tries again. Default 100. */
  readonly racesMax?: number | undefined
}

/**
 * A Ledger from a backend: checks input, orders and joins appends, retries lost races, waits for finality, pages watches, ends
 * every call on abort and close, and lets no error out but a LedgerError. Errors: those of the port.
 */
export function composeLedger(backend: LedgerBackend, settings: ComposeSettings = {}): Ledger {
  const { description } = backend
  const { limits } = description
  const lifetime = createLifetime()
  const pollMs = settings.pollMs ?? 250
  const queue = createAppendQueue(backend, lifetime, { waitingMax: settings.waitingMax ?? 4_096, racesMax: settings.racesMax ?? 100 })

  async function read<T>(options: CallOptions | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return await lifetime.run(options?.signal, async (signal) => {
      try {
        return await work(signal)
      } catch (error) {
        throw settleError(error, 'read', backend.toLedgerError.bind(backend))
      }
    })
  }

  async function append(stream: StreamName, records: readonly NewRecord[], options?: AppendOptions): Promise<readonly Receipt[]> {
    lifetime.check(options?.signal)
    checkStream(stream)
    checkAppend(limits, records)
    const copies = records.map(({ id, key, digest, data }): NewRecord => ({ id, key, digest, data: data?.slice() }))
    const receipts = await queue.append(stream, copies, options?.signal)
    if (options?.until !== 'final') return receipts
    return await untilFinal(receipts, {
      finality: (asked, signal) => readFinality(asked, { signal }),
      appendAgain: (signal) => queue.append(stream, copies, signal),
      lifetime,
      pollMs,
      waitMs: settings.finalWaitMs ?? Math.max(60_000, 3 * description.finalWithinMs),
    }, options.signal)
  }

  function readFinality(receipts: readonly Pick<Receipt, 'stream' | 'id' | 'digest'>[], options?: CallOptions) {
    return read(options, (signal) => backend.finality?.(receipts, signal)
      ?? finalityFromRecords(receipts, (stream, ids) => backend.getMany(stream, ids, signal)))
  }

  async function* watch(stream: StreamName, options: WatchOptions) {
    lifetime.check(options.signal)
    checkStream(stream)
    if (options.after !== undefined) checkPosition(options.after)
    const limit = Math.min(limits.pageMax, 500)
    yield* watchPages(stream, {
      list: (after, signal) => read({ signal }, (ending) => backend.list(stream, { after, limit }, ending)),
      changed: backend.changed === undefined ? undefined : (after, signal) => read({ signal }, (ending) => backend.changed?.(stream, after, ending) ?? Promise.resolve()),
      lifetime,
      pollMs,
      reconnectForMs: settings.reconnectForMs ?? 60_000,
    }, options)
  }

  async function health(options?: CallOptions): Promise<LedgerHealth> {
    lifetime.check()
    try {
      return await read(options, (signal) => backend.health(signal))
    } catch (error) {
      lifetime.check()
      const problem = LedgerError.is(error) ? error : new LedgerError('LEDGER_UNAVAILABLE', 'Unknown')
      return { ok: false, problems: [{ code: problem.code, message: redact(problem.message) }] }
    }
  }

  return {
    describe: () => description,
    append,
    async getMany(stream, ids, options) {
      lifetime.check(options?.signal)
      checkStream(stream)
      checkIds(limits, ids)
      return ids.length === 0 ? [] : await read(options, (signal) => backend.getMany(stream, ids, signal))
    },
    async list(stream, query, options) {
      lifetime.check(options?.signal)
      checkStream(stream)
      checkListQuery(limits, query)
      return await read(options, (signal) => backend.list(stream, query, signal))
    },
    watch,
    async finality(receipts, options) {
      lifetime.check(options?.signal)
      checkReceipts(limits, receipts)
      return receipts.length === 0 ? [] : await readFinality(receipts, options)
    },
    health,
    async close() {
      if (!lifetime.close()) return
      queue.close()
      await backend.close()
    },
    ...composeParts(backend, (work) => read(undefined, work)),
  }
}
