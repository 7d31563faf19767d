import { composeLedger, type LedgerBackend } from '@careledger/ledger-kit'
import type { Ledger } from '@careledger/ledger-spec'
import { getAddress } from 'ethers'
import { appendRecords, readMark } from './append-records.ts'
import { describeLedger } from './capabilities.ts'
import { checkNode } from './check-node.ts'
import type { Client } from './client.ts'
import { createEvidence } from './evidence/record-evidence.ts'
import { createMembership } from './membership.ts'
import { legacyProfile, modernProfile, type ChainProfile } from './profile.ts'
import { readHealth } from './read-health.ts'
import { getRecords, listRecords } from './read-records.ts'
import { createChain } from './rpc/chain.ts'
import { createRpc } from './rpc/create-rpc.ts'
import { createSequenceIndex } from './sequence-index.ts'
import { checkSettings, type CheckedSettings, type EthereumLedgerSettings } from './settings.ts'
import { toLedgerError, toOpenError } from './to-ledger-error.ts'
import { createTransactionQueue } from './transactions/create-transaction-queue.ts'
import type { EthereumSigner } from './transactions/signer.ts'
import { waitForFinalBlock } from './watch-records.ts'

export interface EthereumLedgerOptions {
  readonly settings: EthereumLedgerSettings
  /** The writing account. One process may use one account. Without it the ledger only reads: `append` is LEDGER_UNAUTHORISED. */
  readonly signer?: EthereumSigner | undefined
}

/**
 * Opens a ledger. TypeError: wrong settings. LEDGER_UNAVAILABLE: no node answers. LEDGER_WRONG_CHAIN: a node is on another chain, or
 * there is another contract, or none, at the address.
 */
export async function createEthereumLedger({ settings, signer }: EthereumLedgerOptions): Promise<Ledger> {
  const checked = checkSettings(settings)
  return await openLedger(checked, checked.profile === 'modern' ? modernProfile : legacyProfile, signer)
}

/** The same for a chain of any profile. */
export async function openLedger(settings: CheckedSettings, profile: ChainProfile, signer: EthereumSigner | undefined): Promise<Ledger> {
  const closing = new AbortController()
  const rpc = createRpc({
    urls: settings.urls,
    timeoutMs: settings.requestTimeoutMs,
    requestsMax: settings.requestsMax,
    verify: async (node, signal) => { await checkNode(node, settings, profile, signal) },
  })
  const { createdAt, chainName } = await checkNode(rpc, settings, profile).catch((error: unknown) => { throw toOpenError(error) })
  const chain = createChain(rpc, settings, profile)
  const client: Client = {
    settings, profile, rpc, chain, createdAt,
    index: createSequenceIndex(),
    account: signer && {
      address: getAddress(signer.address),
      transactions: createTransactionQueue({ rpc, chain, profile, signer, settings }),
    },
  }
  return composeLedger(toBackend(client, `${chainName}:${getAddress(settings.contract)}`, closing), {
    pollMs: settings.pollMs,
    reconnectForMs: settings.reconnectForMs,
    finalWaitMs: settings.finalWaitMs,
    waitingMax: settings.waitingMax,
  })
}

function toBackend(client: Client, ledgerId: string, closing: AbortController): LedgerBackend {
  return {
    description: describeLedger(client.settings, client.profile, ledgerId),
    mark: (stream, signal) => readMark(client, stream, signal),
    send: (stream, records, mark, signal) => appendRecords(client, stream, records, mark as bigint, signal),
    getMany: (stream, ids, signal) => getRecords(client, stream, ids, signal),
    list: (stream, query, signal) => listRecords(client, stream, query, signal),
    changed: (stream, after, signal) => waitForFinalBlock(client, stream, after, signal),
    health: (signal) => readHealth(client, signal),
    async close() {
      closing.abort()
      client.account?.transactions.close()
    },
    toLedgerError,
    membership: createMembership(client, closing.signal),
    ...(client.profile.receiptsRoot ? { evidence: createEvidence(client, closing.signal) } : {}),
  }
}
