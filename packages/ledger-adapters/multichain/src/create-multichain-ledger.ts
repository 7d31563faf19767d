import { composeLedger } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import type { Ledger } from '@careledger/ledger-spec'
import { appendRecords } from './append-records.ts'
import { describeLedger } from './capabilities.ts'
import { createChainStreams } from './chain-streams.ts'
import type { Client } from './client.ts'
import { createFinalBlocks } from './final-blocks.ts'
import { createEvidence } from './evidence/record-evidence.ts'
import { createDataCache } from './item-data.ts'
import { createListCursors } from './list-cursors.ts'
import { listRecords } from './list-records.ts'
import { createMembership } from './membership.ts'
import { createNodeRpc } from './node-rpc.ts'
import { openChain } from './open-chain.ts'
import { readHealth } from './read-health.ts'
import { getRecords, readFinality } from './read-records.ts'
import { checkSettings, type MultiChainLedgerSettings } from './settings.ts'
import { toLedgerError } from './to-ledger-error.ts'
import { waitForChange } from './watch-records.ts'

/**
 * Streams of a MultiChain as a ledger, through one node of it. The node's wallet signs. TypeError: wrong settings.
 * LEDGER_UNAVAILABLE: the node cannot be reached. LEDGER_UNAUTHORISED: it refuses the credentials. LEDGER_WRONG_CHAIN: it is on
 * another chain. LEDGER_REJECTED: the chain does not keep the promises of the port; `details.parameter` names why.
 */
export async function createMultiChainLedger({ settings }: { readonly settings: MultiChainLedgerSettings }): Promise<Ledger> {
  const checked = checkSettings(settings)
  const rpc = createNodeRpc(checked)
  const subscriber = createNodeRpc({ ...checked, callsMax: 1, timeoutMs: checked.subscribeForMs })
  const closing = new AbortController()
  const closeAll = (): void => {
    closing.abort()
    rpc.close()
    subscriber.close()
  }
  try {
    const chain = await openChain(rpc, checked, closing.signal)
    const streams = createChainStreams(subscriber, checked)
    await streams.open(closing.signal)
    const client: Client = { settings: checked, rpc, chain, streams, finalBlocks: createFinalBlocks(rpc), data: createDataCache(rpc), cursors: createListCursors() }
    return compose(client, closing.signal, closeAll)
  } catch (error) {
    closeAll()
    if (LedgerError.is(error)) throw error
    throw toLedgerError(error, 'read') ?? new LedgerError('LEDGER_UNAVAILABLE', 'The node gave no answer that is understood')
  }
}

function compose(client: Client, closing: AbortSignal, closeAll: () => void): Ledger {
  const { pollMs, reconnectForMs, waitingMax } = client.settings
  return composeLedger({
    description: describeLedger(client.settings, client.chain),
    send: (stream, records, _mark, signal) => appendRecords(client, stream, records, signal),
    getMany: (stream, ids, signal) => getRecords(client, stream, ids, signal),
    list: (stream, query, signal) => listRecords(client, stream, query, signal),
    finality: (receipts, signal) => readFinality(client, receipts, signal),
    changed: (stream, after, signal) => waitForChange(client, stream, after, signal),
    health: (signal) => readHealth(client, signal),
    async close() { closeAll() },
    toLedgerError,
    membership: createMembership(client, closing),
    evidence: createEvidence(client, closing),
  }, { pollMs, reconnectForMs, waitingMax })
}
