import { status } from '@grpc/grpc-js'
import { common, gateway, peer } from '@hyperledger/fabric-protos'
import { unpackProposal, type UnpackedProposal } from '../peer/unpack-proposal.ts'
import { planLayouts } from './endorsement-layouts.ts'
import { askPeer } from './endorsing-peer.ts'
import { GatewayError, type GatewayErrorDetail } from './gateway-error.ts'
import type { GatewayOptions } from './gateway-options.ts'

/**
 * Gateway.Endorse: its own peer first, which tells what the transaction touches, then as many others as the policies need
 * (internal/pkg/gateway/endorse.go). Answers a transaction that only lacks the client's signature.
 */
export async function endorse(options: GatewayOptions, request: gateway.EndorseRequest): Promise<gateway.EndorseResponse> {
  const signed = request.getProposedTransaction()
  if (signed === undefined) throw new GatewayError(status.INVALID_ARGUMENT, 'the proposed transaction must contain a signed proposal')
  const proposal = unpackProposal(signed)
  const { channelId } = proposal
  if (!options.ledgers.has(channelId)) {
    throw new GatewayError(status.UNAVAILABLE, `failed to get config for channel [${channelId}]: no channel '${channelId}' found`)
  }
  const collector = new EndorsementCollector(options, proposal)
  const wanted = request.getEndorsingOrganizationsList()
  const layouts = wanted.length > 0 ? [toLayout(options, wanted)] : await collector.planFromLocalPeer()
  for (const layout of layouts) {
    const endorsements = await collector.collect(layout)
    if (endorsements !== undefined) return toResponse(proposal, collector.payload, endorsements)
  }
  throw new GatewayError(status.ABORTED, 'failed to collect enough transaction endorsements, see attached details for more info', collector.details)
}

/** The client names who endorses, and answers for it that the policy is satisfied. */
function toLayout(options: GatewayOptions, wanted: readonly string[]): string[] {
  const alive = new Set(options.peers().filter((one) => one.alive).map((one) => one.mspId))
  const missing = wanted.filter((mspId) => !alive.has(mspId))
  if (missing.length > 0) throw new GatewayError(status.UNAVAILABLE, `failed to find any endorsing peers for org(s): ${missing.join(', ')}`)
  return [...wanted]
}

class EndorsementCollector {
  readonly details: GatewayErrorDetail[] = []
  payload = new Uint8Array()
  readonly #options: GatewayOptions
  readonly #proposal: UnpackedProposal
  readonly #endorsements = new Map<string, peer.Endorsement>()
  readonly #failed = new Set<string>()

  constructor(options: GatewayOptions, proposal: UnpackedProposal) {
    this.#options = options
    this.#proposal = proposal
  }

  async planFromLocalPeer(): Promise<string[][]> {
    const { settings, local, peers } = this.#options
    const { chaincode, channelId, signed, hasTransientData } = this.#proposal
    if (chaincode !== settings.chaincode.name && chaincode !== 'qscc') {
      throw new GatewayError(
        status.FAILED_PRECONDITION,
        `no combination of peers can be derived which satisfy the endorsement policy: No metadata was found for chaincode ${chaincode} in channel ${channelId}`,
      )
    }
    const answer = await askPeer(local, signed, true)
    if (answer.outcome === 'failed') {
      throw new GatewayError(status.ABORTED, 'failed to endorse transaction, see attached details for more info', [answer.detail])
    }
    this.#take(local.mspId, answer.response)
    const alive = peers().filter((one) => one.alive).map((one) => one.mspId)
    const interest = answer.response.getInterest() ?? new peer.ChaincodeInterest()
    return planLayouts({ settings, interest, alive, preferred: local.mspId, hasTransientData })
  }

  /** The endorsements of all organisations of a layout; `undefined` if one of them failed. */
  async collect(layout: readonly string[]): Promise<peer.Endorsement[] | undefined> {
    if (layout.some((mspId) => this.#failed.has(mspId))) return undefined
    const missing = layout.filter((mspId) => !this.#endorsements.has(mspId))
    await Promise.all(missing.map((mspId) => this.#ask(mspId)))
    const endorsements = layout.map((mspId) => this.#endorsements.get(mspId))
    return endorsements.every((one) => one !== undefined) ? endorsements : undefined
  }

  async #ask(mspId: string): Promise<void> {
    const target = this.#options.peers().find((one) => one.mspId === mspId)!
    const answer = await askPeer(target, this.#proposal.signed, target === this.#options.local)
    if (answer.outcome === 'endorsed' && this.#take(mspId, answer.response)) return
    this.#failed.add(mspId)
    const mismatch = { address: target.address, mspId, message: 'ProposalResponsePayloads do not match' }
    this.details.push(answer.outcome === 'failed' ? answer.detail : mismatch)
  }

  #take(mspId: string, response: peer.ProposalResponse): boolean {
    const payload = response.getPayload_asU8()
    if (this.payload.length === 0) this.payload = Uint8Array.from(payload)
    if (Buffer.compare(this.payload, payload) !== 0) return false
    this.#endorsements.set(mspId, response.getEndorsement()!)
    return true
  }
}

function toResponse(proposal: UnpackedProposal, responsePayload: Uint8Array, endorsements: peer.Endorsement[]): gateway.EndorseResponse {
  const endorsed = new peer.ChaincodeEndorsedAction()
  endorsed.setProposalResponsePayload(responsePayload)
  endorsed.setEndorsementsList(endorsements)
  const actionPayload = new peer.ChaincodeActionPayload()
  actionPayload.setChaincodeProposalPayload(proposal.visiblePayload)
  actionPayload.setAction(endorsed)
  const action = new peer.TransactionAction()
  action.setHeader(proposal.header.getSignatureHeader_asU8())
  action.setPayload(actionPayload.serializeBinary())
  const transaction = new peer.Transaction()
  transaction.setActionsList([action])
  const payload = new common.Payload()
  payload.setHeader(proposal.header)
  payload.setData(transaction.serializeBinary())
  const envelope = new common.Envelope()
  envelope.setPayload(payload.serializeBinary())
  const response = new gateway.EndorseResponse()
  response.setPreparedTransaction(envelope)
  return response
}
