import { LedgerError } from '@careledger/ledger-spec'
import type { Ledger, ListedRecord, Position } from '@careledger/ledger-spec'
import { background, within } from './expect.ts'

/** Longest that a record may take to reach a watcher here. */
export function patienceMs(ledger: Ledger): number {
  return 2 * ledger.describe().finalWithinMs + 5_000
}

/** The first `count` records of a watch after `after`, which is ended with `break` then. Each may take its time: those who write meanwhile take theirs. */
export async function watchSome(ledger: Ledger, stream: string, count: number, after?: Position): Promise<readonly ListedRecord[]> {
  const controller = new AbortController()
  const seen: ListedRecord[] = []
  const { promise: stalled, reject } = Promise.withResolvers<never>()
  const ms = patienceMs(ledger)
  const stall = (): void => reject(new Error(`watching ${count} records: after ${seen.length} none came within ${ms} ms`))
  let timer = setTimeout(stall, ms)
  const reading = background((async () => {
    for await (const record of ledger.watch(stream, { after, signal: controller.signal })) {
      seen.push(record)
      if (seen.length >= count) break
      clearTimeout(timer)
      timer = setTimeout(stall, ms)
    }
  })())
  try {
    await Promise.race([reading, stalled])
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
  return seen
}

/** Whatever a watch gives in `ms` milliseconds; errors other than that of the abort are thrown. */
export async function watchFor(ledger: Ledger, stream: string, ms: number, after?: Position): Promise<readonly ListedRecord[]> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), ms)
  const seen: ListedRecord[] = []
  const reading = background((async () => { for await (const record of ledger.watch(stream, { after, signal: controller.signal })) seen.push(record) })())
  try {
    await within(ms + 5_000, 'the end of the watch', reading)
  } catch (error) {
    if (!LedgerError.is(error, 'LEDGER_ABORTED')) throw error
  } finally {
    clearTimeout(timer)
  }
  return seen
}
