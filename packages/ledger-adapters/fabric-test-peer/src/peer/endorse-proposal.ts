import { peer } from '@hyperledger/fabric-protos'
import type { ChaincodeConnection } from '../chaincode/chaincode-connection.ts'
import type { Identity, Membership } from '../identity/membership.ts'
import type { SigningIdentity } from '../identity/signer.ts'
import { encodeReadWriteSet } from '../ledger/encode-read-write-set.ts'
import type { PeerLedger } from '../ledger/peer-ledger.ts'
import type { PrivateExchange } from '../ledger/private-exchange.ts'
import { Simulator } from '../ledger/simulator.ts'
import type { NetworkSettings } from '../settings.ts'
import { buildInterest } from './build-interest.ts'
import { querySystemChaincode } from './query-system-chaincode.ts'
import { checkProposal, unpackProposal, type UnpackedProposal } from './unpack-proposal.ts'

/** From here on a chaincode's answer is not endorsed (fabric-chaincode-go, `ERRORTHRESHOLD`). */
const ERROR_THRESHOLD = 400
const ERROR = 500

export interface EndorserOptions {
  readonly settings: NetworkSettings
  readonly membership: Membership
  readonly signer: SigningIdentity
  readonly exchange: PrivateExchange
  readonly chaincode: ChaincodeConnection
  readonly ledgers: ReadonlyMap<string, PeerLedger>
}

/**
 * Endorser.ProcessProposal. Throws what the real peer answers as a gRPC error (a proposal that may not be looked at); everything that
 * goes wrong later is a response with status 500 and without payload, and what the chaincode refuses is one with payload.
 */
export async function endorseProposal(options: EndorserOptions, signed: peer.SignedProposal): Promise<peer.ProposalResponse> {
  const proposal = unpackProposal(signed)
  const ledger = options.ledgers.get(proposal.channelId)
  if (ledger === undefined) return refusal(`channel '${proposal.channelId}' not found`)
  const creator = admit(options.membership, ledger, proposal)
  try {
    if (proposal.chaincode === 'qscc') return endorse(options, proposal, querySystemChaincode(options.ledgers, proposal.input))
    if (proposal.chaincode !== options.settings.chaincode.name) {
      throw new Error(
        `make sure the chaincode ${proposal.chaincode} has been successfully defined on channel ${proposal.channelId} and try again: ` +
          `chaincode ${proposal.chaincode} not found`,
      )
    }
    return await simulate(options, ledger, creator, proposal)
  } catch (error) {
    return refusal((error as Error).message)
  }
}

function admit(membership: Membership, ledger: PeerLedger, proposal: UnpackedProposal): Identity {
  let creator: Identity
  try {
    creator = checkProposal(membership, proposal)
  } catch (error) {
    throw new Error(`error validating proposal: ${(error as Error).message}`, { cause: error })
  }
  if (ledger.status(proposal.txId) !== undefined) {
    throw new Error(`duplicate transaction found [${proposal.txId}]. Creator [${Buffer.from(proposal.creator).toString('hex')}]`)
  }
  return creator
}

async function simulate(options: EndorserOptions, ledger: PeerLedger, creator: Identity, proposal: UnpackedProposal): Promise<peer.ProposalResponse> {
  const { settings, chaincode, exchange } = options
  const { txId, channelId } = proposal
  const release = await ledger.lock.acquire('read')
  try {
    const simulator = new Simulator({
      state: ledger.state,
      namespace: settings.chaincode.name,
      collections: new Set(settings.collections.keys()),
      txId,
    })
    const { response, event } = await chaincode
      .execute(
        { channelId, txId, creatorMspId: creator.mspId, settings, ledger, simulator, signedProposal: proposal.signed, iterators: new Map() },
        proposal.input,
      )
      .catch((error: unknown) => {
        throw new Error(`error in simulation: ${(error as Error).message}`, { cause: error })
      })
    if (response.getStatus() < ERROR_THRESHOLD) exchange.distribute(channelId, txId, simulator)
    return endorse(options, proposal, response, simulator, response.getStatus() < ERROR_THRESHOLD ? event : undefined)
  } finally {
    release()
  }
}

function endorse(
  { settings, signer }: EndorserOptions,
  proposal: UnpackedProposal,
  response: peer.Response,
  simulator?: Simulator,
  event?: peer.ChaincodeEvent,
): peer.ProposalResponse {
  const id = new peer.ChaincodeID()
  id.setName(proposal.chaincode)
  id.setVersion(settings.chaincode.version)
  const action = new peer.ChaincodeAction()
  action.setResponse(response)
  action.setChaincodeId(id)
  if (simulator !== undefined) action.setResults(encodeReadWriteSet(settings.chaincode.name, simulator))
  if (event !== undefined) {
    event.setChaincodeId(proposal.chaincode)
    event.setTxId(proposal.txId)
    action.setEvents(event.serializeBinary())
  }
  const payload = new peer.ProposalResponsePayload()
  payload.setProposalHash(proposal.hash)
  payload.setExtension$(action.serializeBinary())
  const bytes = payload.serializeBinary()

  const result = new peer.ProposalResponse()
  result.setResponse(response)
  if (response.getStatus() >= ERROR) result.setPayload(bytes)
  if (simulator !== undefined) result.setInterest(buildInterest(settings.chaincode.name, simulator))
  if (response.getStatus() >= ERROR_THRESHOLD) return result
  const endorsement = new peer.Endorsement()
  endorsement.setEndorser(signer.serialized)
  endorsement.setSignature(signer.sign(Buffer.concat([bytes, signer.serialized])))
  result.setVersion(1)
  result.setPayload(bytes)
  result.setEndorsement(endorsement)
  return result
}

function refusal(message: string): peer.ProposalResponse {
  const response = new peer.Response()
  response.setStatus(ERROR)
  response.setMessage(message)
  const result = new peer.ProposalResponse()
  result.setResponse(response)
  return result
}
