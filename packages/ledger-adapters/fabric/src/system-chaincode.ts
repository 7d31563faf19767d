import type { FabricClient } from './fabric-client.ts'
import { bytesField, numberField } from './proto-fields.ts'

// qscc, the peer's own chaincode about its ledger: messages of Fabric's `peer/transaction.proto`, `common/ledger.proto`, `common/common.proto`.
const QSCC = 'qscc'

/** Validation code of a transaction that is in a block; `undefined` when the peer knows none, which does not say that none will come. */
export async function readValidationCode(client: FabricClient, channel: string, transactionId: string): Promise<number | undefined> {
  try {
    return Number(numberField(await client.evaluate({ chaincode: QSCC, name: 'GetTransactionByID', args: [channel, transactionId] }), 2))
  } catch (error) {
    if (isUnknownTransaction(error)) return undefined
    throw error
  }
}

/** Number of blocks. */
export async function readHeight(client: FabricClient, channel: string): Promise<bigint> {
  return numberField(await client.evaluate({ chaincode: QSCC, name: 'GetChainInfo', args: [channel] }), 1)
}

/** Hash of the first block's data, as its header has it: another channel has another one. */
export async function readGenesisHash(client: FabricClient, channel: string): Promise<string> {
  const block = await client.evaluate({ chaincode: QSCC, name: 'GetBlockByNumber', args: [channel, '0'] })
  const hash = bytesField(bytesField(block, 1), 3)
  if (hash.length !== 32) throw new Error('The first block has no hash of its data')
  return Buffer.from(hash).toString('hex')
}

/** core/scc/qscc/query.go and the index of the block store: `no such transaction ID [..] in index`. */
function isUnknownTransaction(error: unknown): boolean {
  return error instanceof Error && /no such transaction ID/i.test(`${error.message} ${JSON.stringify((error as { details?: unknown }).details ?? '')}`)
}
