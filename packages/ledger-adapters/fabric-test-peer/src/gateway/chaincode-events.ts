import { status, type ServerWritableStream } from '@grpc/grpc-js'
import { gateway, peer } from '@hyperledger/fabric-protos'
import type { CommittedBlock, PeerLedger } from '../ledger/peer-ledger.ts'
import { checkReader } from './check-reader.ts'
import { GatewayError } from './gateway-error.ts'
import type { GatewayOptions } from './gateway-options.ts'

type Stream = ServerWritableStream<gateway.SignedChaincodeEventsRequest, gateway.ChaincodeEventsResponse>

/** Gateway.ChaincodeEvents: the events of valid transactions, block by block, from where the client wants them. */
export function chaincodeEvents(options: GatewayOptions, stream: Stream): void {
  const signed = stream.request
  const request = gateway.ChaincodeEventsRequest.deserializeBinary(signed.getRequest_asU8())
  checkReader(options.membership, request.getChannelId(), {
    identity: request.getIdentity_asU8(),
    data: signed.getRequest_asU8(),
    signature: signed.getSignature_asU8(),
  })
  const ledger = options.ledgers.get(request.getChannelId())
  if (ledger === undefined) throw new GatewayError(status.NOT_FOUND, `ledger not found for channel ${request.getChannelId()}`)
  const wanted = matcher(request)
  let next = startBlock(ledger, request)
  const send = () => {
    for (; next < ledger.delivered; next += 1) {
      const block = ledger.blocks[next]!
      const events = eventsOf(block).filter(wanted)
      if (events.length === 0) continue
      const response = new gateway.ChaincodeEventsResponse()
      response.setBlockNumber(block.number)
      response.setEventsList(events)
      stream.write(response)
    }
  }
  const unsubscribe = ledger.onCommit(send)
  const untrack = options.node().track(stream)
  const close = () => {
    unsubscribe()
    untrack()
  }
  stream.on('cancelled', close)
  stream.on('error', close)
  send()
}

function eventsOf({ transactions }: CommittedBlock): peer.ChaincodeEvent[] {
  return transactions.flatMap(({ code, content }) => (code === peer.TxValidationCode.VALID && content?.event !== undefined ? [content.event] : []))
}

/** Every event of the chaincode, or with `afterTransactionId` those behind that transaction's. */
function matcher(request: gateway.ChaincodeEventsRequest): (event: peer.ChaincodeEvent) => boolean {
  const after = request.getAfterTransactionId()
  let passed = after === ''
  return (event) => {
    if (passed) return event.getChaincodeId() === request.getChaincodeId()
    passed = event.getTxId() === after
    return false
  }
}

function startBlock(ledger: PeerLedger, request: gateway.ChaincodeEventsRequest): number {
  const after = ledger.status(request.getAfterTransactionId())
  if (after !== undefined) return after.block.number
  const position = request.getStartPosition()
  if (position === undefined || position.hasNextCommit()) return ledger.delivered
  if (position.hasSpecified()) return position.getSpecified()!.getNumber()
  throw new GatewayError(status.INVALID_ARGUMENT, 'invalid start position type')
}
