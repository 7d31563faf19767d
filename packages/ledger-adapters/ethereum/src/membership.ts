import { LedgerError, type Membership, type StreamName } from '@careledger/ledger-spec'
import { getAddress, isAddress } from 'ethers'
import type { Client } from './client.ts'
import { encodeCall, toStreamTopic } from './contract/records-contract.ts'
import { CallFailure } from './rpc/rpc-error.ts'
import { sendTransaction } from './send-transaction.ts'

/**
 * Writers of each stream, kept by the contract and changed by its administrator; anybody else is LEDGER_UNAUTHORISED. Members are
 * addresses (LEDGER_INVALID_RECORD otherwise). Reading is no right here: who has a node reads all, so `read` is LEDGER_NOT_SUPPORTED.
 */
export function createMembership(client: Client, signal: AbortSignal): Membership {
  async function change(name: 'grant' | 'revoke', stream: StreamName, member: string, right: 'read' | 'write'): Promise<void> {
    if (right !== 'write') throw new LedgerError('LEDGER_NOT_SUPPORTED', 'Everybody with a node of this chain can read', { details: { right } })
    if (!isAddress(member)) throw new LedgerError('LEDGER_INVALID_RECORD', 'A member is an address: 0x and 40 hex digits', { details: { field: 'member' } })
    const sent = await sendTransaction(client, encodeCall(name, [toStreamTopic(stream), getAddress(member)]), signal).catch(async (error: unknown) => {
      throw error instanceof CallFailure ? await refusal() : error
    })
    if (sent === undefined) throw new LedgerError('LEDGER_UNAVAILABLE', 'Another transaction took the place of this one')
    client.chain.atLeast(sent.receipt.blockNumber)
    if (!sent.succeeded) throw new LedgerError('LEDGER_REJECTED', 'The transaction is in a block and failed', { details: { stream, transaction: sent.receipt.transactionHash } })
  }
  /** Why the contract would refuse a change, where the node does not tell. */
  async function refusal(): Promise<LedgerError> {
    const { latest } = await client.chain.head(signal)
    const [administrator] = await client.chain.call('administrator', [], latest, signal)
    return administrator === client.account?.address
      ? new LedgerError('LEDGER_REJECTED', 'The contract would refuse the change')
      : new LedgerError('LEDGER_UNAUTHORISED', 'The account is not the administrator of the contract')
  }
  return {
    grant: (stream, member, right) => change('grant', stream, member, right),
    revoke: (stream, member, right) => change('revoke', stream, member, right),
    async list(stream) {
      const { latest } = await client.chain.head(signal)
      const [writers] = await client.chain.call('writers', [toStreamTopic(stream)], latest, signal) as readonly [readonly string[]]
      return [...writers].map((member) => ({ member, right: 'write' }))
    },
  }
}
