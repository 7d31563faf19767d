import type { LedgerErrorCode, LedgerHealth } from '@careledger/ledger-spec'
import { z } from 'zod'
import type { Client } from './client.ts'
import { quantitySchema } from './rpc/schemas.ts'

interface Problem {
  readonly code: LedgerErrorCode
  readonly message: string
}

/** Gas of a full append of 1,024 records, rounded up. */
const FULL_APPEND_GAS = 3_500_000n

/** Heights, and whether the node is still reading the chain, the nonce queue stands still, or the account runs out of money. May throw. */
export async function readHealth(client: Client, signal: AbortSignal): Promise<LedgerHealth> {
  const { latest, final } = await client.chain.head(signal)
  const problems = [...(await nodeProblems(client, signal)), ...(await accountProblems(client, signal))]
  return { ok: problems.length === 0, height: latest, ...(final < 0n ? {} : { finalHeight: final }), problems }
}

async function nodeProblems({ rpc }: Client, signal: AbortSignal): Promise<readonly Problem[]> {
  const syncing = z.union([z.literal(false), z.looseObject({})]).parse(await rpc.call('eth_syncing', [], signal))
  return syncing === false ? [] : [{ code: 'LEDGER_UNAVAILABLE', message: 'The node is behind: it is still reading the chain' }]
}

async function accountProblems(client: Client, signal: AbortSignal): Promise<readonly Problem[]> {
  const { account, rpc, settings } = client
  if (account === undefined) return []
  const problems: Problem[] = []
  if (account.transactions.isStuck()) problems.push({ code: 'LEDGER_UNAVAILABLE', message: 'A transaction of the account is in no block although its fees were raised' })
  const [balance = 0n, gasPrice = 0n] = (await rpc.batch([
    { method: 'eth_getBalance', params: [account.address, 'latest'] },
    { method: 'eth_gasPrice', params: [] },
  ], signal)).map((answer) => quantitySchema.parse(answer))
  if (balance < BigInt(settings.balanceForAppendsMin) * FULL_APPEND_GAS * gasPrice) {
    problems.push({ code: 'LEDGER_REJECTED', message: `The account's balance pays for fewer than ${settings.balanceForAppendsMin} full appends` })
  }
  return problems
}
