import { status } from '@grpc/grpc-js'
import { gateway, type peer } from '@hyperledger/fabric-protos'
import type { PeerLedger } from '../ledger/peer-ledger.ts'
import { checkReader } from './check-reader.ts'
import { GatewayError } from './gateway-error.ts'
import type { GatewayOptions } from './gateway-options.ts'

export interface CommitStatusCall {
  readonly request: gateway.SignedCommitStatusRequest
  onCancelled(listener: () => void): void
}

/**
 * Gateway.CommitStatus: how a transaction was committed, once it is. A transaction that never comes is waited for until the client's
 * deadline: the gateway cannot say "unknown" (internal/pkg/gateway/commitstatus.go).
 */
export function commitStatus(options: GatewayOptions, { request: signed, onCancelled }: CommitStatusCall): Promise<gateway.CommitStatusResponse> {
  const request = gateway.CommitStatusRequest.deserializeBinary(signed.getRequest_asU8())
  const txId = request.getTransactionId()
  if (txId === '') throw new GatewayError(status.INVALID_ARGUMENT, 'transaction ID should not be empty')
  checkReader(options.membership, request.getChannelId(), {
    identity: request.getIdentity_asU8(),
    data: signed.getRequest_asU8(),
    signature: signed.getSignature_asU8(),
  })
  const ledger = options.ledgers.get(request.getChannelId())
  if (ledger === undefined) throw new GatewayError(status.ABORTED, `channel ${request.getChannelId()} not found`)
  if (options.faults.take('commit-status')) throw new GatewayError(status.UNAVAILABLE, 'Connection dropped')
  return new Promise((resolve) => {
    const look = () => {
      const response = find(ledger, txId)
      if (response === undefined) return
      unsubscribe()
      resolve(response)
    }
    const unsubscribe = ledger.onCommit(look)
    onCancelled(unsubscribe)
    look()
  })
}

function find(ledger: PeerLedger, txId: string): gateway.CommitStatusResponse | undefined {
  const found = ledger.status(txId)
  if (found === undefined || found.block.number >= ledger.delivered) return undefined
  const response = new gateway.CommitStatusResponse()
  response.setResult(found.code as peer.TxValidationCodeMap[keyof peer.TxValidationCodeMap])
  response.setBlockNumber(found.block.number)
  return response
}
