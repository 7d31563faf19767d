import { safeCause, type Phase } from '@careledger/ledger-kit'
import { LedgerError, type LedgerErrorCode } from '@careledger/ledger-spec'
import { NodeError } from './node-error.ts'

interface Row {
  readonly code: LedgerErrorCode
  readonly message: string
}

/**
 * Error objects of MultiChain 2.3 that say that nothing was done, by the numbers of `src/rpc/rpcprotocol.h`. Those marked (seen) were
 * got from a running node.
 */
const BY_RPC_CODE: Readonly<Record<number, Row>> = {
  /** RPC_FORBIDDEN_BY_SAFE_MODE: the node has seen a deep fork and refuses to work. */
  [-2]: { code: 'LEDGER_UNAVAILABLE', message: 'The node is in safe mode' },
  /** RPC_INVALID_ADDRESS_OR_KEY (seen): "Invalid address". */
  [-5]: { code: 'LEDGER_INVALID_RECORD', message: 'The node does not know such an address' },
  /** RPC_INVALID_PARAMETER (seen): "Transaction too large", "Number of items exceeds 32". */
  [-8]: { code: 'LEDGER_REJECTED', message: 'The node refused the form of the call' },
  /** RPC_VERIFY_REJECTED (seen): "The transaction was rejected: 64: scriptpubkey". */
  [-26]: { code: 'LEDGER_REJECTED', message: 'The node refused the transaction' },
  /** RPC_IN_WARMUP (seen), after it was waited for. */
  [-28]: { code: 'LEDGER_UNAVAILABLE', message: 'The node is still starting' },
  /** RPC_INVALID_REQUEST (seen): "Wrong chain name", the only cause that this client can have. */
  [-32600]: { code: 'LEDGER_WRONG_CHAIN', message: 'The node is on a chain of another name' },
  /** RPC_METHOD_NOT_FOUND (seen). */
  [-32601]: { code: 'LEDGER_REJECTED', message: 'The node does not know a call that MultiChain 2.3 has' },
  /** RPC_NOT_ALLOWED (seen): "Publishing onchain items is not allowed to this stream". */
  [-701]: { code: 'LEDGER_REJECTED', message: 'The stream does not take this' },
  /** RPC_NOT_SUBSCRIBED (seen), again after the stream was subscribed. */
  [-703]: { code: 'LEDGER_UNAVAILABLE', message: 'The node is not subscribed to the stream' },
  /** RPC_INSUFFICIENT_PERMISSIONS (seen). */
  [-704]: { code: 'LEDGER_UNAUTHORISED', message: 'The address does not have the right' },
  /** RPC_ENTITY_NOT_FOUND (seen): "Stream with this name not found". */
  [-708]: { code: 'LEDGER_REJECTED', message: 'The stream is not on the chain' },
  /** RPC_WALLET_ADDRESS_NOT_FOUND (seen): "Private key for from-address is not found in this wallet". */
  [-709]: { code: 'LEDGER_UNAUTHORISED', message: 'The wallet of the node does not have the key of the address' },
  /** RPC_WALLET_NO_UNSPENT_OUTPUTS (seen): every output of the address is spent or locked; a grant or a payment of zero makes one. */
  [-716]: { code: 'LEDGER_UNAVAILABLE', message: 'The address has no unspent output to publish with' },
}

/** rpcstreams.cpp gives -704 for an address without outputs as well; the right is not what is missing then. */
const NO_OUTPUTS = "doesn't have unlocked unspent outputs"

/** `undefined` for what is not in the tables: the kit makes LEDGER_UNAVAILABLE of a read, LEDGER_OUTCOME_UNKNOWN of a send. */
export function toLedgerError(error: unknown, _phase: Phase): LedgerError | undefined {
  if (!(error instanceof NodeError)) return undefined
  const row = rowOf(error)
  return row === undefined ? undefined : new LedgerError(row.code, row.message, { cause: safeCause(error) })
}

function rowOf({ failure, message }: NodeError): Row | undefined {
  switch (failure.kind) {
    case 'rpc':
      return BY_RPC_CODE[failure.code === -704 && message.includes(NO_OUTPUTS) ? -716 : failure.code]
    case 'not-connected':
      return { code: 'LEDGER_UNAVAILABLE', message: 'The node could not be reached' }
    case 'http':
      return byStatus(failure.code, failure.busy)
    case 'cut':
    case 'malformed':
      return undefined
  }
}

/** `busy` is rpcserver.cpp's "Work queue depth exceeded" and its page while stopping: not executed. 401 and 403 (`rpcallowip`) likewise. */
function byStatus(status: number, busy: boolean): Row | undefined {
  if (busy) return { code: 'LEDGER_UNAVAILABLE', message: 'The node has too much to do' }
  if (status === 401 || status === 403) return { code: 'LEDGER_UNAUTHORISED', message: 'The node does not accept these credentials from here' }
  return undefined
}
