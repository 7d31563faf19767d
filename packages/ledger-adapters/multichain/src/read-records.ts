import type { Finality, LedgerRecord, Receipt, RecordId, StreamName } from '@careledger/ledger-spec'
import type { Client } from './client.ts'
import { findRecords, type Found, type Standing } from './find-records.ts'
import { toLedgerRecord } from './to-ledger-record.ts'

/** The effective record of each id. Nothing is decided before one is final: until then, what this client's address wrote is shown. */
export async function getRecords(client: Client, stream: StreamName, ids: readonly RecordId[], signal: AbortSignal): Promise<readonly (LedgerRecord | undefined)[]> {
  return await client.streams.on(stream, signal, async (name) => {
    const standings = await findRecords(client, name, ids, signal)
    return ids.map((id) => {
      const shown = shownOf(client, standings.get(id))
      return shown === undefined ? undefined : toLedgerRecord(shown.item, shown.index)
    })
  })
}

/**
 * More than `getRecords` shows: of two contents that are both pending each is `pending`, because blocks, not this node, decide
 * between them.
 */
export async function readFinality(client: Client, receipts: readonly Pick<Receipt, 'stream' | 'id' | 'digest'>[], signal: AbortSignal): Promise<readonly Finality[]> {
  const states: Finality[] = receipts.map(() => 'absent')
  const byStream = Map.groupBy(receipts.map((receipt, index) => ({ receipt, index })), ({ receipt }) => receipt.stream)
  for (const [stream, asked] of byStream) {
    const standings = await client.streams.on(stream, signal, (name) => findRecords(client, name, asked.map(({ receipt }) => receipt.id), signal))
    for (const { receipt, index } of asked) states[index] = finalityOf(standings.get(receipt.id), receipt.digest)
  }
  return states
}

function finalityOf(standing: Standing | undefined, digest: string): Finality {
  if (standing?.final !== undefined) return digestOf(standing.final) === digest ? 'final' : 'lost'
  return standing?.pending.some((found) => digestOf(found) === digest) === true ? 'pending' : 'absent'
}

function shownOf(client: Client, standing: Standing | undefined): Found | undefined {
  if (standing === undefined) return undefined
  const own = standing.pending.find(({ item }) => item.writer === client.settings.address)
  return standing.final ?? own ?? standing.pending[0]
}

function digestOf({ item, index }: Found): string | undefined {
  return item.records[index]?.digest
}
