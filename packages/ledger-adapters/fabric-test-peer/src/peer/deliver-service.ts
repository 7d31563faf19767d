import type { ServerDuplexStream } from '@grpc/grpc-js'
import { common, ledger, orderer, peer } from '@hyperledger/fabric-protos'
import type { GrpcNode } from '../grpc-node.ts'
import type { Membership } from '../identity/membership.ts'
import { decodeHeader, type EnvelopeHeader } from '../ledger/decode-transaction.ts'
import type { CommittedBlock, PeerLedger } from '../ledger/peer-ledger.ts'

type Stream = ServerDuplexStream<common.Envelope, peer.DeliverResponse>
type StatusCode = common.StatusMap[keyof common.StatusMap]
type Form = (response: peer.DeliverResponse, block: CommittedBlock, channelId: string) => void

export interface DeliverOptions {
  readonly membership: Membership
  readonly ledgers: ReadonlyMap<string, PeerLedger>
  readonly node: () => GrpcNode
}

/** Deliver.Deliver, DeliverFiltered and DeliverWithPrivateData: blocks from where the client wants them, and then each new one. */
export function createDeliverService(options: DeliverOptions): peer.IDeliverServer {
  return {
    deliver: (stream) => serve(options, stream, (response, { block }) => response.setBlock(block)),
    deliverFiltered: (stream) => serve(options, stream, (response, block, channelId) => response.setFilteredBlock(toFiltered(block, channelId))),
    deliverWithPrivateData: (stream) => serve(options, stream, (response, block) => response.setBlockAndPrivateData(withPrivateData(block))),
  }
}

function serve(options: DeliverOptions, stream: Stream, form: Form): void {
  const untrack = options.node().track(stream)
  let unsubscribe = () => {}
  const close = () => {
    unsubscribe()
    untrack()
  }
  stream.on('data', (envelope: common.Envelope) => {
    unsubscribe()
    const seek = admit(options, envelope)
    if (typeof seek === 'number') stream.write(toStatus(seek))
    else unsubscribe = pump(stream, form, seek)
  })
  stream.on('end', () => {
    close()
    stream.end()
  })
  stream.on('cancelled', close)
  stream.on('error', close)
}

interface Seek {
  readonly ledger: PeerLedger
  readonly start: number
  readonly stop: number
}

/** The checks of common/deliver/deliver.go; a number is the status with which it refuses. */
function admit({ membership, ledgers }: DeliverOptions, envelope: common.Envelope): Seek | StatusCode {
  let header: EnvelopeHeader
  let info: orderer.SeekInfo
  try {
    header = decodeHeader(envelope)
    info = orderer.SeekInfo.deserializeBinary(header.data)
  } catch {
    return common.Status.BAD_REQUEST
  }
  const found = ledgers.get(header.channelId)
  if (found === undefined) return common.Status.NOT_FOUND
  const creator = membership.identify(header.creator)
  if (creator?.valid !== true || !creator.verify(envelope.getPayload_asU8(), envelope.getSignature_asU8())) return common.Status.FORBIDDEN
  const [start, stop] = [info.getStart(), info.getStop()]
  if (start === undefined || stop === undefined) return common.Status.BAD_REQUEST
  const first = toNumber(start, found)
  const last = stop.hasOldest() ? first : toNumber(stop, found)
  return last < first ? common.Status.BAD_REQUEST : { ledger: found, start: first, stop: last }
}

function toNumber(position: orderer.SeekPosition, found: PeerLedger): number {
  if (position.hasSpecified()) return position.getSpecified()!.getNumber()
  if (position.hasOldest()) return 0
  return position.hasNewest() ? found.delivered - 1 : found.delivered
}

function pump(stream: Stream, form: Form, { ledger: source, start, stop }: Seek): () => void {
  let next = start
  const send = () => {
    while (next < source.delivered && next <= stop) {
      const response = new peer.DeliverResponse()
      form(response, source.blocks[next]!, source.channelId)
      stream.write(response)
      next += 1
    }
    if (next > stop) {
      unsubscribe()
      stream.write(toStatus(common.Status.SUCCESS))
    }
  }
  const unsubscribe = source.onCommit(send)
  send()
  return unsubscribe
}

function toStatus(code: StatusCode): peer.DeliverResponse {
  const response = new peer.DeliverResponse()
  response.setStatus(code)
  return response
}

/** Events keep their name and lose their payload. */
function toFiltered({ number, transactions }: CommittedBlock, channelId: string): peer.FilteredBlock {
  const block = new peer.FilteredBlock()
  block.setChannelId(channelId)
  block.setNumber(number)
  block.setFilteredTransactionsList(
    transactions.map(({ txId, type, code, content }) => {
      const transaction = new peer.FilteredTransaction()
      transaction.setTxid(txId)
      transaction.setType(type as common.HeaderTypeMap[keyof common.HeaderTypeMap])
      transaction.setTxValidationCode(code as peer.TxValidationCodeMap[keyof peer.TxValidationCodeMap])
      if (content !== undefined) transaction.setTransactionActions(toActions(content.event))
      return transaction
    }),
  )
  return block
}

function toActions(event: peer.ChaincodeEvent | undefined): peer.FilteredTransactionActions {
  const actions = new peer.FilteredTransactionActions()
  if (event === undefined) return actions
  const bare = new peer.ChaincodeEvent()
  bare.setChaincodeId(event.getChaincodeId())
  bare.setTxId(event.getTxId())
  bare.setEventName(event.getEventName())
  const action = new peer.FilteredChaincodeAction()
  action.setChaincodeEvent(bare)
  actions.setChaincodeActionsList([action])
  return actions
}

function withPrivateData({ block, transactions }: CommittedBlock): peer.BlockAndPrivateData {
  const result = new peer.BlockAndPrivateData()
  result.setBlock(block)
  for (const [index, { content, privateWrites }] of transactions.entries()) {
    if (content === undefined || privateWrites.size === 0) continue
    const part = new ledger.rwset.NsPvtReadWriteSet()
    part.setNamespace(content.chaincode)
    part.setCollectionPvtRwsetList(
      [...privateWrites].map(([name, writes]) => {
        const collection = new ledger.rwset.CollectionPvtReadWriteSet()
        collection.setCollectionName(name)
        collection.setRwset(writes)
        return collection
      }),
    )
    const set = new ledger.rwset.TxPvtReadWriteSet()
    set.setDataModel(ledger.rwset.TxReadWriteSet.DataModel.KV)
    set.setNsPvtRwsetList([part])
    result.getPrivateDataMapMap().set(index, set)
  }
  return result
}
