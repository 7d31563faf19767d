import { blockSchema, CallFailure, legacyProfile, quantitySchema, readSlots, withRoom, type ChainProfile, type RpcError } from '@careledger/ledger-ethereum/legacy'
import { sleep } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import { z } from 'zod'

/** The block that would be next; it has no number and no hash yet. Its gas limit moves with what the blocks before it have used. */
const pendingBlockSchema = z.object({ gasLimit: quantitySchema })

/** Gas that is left free in a block, so that a transaction sent again can ask for a little more each time. */
const GAS_SPARE = 1_000n

/**
 * Refusals of a raw transaction that come before the node looks at it (pyethapp/jsonrpc.py `sendRawTransaction`; ethereum 1.6.1
 * transactions.py; rlp 0.5.1). Any other error may come from behind, when validators have the transaction already.
 */
const REFUSALS = /^(?:Startgas too low|Invalid signature values!|RLP string ends with \d+ superfluous bytes)$/

/**
 * HydraChain 0.3.2 in what it does otherwise than other nodes with the rules of Frontier and Homestead. `firstBlock`: hash of the chain's
 * block 1; without it any chain is taken. `pollMs`: pause between two looks at a full block; `waitMs`: how long at most.
 */
export function createHydraChainProfile({ firstBlock, pollMs, waitMs }: { readonly firstBlock?: string | undefined; readonly pollMs: number; readonly waitMs: number }): ChainProfile {
  return {
    ...legacyProfile,
    kind: 'hydrachain',
    readChainId: async () => undefined,
    async readChainName(rpc, signal) {
      const block = await rpc.call('eth_getBlockByNumber', ['0x1', false], signal)
      if (block === null) throw new LedgerError('LEDGER_UNAVAILABLE', 'The chain has no block yet')
      const { hash } = blockSchema.parse(block)
      if (firstBlock === undefined || hash === firstBlock) return hash
      throw new LedgerError('LEDGER_WRONG_CHAIN', 'The node is on another chain than the settings say', { details: { firstBlock: hash, expected: firstBlock } })
    },
    /** Not by eth_call: the node executes the block's transactions again for it, and answers an empty error when one of them fails. */
    readContract: readSlots,
    readNonce: async (rpc, address, signal) => quantitySchema.parse(await rpc.call('eth_nonce', [address, 'latest'], signal)),
    /**
     * The node gives what the call uses when run on top of the pending block: all of the gas that is offered when it fails, nothing
     * when the block has no room for that much. So a whole block's gas is offered, and an answer means that nothing is pending.
     */
    async estimateGas(rpc, { from, to = '0x', data }, signal) {
      const until = Date.now() + waitMs
      for (;;) {
        const { gasLimit } = pendingBlockSchema.parse(await rpc.call('eth_getBlockByNumber', ['pending', false], signal))
        const gas = `0x${gasLimit.toString(16)}`
        const used = await rpc.call('eth_estimateGas', [{ from, to, data, gas }], signal).then(quantitySchema.parse, failedPending)
        if (used === gasLimit) throw new CallFailure('The contract would refuse the call, or it needs more gas than a block has')
        if (used > 0n) return least(withRoom(used), gasLimit - GAS_SPARE)
        if (Date.now() >= until) throw new LedgerError('LEDGER_UNAVAILABLE', 'Other transactions are pending for too long')
        await sleep(pollMs, signal)
        signal?.throwIfAborted()
      }
    },
    /** There is no status: what fails burns all of its gas. */
    succeeded: ({ gasUsed }, gasLimit) => gasUsed < gasLimit,
    refuses: (error: RpcError) => REFUSALS.test(error.message),
    /** Pending transactions are not shown, but counted. */
    async holds(rpc, address, { nonce }, signal) {
      return quantitySchema.parse(await rpc.call('eth_nonce', [address, 'pending'], signal)) > nonce
    },
    /** The node discards what it has passed on before, lost or not (hydrachain/hdc_service.py, `broadcast_filter`): so another hash. */
    renew({ payload, tries }) {
      const last = tries.at(-1)
      const more = BigInt(Math.min(tries.length, Number(GAS_SPARE)))
      return last && { payload: { ...payload, gasLimit: payload.gasLimit + more }, fees: last.fees }
    },
  }
}

/** The empty error that the node gives when a pending transaction fails: it will be in a block soon. */
function failedPending(error: unknown): bigint {
  if ((error as Partial<RpcError>).name === 'RpcError' && (error as RpcError).message === '') return 0n
  throw error
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
