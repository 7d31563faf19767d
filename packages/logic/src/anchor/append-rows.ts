import type { OutboxRow, OutboxState } from '@careledger/data-spec'
import { LedgerError, type Ledger, type NewRecord, type Receipt } from '@careledger/ledger-spec'

/** What became of one outbox row. */
export interface Settlement {
  readonly item: string
  readonly state: OutboxState
  readonly receipt?: string | undefined
  readonly reason?: string | undefined
}

/** How often one append is repeated at once when no answer came. */
const unknownRetriesMax = 2

/**
 * Appends rows of one stream, in their order, and says what became of each: `final`, `sent` (pending), or `blocked` where the ledger
 * refuses this very record; the refused one is found by halving, the others go on. Rows that are missing from the answer were not tried.
 * Errors: every LedgerError that is not about one record (UNAVAILABLE, UNAUTHORISED, CORRUPTION, ...); OUTCOME_UNKNOWN after the same
 * records were offered three times. `settled` holds what was reached before the error.
 */
export async function appendRows(ledger: Ledger, stream: string, rows: readonly OutboxRow[], signal: AbortSignal, settled: Settlement[], onReceipts: (receipts: readonly Receipt[]) => void = () => {}): Promise<void> {
  if (rows.length === 0) return
  const answer = await offer(ledger, stream, rows, signal)
  if (!(answer instanceof Error)) {
    onReceipts(answer)
    answer.forEach((receipt, place) => settled.push({ item: (rows[place] as OutboxRow).item, state: receipt.state === 'final' ? 'final' : 'sent', receipt: receiptText(receipt) }))
    return
  }
  const named = answer.code === 'LEDGER_CONFLICT' ? conflictIds(answer) : new Set<string>()
  const refused = rows.length === 1 ? rows : rows.filter((row) => named.has(row.recordId))
  for (const row of refused) settled.push({ item: row.item, state: 'blocked', reason: reasonOf(answer) })
  if (rows.length === 1) {
    // A ledger that refuses whatever it is given has a trouble of its own; one row is enough to show it.
    if (answer.code === 'LEDGER_REJECTED' && !settled.some(({ state }) => state !== 'blocked')) throw answer
    return
  }
  const others = rows.filter((row) => !named.has(row.recordId))
  if (refused.length > 0) return appendRows(ledger, stream, others, signal, settled, onReceipts)
  const middle = Math.ceil(rows.length / 2)
  await appendRows(ledger, stream, rows.slice(0, middle), signal, settled, onReceipts)
  await appendRows(ledger, stream, rows.slice(middle), signal, settled, onReceipts)
}

/** Receipts, or the error with which the ledger refuses something in these records. */
async function offer(ledger: Ledger, stream: string, rows: readonly OutboxRow[], signal: AbortSignal): Promise<readonly Receipt[] | LedgerError> {
  const records = rows.map(toRecord)
  for (let attempt = 0; ; attempt++) {
    try {
      return await ledger.append(stream, records, { signal })
    } catch (error) {
      if (LedgerError.is(error, 'LEDGER_CONFLICT', 'LEDGER_REJECTED', 'LEDGER_INVALID_RECORD')) return error
      if (!LedgerError.is(error, 'LEDGER_OUTCOME_UNKNOWN') || attempt >= unknownRetriesMax || signal.aborted) throw error
    }
  }
}

export function toRecord(row: OutboxRow): NewRecord {
  return { id: row.recordId, key: row.key, digest: row.digest, data: row.data }
}

export function receiptText(receipt: Receipt): string {
  return JSON.stringify(receipt)
}

/** For operators: the code and the ledger's sentence, which by the port's promise holds no data. */
export function reasonOf(error: unknown): string {
  return LedgerError.is(error) ? `${error.code}: ${error.message}`.slice(0, 500) : 'The ledger did not answer in a way that is known.'
}

function conflictIds(error: LedgerError): ReadonlySet<string> {
  const ids = error.details['ids']
  return new Set(Array.isArray(ids) ? (ids as readonly string[]) : [])
}
