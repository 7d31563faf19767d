import { status } from '@grpc/grpc-js'
import type { peer } from '@hyperledger/fabric-protos'
import { connectionRefused } from '../grpc-node.ts'
import type { GatewayErrorDetail } from './gateway-error.ts'

/** What a gateway knows of a peer of the channel. */
export interface EndorsingPeer {
  readonly mspId: string
  readonly address: string
  readonly port: number
  readonly running: boolean
  /** Whether the others still believe that it lives. */
  readonly alive: boolean
  endorse(signed: peer.SignedProposal): Promise<peer.ProposalResponse>
}

/** How one peer answered: a good response, or what a gateway makes of a bad one. */
export type PeerAnswer =
  | { readonly outcome: 'endorsed'; readonly response: peer.ProposalResponse }
  | { readonly outcome: 'failed'; readonly code: status; readonly retry: boolean; readonly message: string; readonly detail: GatewayErrorDetail }

/** Asks one peer (internal/pkg/gateway/apiutils.go, `responseStatus`). `local`: the gateway's own, which is not asked over the wire. */
export async function askPeer(target: EndorsingPeer, signed: peer.SignedProposal, local: boolean): Promise<PeerAnswer> {
  const failed = (code: status, retry: boolean, message: string): PeerAnswer => {
    return { outcome: 'failed', code, retry, message, detail: { address: target.address, mspId: target.mspId, message } }
  }
  if (!target.running) return failed(status.UNAVAILABLE, true, connectionRefused(target.port))
  let response: peer.ProposalResponse
  try {
    response = await target.endorse(signed)
  } catch (error) {
    const text = (error as Error).message
    if (local) return failed(status.FAILED_PRECONDITION, false, text)
    return failed(status.UNAVAILABLE, true, `rpc error: code = Unknown desc = ${text}`)
  }
  const result = response.getResponse()
  const code = result?.getStatus() ?? 0
  if (code >= 200 && code < 400) return { outcome: 'endorsed', response }
  const text = result?.getMessage() ?? ''
  if (code === 500 && response.getPayload_asU8().length === 0) return failed(status.ABORTED, true, text)
  return failed(status.UNKNOWN, false, `chaincode response ${code}, ${text}`)
}
