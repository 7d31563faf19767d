import { LedgerError } from '@careledger/ledger-spec'
import type { NewRecord, Receipt, StreamName } from '@careledger/ledger-spec'
import { backoffMs, sleep } from './backoff.ts'
import type { LedgerBackend } from './ledger-backend.ts'
import { abortedError, closedError, type Lifetime } from './lifetime.ts'
import { createAppendCall, type AppendCall } from './append-call.ts'
import { appendBytes } from './record-content.ts'
import { settleError } from './safe-error.ts'
import { planAppend } from './plan-append.ts'

export interface AppendQueueSettings {
  /** Most calls waiting for one stream. */
  readonly waitingMax: number
  /** Most times that a lost race is tried again inside one call. */
  readonly racesMax: number
}

export interface AppendQueue {
  /** Records that have been checked. Resolves when the ledger has accepted them. */
  append(stream: StreamName, records: readonly NewRecord[], signal?: AbortSignal): Promise<readonly Receipt[]>
  /** Ends every call: LEDGER_CLOSED, or LEDGER_OUTCOME_UNKNOWN when it was sent. */
  close(): void
}

/** Errors that one call of a joined group may have brought upon the others: each is then tried alone. */
const OF_ONE_CALL = ['LEDGER_CONFLICT', 'LEDGER_INVALID_RECORD', 'LEDGER_REJECTED'] as const

/**
 * Appends as the port has them (append-1 to append-8) over a backend that can read, and send one transaction. Each stream has one
 * append in flight; calls that arrive meanwhile wait, at most `waitingMax`, and are joined in one transaction as far as the limits go.
 */
export function createAppendQueue(backend: LedgerBackend, lifetime: Lifetime, settings: AppendQueueSettings): AppendQueue {
  const streams = new Map<StreamName, AppendCall[]>()
  const open = new Set<AppendCall>()
  const { limits } = backend.description

  function append(stream: StreamName, records: readonly NewRecord[], signal?: AbortSignal): Promise<readonly Receipt[]> {
    const waiting = streams.get(stream)
    if (waiting !== undefined && waiting.length >= settings.waitingMax) {
      return Promise.reject(new LedgerError('LEDGER_UNAVAILABLE', 'Too many appends are waiting for this stream', { details: { waitingMax: settings.waitingMax } }))
    }
    const call = createAppendCall(records)
    open.add(call)
    const onAbort = (): void => call.stop(abortedError(signal?.reason))
    signal?.addEventListener('abort', onAbort, { once: true })
    if (waiting === undefined) {
      const line = [call]
      streams.set(stream, line)
      void work(stream, line)
    } else waiting.push(call)
    return call.receipts.finally(() => {
      open.delete(call)
      signal?.removeEventListener('abort', onAbort)
    })
  }

  async function work(stream: StreamName, waiting: AppendCall[]): Promise<void> {
    while (waiting.length > 0) await settle(stream, takeGroup(waiting))
    streams.delete(stream)
  }

  /** The first waiting call and those right behind it that fit in the same transaction and share no id with it. */
  function takeGroup(waiting: AppendCall[]): AppendCall[] {
    const group: AppendCall[] = []
    const ids = new Set<string>()
    let bytes = 0
    for (let call = waiting[0]; call !== undefined; call = waiting[0]) {
      if (!call.done) {
        const more = appendBytes(limits, call.records)
        const fits = ids.size + call.records.length <= limits.recordsMax && bytes + more <= limits.appendBytesMax
        if (group.length > 0 && (!fits || call.records.some((record) => ids.has(record.id)))) break
        for (const record of call.records) ids.add(record.id)
        bytes += more
        group.push(call)
      }
      waiting.shift()
    }
    return group
  }

  async function settle(stream: StreamName, group: readonly AppendCall[]): Promise<void> {
    try {
      for (let race = 0; race <= settings.racesMax; race += 1) {
        if (await attempt(stream, group)) return
        await sleep(backoffMs(race), lifetime.signal)
      }
      throw new LedgerError('LEDGER_UNAVAILABLE', 'Other writers kept winning this stream', { details: { racesMax: settings.racesMax } })
    } catch (error) {
      const settled = settleError(error, group.some((call) => call.sent) ? 'send' : 'read', backend.toLedgerError.bind(backend))
      const left = group.filter((call) => !call.done)
      if (left.length < 2 || !LedgerError.is(settled, ...OF_ONE_CALL)) return left.forEach((call) => call.reject(settled))
      for (const call of left) {
        call.sent = false
        await settle(stream, [call])
      }
    }
  }

  /** True when every call of the group is settled; false after a lost race. */
  async function attempt(stream: StreamName, group: readonly AppendCall[]): Promise<boolean> {
    if (lifetime.signal.aborted) throw closedError()
    const mark = await backend.mark?.(stream, lifetime.signal)
    const plan = await planAppend(backend, stream, group.filter((call) => !call.done), lifetime.signal)
    const sending = plan.filter((part) => !part.call.done)
    if (sending.length === 0) return true
    for (const part of sending) part.call.sent = true
    const missing = sending.flatMap((part) => part.missing)
    const sent = await backend.send(stream, missing, mark, lifetime.signal)
    if (sent.outcome === 'accepted') {
      for (const part of sending) part.call.resolve(part.receipts(sent))
      return true
    }
    for (const part of sending) part.call.sent = false
    return sending.every((part) => part.call.done)
  }

  function close(): void {
    for (const call of [...open]) call.stop(closedError())
  }

  return { append, close }
}
