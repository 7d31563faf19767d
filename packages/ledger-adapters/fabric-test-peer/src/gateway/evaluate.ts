import { status } from '@grpc/grpc-js'
import { gateway, peer } from '@hyperledger/fabric-protos'
import { unpackProposal } from '../peer/unpack-proposal.ts'
import { askPeer } from './endorsing-peer.ts'
import { GatewayError, type GatewayErrorDetail } from './gateway-error.ts'
import type { GatewayOptions } from './gateway-options.ts'

/** Gateway.Evaluate: asks one peer after another until one of them can tell (internal/pkg/gateway/evaluate.go). */
export async function evaluate(options: GatewayOptions, request: gateway.EvaluateRequest): Promise<gateway.EvaluateResponse> {
  const signed = request.getProposedTransaction()
  if (signed === undefined) throw new GatewayError(status.INVALID_ARGUMENT, 'failed to unpack transaction proposal: a signed proposal is required')
  const { channelId, chaincode, hasTransientData } = unpackProposal(signed)
  if (!options.ledgers.has(channelId)) {
    throw new GatewayError(status.UNAVAILABLE, `failed to get config for channel [${channelId}]: no channel '${channelId}' found`)
  }
  const targets = request.getTargetOrganizationsList()
  const organisations = targets.length === 0 && hasTransientData ? [options.local.mspId] : targets
  const peers = options.peers().filter((one) => one.alive && (organisations.length === 0 || organisations.includes(one.mspId)))
  const defined = chaincode === 'qscc' || chaincode === options.settings.chaincode.name
  if (!defined || peers.length === 0) {
    throw new GatewayError(status.FAILED_PRECONDITION, `no peers available to evaluate chaincode ${chaincode} in channel ${channelId}`)
  }
  const details: GatewayErrorDetail[] = []
  let code: status = status.UNAVAILABLE
  for (const target of peers) {
    const answer = await askPeer(target, signed, target === options.local)
    if (answer.outcome === 'endorsed') return toResponse(answer.response)
    details.push(answer.detail)
    code = answer.code
    if (!answer.retry) throw new GatewayError(code, `evaluate call to endorser returned error: ${answer.message}`, details)
  }
  throw new GatewayError(code, 'failed to evaluate transaction, see attached details for more info', details)
}

function toResponse(response: peer.ProposalResponse): gateway.EvaluateResponse {
  const result = new gateway.EvaluateResponse()
  result.setResult(response.getResponse())
  return result
}
