import { sleep } from '@careledger/ledger-kit'
import type { StreamName } from '@careledger/ledger-spec'
import type { Client } from './client.ts'
import { firstAfter } from './position.ts'

/**
 * Resolves when blocks are final that the last page of the stream did not read. It asks for the newest block each `pollMs`:
 * subscriptions of nodes say nothing when a block is taken back, so nothing here depends on them.
 */
export async function waitForFinalBlock(client: Client, stream: StreamName, after: string | undefined, signal: AbortSignal): Promise<void> {
  const unread = client.index.get(stream, undefined, firstAfter(after))?.block
  if (unread === undefined) return await sleep(client.settings.pollMs, signal)
  while (!(await isFinal(client, unread, signal))) {
    await sleep(client.settings.pollMs, signal)
    signal.throwIfAborted()
  }
}

/** Also true when the node does not answer: the next page then says so, and the kit bridges the outage. */
async function isFinal(client: Client, block: bigint, signal: AbortSignal): Promise<boolean> {
  return await client.chain.head(signal).then(({ final }) => final >= block, () => true)
}
