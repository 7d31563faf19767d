import type { OutboxRow } from '@careledger/data-spec'
import type { Ledger } from '@careledger/ledger-spec'
import type { Settlement } from './append-rows.ts'

/**
 * Asks what became of rows that were sent. `final` and `absent` (back to waiting: appended again under the same id) are settled, `lost` is
 * blocked; those still pending go into `pending` and keep their lease, whose end is the next time they are asked for.
 */
export async function askFinality(ledger: Ledger, rows: readonly OutboxRow[], signal: AbortSignal, settled: Settlement[], pending: Set<string>): Promise<void> {
  const { pageMax } = ledger.describe().limits
  for (let from = 0; from < rows.length; from += pageMax) {
    const page = rows.slice(from, from + pageMax)
    const states = await ledger.finality(page.map((row) => ({ stream: row.stream, id: row.recordId, digest: row.digest })), { signal })
    page.forEach((row, place) => {
      const state = states[place]
      if (state === 'final') settled.push({ item: row.item, state: 'final', receipt: finalReceipt(row.receipt) })
      else if (state === 'absent') settled.push({ item: row.item, state: 'waiting' })
      else if (state === 'lost') settled.push({ item: row.item, state: 'blocked', reason: 'LEDGER_CONFLICT: another content is final under this id.' })
      else pending.add(row.item)
    })
  }
}

/** The receipt with its state brought up to date; what the ledger said about the transaction stays. */
function finalReceipt(receipt: string | undefined): string | undefined {
  return receipt === undefined ? undefined : JSON.stringify({ ...(JSON.parse(receipt) as object), state: 'final' })
}
