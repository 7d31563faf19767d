import type { LedgerHealth } from '@careledger/ledger-spec'
import { blockList, chainInfo, chainTips, mempoolInfo, readAs, text } from './answers.ts'
import type { Client } from './client.ts'

type Problem = LedgerHealth['problems'][number]

/** A tip this many times older than the chain's target is late. Blocks at twice the target are ordinary. */
const LATE_TARGETS = 20
const LATE_MS_MIN = 60_000

/**
 * Height and what is wrong: another chain behind the same address, a fork as deep as finality (`getchaintips`), transactions that
 * wait while no block comes. A quiet chain is well: miners stop after `mine-empty-rounds` empty blocks, when all is final.
 */
export async function readHealth(client: Client, signal: AbortSignal): Promise<LedgerHealth> {
  const { blocks: height } = readAs(chainInfo, await client.rpc.call('getinfo', [], signal))
  const problems: Problem[] = []
  if (readAs(text, await client.rpc.call('getblockhash', [0], signal)) !== client.chain.genesisHash) {
    problems.push({ code: 'LEDGER_WRONG_CHAIN', message: 'The node is on a chain with another genesis block' })
  } else {
    await client.finalBlocks.check(signal)
    problems.push(...await deepForks(client, signal), ...await stall(client, height, signal))
  }
  const finalHeight = Math.max(0, height - client.settings.confirmationsMin + 1)
  return { ok: problems.length === 0, height: BigInt(height), finalHeight: BigInt(finalHeight), problems }
}

/** `branchlen` is the length of a branch that is not the active chain: as long as finality, somebody's final records were not. */
async function deepForks(client: Client, signal: AbortSignal): Promise<readonly Problem[]> {
  const tips = readAs(chainTips, await client.rpc.call('getchaintips', [], signal))
  return tips
    .filter(({ height, branchlen, status }) => status !== 'invalid' && branchlen >= client.settings.confirmationsMin && height >= client.settings.forksSettledBelow)
    .map(({ height, branchlen }) => ({ code: 'LEDGER_CORRUPTION', message: `A fork of ${branchlen} blocks ended at height ${height}: what was final there is not on this chain` }))
}

async function stall(client: Client, height: number, signal: AbortSignal): Promise<readonly Problem[]> {
  const blocks = readAs(blockList, await client.rpc.call('listblocks', [`-${Math.min(height + 1, client.settings.confirmationsMin - 1) || 1}`], signal))
  const newest = blocks.at(-1)
  const lateMs = Math.max(LATE_MS_MIN, LATE_TARGETS * client.chain.targetBlockTime * 1_000)
  if (newest === undefined || Date.now() - newest.time * 1_000 < lateMs) return []
  const { size } = readAs(mempoolInfo, await client.rpc.call('getmempoolinfo', [], signal))
  const unfinished = client.settings.confirmationsMin > 1 && blocks.some(({ txcount }) => txcount > 1)
  if (size === 0 && !unfinished) return []
  return [{ code: 'LEDGER_UNAVAILABLE', message: `No block since height ${newest.height}, and what waits cannot become final: do the miners run?` }]
}
