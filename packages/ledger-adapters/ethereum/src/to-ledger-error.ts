import { safeCause, type Phase } from '@careledger/ledger-kit'
import { LedgerError, type LedgerErrorCode } from '@careledger/ledger-spec'
import { decodeRevert } from './contract/records-contract.ts'
import { CallFailure, RpcError, TransportError } from './rpc/rpc-error.ts'

/** What the contract's own errors mean (src/contract/care-ledger.sol). `Moved` is no error: the append looks again. */
const REVERTS: Readonly<Record<string, readonly [LedgerErrorCode, string]>> = {
  NotWriter: ['LEDGER_UNAUTHORISED', 'The account may not write this stream'],
  NotAdministrator: ['LEDGER_UNAUTHORISED', 'The account is not the administrator of the contract'],
  Malformed: ['LEDGER_REJECTED', 'The contract could not read the append'],
}

/**
 * What nodes say. Each of these is an answer to a request that was not carried out, so it says in any phase that nothing was sent.
 * go-ethereum v1.16.9: core/error.go, core/txpool/errors.go, core/state_transition.go, internal/ethapi/errors.go, rpc/errors.go;
 * anvil 1.7.1: crates/anvil/src/eth/error.rs. Codes of EIP-1474 where nodes use them.
 */
const ANSWERS: readonly (readonly [RegExp | number, LedgerErrorCode, string])[] = [
  [/insufficient funds/i, 'LEDGER_REJECTED', 'The account cannot pay for the transaction'],
  [/intrinsic gas too low|exceeds block gas limit|gas required exceeds allowance|gas limit too high|max initcode/i, 'LEDGER_REJECTED', 'The append needs more gas than the chain allows'],
  [/oversized data|exceeds maximum (?:size|allowed)/i, 'LEDGER_REJECTED', 'The append is larger than the node takes'],
  [/fee cap less than|max fee per gas less than|gas price below|underpriced|max priority fee per gas higher/i, 'LEDGER_UNAVAILABLE', 'The fees are too low for the chain now'],
  [/txpool is full|account limit exceeded|future transaction/i, 'LEDGER_UNAVAILABLE', 'The node takes no more transactions now'],
  [/invalid chain ?id|invalid sender/i, 'LEDGER_WRONG_CHAIN', 'The node is on another chain than the settings say'],
  [/pruned history/i, 'LEDGER_UNAVAILABLE', 'The node has dropped the blocks that are asked for'],
  [-32601, 'LEDGER_NOT_SUPPORTED', 'The node does not know a method that the ledger needs'],
  [-32005, 'LEDGER_UNAVAILABLE', 'The node is asked for more than it gives at once'],
]

/**
 * The one table from a node's errors to ours. A transport error says only whether the request went out: after that it is left to
 * the phase. An answer that is not recognised is a refusal whatever it says: nodes answer with an error only when nothing was taken.
 */
export function toLedgerError(error: unknown, phase: Phase): LedgerError | undefined {
  if (error instanceof TransportError) {
    return phase === 'send' && error.sent ? undefined : new LedgerError('LEDGER_UNAVAILABLE', error.message, { cause: safeCause(error) })
  }
  if (error instanceof CallFailure) return new LedgerError('LEDGER_REJECTED', error.message)
  if (!(error instanceof RpcError)) return undefined
  const revert = revertOf(error)
  const [, code, message] = revert === undefined
    ? ANSWERS.find(([sign]) => (typeof sign === 'number' ? sign === error.code : sign.test(error.message))) ?? []
    : [undefined, ...(REVERTS[revert.name] ?? [])]
  const details = { method: error.method, nodeCode: error.code, ...(revert === undefined ? {} : { revert: revert.name }) }
  if (code !== undefined && message !== undefined) return new LedgerError(code, message, { cause: safeCause(error), details })
  return phase === 'send'
    ? new LedgerError('LEDGER_REJECTED', 'The node refused the transaction', { cause: safeCause(error), details })
    : undefined
}

/** The contract's error inside a node's answer; `undefined` when it is none. geth and anvil give it as `data` of code 3 or -32000. */
export function revertOf(error: unknown): ReturnType<typeof decodeRevert> {
  return error instanceof RpcError ? decodeRevert(error.data) : undefined
}

/** What leaves the adapter where no kit is around: a ledger being opened, a contract being created. */
export function toOpenError(error: unknown): LedgerError {
  if (LedgerError.is(error)) return error
  return toLedgerError(error, 'read') ?? new LedgerError('LEDGER_UNAVAILABLE', 'The node could not be read', { cause: safeCause(error) })
}
