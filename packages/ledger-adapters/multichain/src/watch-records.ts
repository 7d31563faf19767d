import { sleep } from '@careledger/ledger-kit'
import type { Position, StreamName } from '@careledger/ledger-spec'
import { readAs, text } from './answers.ts'
import type { Client } from './client.ts'
import { listRecords } from './list-records.ts'

/**
 * Resolves when a final record stands after `after`. Only a new block makes records final, so the node is asked for its tip in
 * between. An error resolves too: the list that the watch reads next has it again, and a watch bridges outages there.
 */
export async function waitForChange(client: Client, stream: StreamName, after: Position | undefined, signal: AbortSignal): Promise<void> {
  try {
    await untilListed(client, stream, after, signal)
  } catch {
    return
  }
}

async function untilListed(client: Client, stream: StreamName, after: Position | undefined, signal: AbortSignal): Promise<void> {
  const tip = async (): Promise<string> => readAs(text, await client.rpc.call('getbestblockhash', [], signal))
  while (!signal.aborted) {
    const looked = await tip()
    if ((await listRecords(client, stream, { after, limit: 1 }, signal)).records.length > 0) return
    do await sleep(client.settings.pollMs, signal)
    while (!signal.aborted && (await tip()) === looked)
  }
}
