import { status } from '@grpc/grpc-js'
import { common, gateway } from '@hyperledger/fabric-protos'
import { connectionRefused } from '../grpc-node.ts'
import { GatewayError } from './gateway-error.ts'
import type { GatewayOptions } from './gateway-options.ts'

/** Gateway.Submit: hands the signed transaction to the orderer (internal/pkg/gateway/submit.go). */
export function submit({ orderer }: GatewayOptions, request: gateway.SubmitRequest): gateway.SubmitResponse {
  const envelope = request.getPreparedTransaction()
  if (envelope === undefined) throw new GatewayError(status.INVALID_ARGUMENT, 'a prepared transaction is required')
  if (envelope.getSignature_asU8().length === 0) throw new GatewayError(status.INVALID_ARGUMENT, 'prepared transaction must be signed')
  const failed = (message: string) => {
    const detail = { address: orderer.address, mspId: orderer.mspId, message }
    return new GatewayError(status.UNAVAILABLE, 'no orderers could successfully process transaction', [detail])
  }
  if (!orderer.running) throw failed(connectionRefused(orderer.node.port))
  const answer = orderer.broadcast(envelope)
  if (answer === undefined) throw failed('rpc error: code = Unavailable desc = error reading from server: EOF')
  if (answer.getStatus() !== common.Status.SUCCESS) {
    const name = Object.entries(common.Status).find(([, value]) => value === answer.getStatus())?.[0] ?? String(answer.getStatus())
    throw new GatewayError(status.ABORTED, `received unsuccessful response from orderer: status=${name}, info=${answer.getInfo()}`)
  }
  return new gateway.SubmitResponse()
}
