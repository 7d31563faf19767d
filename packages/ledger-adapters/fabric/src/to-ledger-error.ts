import { safeCause, type Phase } from '@careledger/ledger-kit'
import { LedgerError, type LedgerErrorCode } from '@careledger/ledger-spec'

/** What an error says about a transaction that was to be endorsed: nothing has been given to an orderer yet. */
export type EndorseVerdict = 'moved' | LedgerError

interface Row {
  readonly text: RegExp
  readonly code: LedgerErrorCode
  readonly message: string
}

/**
 * Texts of Fabric 3.1 (main 0c423ac47), the two clients and our chaincode, each with where it comes from. All of them come before anything was
 * given to an orderer, but for the last two rows, where the orderer itself says that it took nothing.
 */
const ROWS: readonly Row[] = [
  // @careledger/fabric-chaincode: refusal.ts
  { text: /careledger UNAUTHORISED/, code: 'LEDGER_UNAUTHORISED', message: 'The chaincode refused the account' },
  { text: /careledger CONFLICT/, code: 'LEDGER_CONFLICT', message: 'The stream exists already, with other members or as a public one' },
  { text: /careledger INVALID/, code: 'LEDGER_INVALID_RECORD', message: 'The chaincode refused the form of the request' },
  { text: /careledger REJECTED/, code: 'LEDGER_REJECTED', message: 'The chaincode refused the request' },
  // core/chaincode/handler.go errorIfCreatorHasNoReadPermission, errorIfCreatorHasNoWritePermission
  { text: /does not have (?:read|write) access permission/, code: 'LEDGER_UNAUTHORISED', message: 'The organisation is not in the collection' },
  // discovery/service.go; internal/pkg/gateway (creator org unknown); core/endorser: also the client network's answer to an unknown channel
  { text: /access denied|creator org unknown|creator is malformed/i, code: 'LEDGER_UNAUTHORISED', message: 'The channel does not know the identity, or the peer not the channel' },
  // internal/pkg/gateway registry.go 'failed to get config for channel'; core/endorser 'channel not found'
  { text: /failed to get config for channel|channel '?[^ ]*'? not found/i, code: 'LEDGER_WRONG_CHAIN', message: 'The peer has no such channel' },
  // internal/pkg/gateway 'No metadata was found for chaincode'; core/endorser 'make sure the chaincode .. has been successfully defined'
  { text: /No metadata was found for chaincode|has been successfully defined on channel|chaincode definition for '[^']*' (?:exists|not found)/i, code: 'LEDGER_WRONG_CHAIN', message: 'The channel has no such chaincode' },
  // internal/pkg/gateway/registry.go evaluator; fabric-common Proposal.js. Peers that have just started do not know it of each other yet
  { text: /no peers available to evaluate chaincode|is not running chaincode/i, code: 'LEDGER_UNAVAILABLE', message: 'No peer of the organisation runs a chaincode of this name: it is not defined, or the peers have just started' },
  // @grpc/grpc-js on the client: the answer is larger than the client takes
  { text: /Received message larger than max/i, code: 'LEDGER_REJECTED', message: 'An endorsement is larger than the client takes' },
  // orderer/common/msgprocessor/sizefilter.go, answered with BAD_REQUEST
  { text: /exceeds maximum allowed|message payload is \d+ bytes/i, code: 'LEDGER_REJECTED', message: 'The orderer takes no message of this size; lower appendBytesMax' },
  // orderer/common/broadcast: what it answers so it has not taken; internal/pkg/gateway/submit.go, fabric-common DiscoveryHandler.js, network-client.ts. Of several
  // orderers that have to agree (BFT) one may have taken it
  { text: /^(?!.*insufficient number of orderers).*status[:= ] ?(?:BAD_REQUEST|FORBIDDEN)/is, code: 'LEDGER_REJECTED', message: 'The orderer refused the transaction' },
]

/** Two endorsers stood at different blocks: internal/pkg/gateway plan.go; fabric-common DiscoveryHandler.js, Proposal.js. Certainly not sent. */
const MISMATCH = /ProposalResponsePayloads do not match|endorsements do not match/i

/** Validation codes (peer/transaction.proto TxValidationCode). */
const VALID = 0
const MVCC_READ_CONFLICT = 11
const PHANTOM_READ_CONFLICT = 12

/** Errors that say by their text what happened, and that nothing was written. Everything else is left to the caller's phase. */
export function toLedgerError(error: unknown, _phase: Phase): LedgerError | undefined {
  const text = textOf(error)
  const row = ROWS.find((candidate) => candidate.text.test(text))
  return row === undefined ? undefined : new LedgerError(row.code, row.message, { cause: causeOf(error) })
}

/** Whether another writer was faster, or what to answer: without a row it is LEDGER_UNAVAILABLE, because nothing was sent. */
export function toEndorseVerdict(error: unknown): EndorseVerdict {
  if (LedgerError.is(error)) return error
  if (MISMATCH.test(textOf(error))) return 'moved'
  return toLedgerError(error, 'read') ?? new LedgerError('LEDGER_UNAVAILABLE', 'The transaction was not endorsed, and so not sent', { cause: causeOf(error) })
}

/** What a validation code means: `moved` for a lost race, LEDGER_REJECTED for any other invalid transaction. Nothing of an invalid one is written. */
export function toOutcome(code: number): 'valid' | 'moved' | LedgerError {
  if (code === VALID) return 'valid'
  if (code === MVCC_READ_CONFLICT || code === PHANTOM_READ_CONFLICT) return 'moved'
  return new LedgerError('LEDGER_REJECTED', 'The peers found the transaction invalid; look the validation code up in TxValidationCode', { details: { validationCode: code } })
}

/** Message, the endorsers' messages of a GatewayError, and no more: fabric-network's errors carry certificates. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { details } = error as { readonly details?: unknown }
  const said = Array.isArray(details) ? details.map((detail: unknown) => String((detail as { readonly message?: unknown } | null)?.message ?? '')) : []
  return [error.message, ...said].join('; ')
}

/** A plain error with the text of both, redacted. */
function causeOf(error: unknown): Error {
  const { code } = error as { readonly code?: unknown }
  return safeCause(Object.assign(new Error(textOf(error)), { name: error instanceof Error ? error.name : 'Error' }, typeof code === 'number' || typeof code === 'string' ? { code } : {}))
}
