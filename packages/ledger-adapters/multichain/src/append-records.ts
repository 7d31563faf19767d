import { sleep, type Sent } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import type { NewRecord, StreamName } from '@careledger/ledger-spec'
import { readAs, text } from './answers.ts'
import type { Client } from './client.ts'
import { findRecord } from './find-records.ts'
import { encodeItem } from './item-format.ts'
import { NodeError } from './node-error.ts'
import { packItems } from './pack-items.ts'

const LOOKS_MAX = 5
const LOOK_PAUSE_MS = 100

/**
 * One transaction with all of `records`: `publishmultifrom`, which answers with its txid once the wallet and the node's mempool have
 * it. LEDGER_UNAUTHORISED: this client only reads. After a cut connection the node is asked for the record: if it is there, the
 * transaction was accepted; if not, nothing is known (LEDGER_OUTCOME_UNKNOWN), because the node may still be at it.
 */
export async function appendRecords(client: Client, stream: StreamName, records: readonly NewRecord[], signal: AbortSignal): Promise<Sent> {
  const { address } = client.settings
  if (address === undefined) throw new LedgerError('LEDGER_UNAUTHORISED', 'This client has no address and only reads', { details: { stream } })
  const name = client.streams.nameOf(stream)
  const items = packItems(records).map((part) => encodeItem(part))
  try {
    const txid = readAs(text, await client.rpc.call('publishmultifrom', [address, name, items], signal, { fresh: true }))
    return { outcome: 'accepted', state: 'pending', raw: { txid } }
  } catch (error) {
    if (error instanceof NodeError && error.failure.kind === 'cut' && await isThere(client, name, address, records, signal)) return { outcome: 'accepted', state: 'pending' }
    throw error
  }
}

/** Whether the transaction with `records` is there. One record of it tells for all. */
async function isThere(client: Client, name: string, address: string, [record]: readonly NewRecord[], signal: AbortSignal): Promise<boolean> {
  for (let look = 0; look < LOOKS_MAX && !signal.aborted && record !== undefined; look += 1) {
    await sleep(LOOK_PAUSE_MS, signal)
    try {
      const { final, pending } = await findRecord(client, name, record.id, signal)
      const found = [...(final === undefined ? [] : [final]), ...pending]
      if (found.some(({ item, index }) => item.writer === address && item.records[index]?.digest === record.digest)) return true
    } catch {
      // The node cannot be asked either: the caller settles it later.
    }
  }
  return false
}
