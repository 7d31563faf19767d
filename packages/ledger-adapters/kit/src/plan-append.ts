import { LedgerError } from '@careledger/ledger-spec'
import type { LedgerRecord, NewRecord, Receipt, StreamName } from '@careledger/ledger-spec'
import type { AppendCall } from './append-call.ts'
import type { LedgerBackend, Sent } from './ledger-backend.ts'
import { sameContent } from './record-content.ts'

/** What is left to send of one call. */
export interface AppendPart {
  readonly call: AppendCall
  readonly missing: readonly NewRecord[]
  /** One receipt for each record of the call, once the missing ones were accepted. */
  receipts(sent: Extract<Sent, { outcome: 'accepted' }>): readonly Receipt[]
}

/**
 * Looks up every id of `calls`. Calls with a conflict are rejected (append-3) and calls with nothing missing resolved (append-2)
 * here; what is returned has something to send.
 */
export async function planAppend(
  backend: LedgerBackend,
  stream: StreamName,
  calls: readonly AppendCall[],
  signal: AbortSignal,
): Promise<readonly AppendPart[]> {
  const found = await lookUp(backend, stream, calls.flatMap((call) => call.records.map((record) => record.id)), signal)
  const parts: AppendPart[] = []
  for (const call of calls) {
    if (call.done) continue
    const conflicts = call.records.filter((record) => differs(record, found.get(record.id))).map((record) => record.id)
    const missing = call.records.filter((record) => !found.has(record.id))
    if (conflicts.length > 0) {
      call.reject(new LedgerError('LEDGER_CONFLICT', 'Another content has the id', { details: { stream, ids: conflicts } }))
    } else if (missing.length === 0) {
      call.resolve(call.records.map((record) => receipt(stream, record, found.get(record.id)?.state ?? 'pending')))
    } else {
      parts.push({
        call,
        missing,
        receipts: (sent) => call.records.map((record) => receipt(stream, record, found.get(record.id)?.state ?? sent.state, found.has(record.id) ? undefined : sent.raw)),
      })
    }
  }
  return parts
}

async function lookUp(backend: LedgerBackend, stream: StreamName, ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, LedgerRecord>> {
  const found = new Map<string, LedgerRecord>()
  const { pageMax } = backend.description.limits
  for (let from = 0; from < ids.length; from += pageMax) {
    const page = await backend.getMany(stream, ids.slice(from, from + pageMax), signal)
    for (const record of page) if (record !== undefined) found.set(record.id, record)
  }
  return found
}

function differs(record: NewRecord, there: LedgerRecord | undefined): boolean {
  return there !== undefined && !sameContent(record, there)
}

function receipt(stream: StreamName, record: NewRecord, state: 'pending' | 'final', raw?: Receipt['raw']): Receipt {
  return { stream, id: record.id, digest: record.digest, state, ...(raw === undefined ? {} : { raw }) }
}
