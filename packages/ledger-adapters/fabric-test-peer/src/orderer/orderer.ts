import { status, type ServerDuplexStream } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import type { FaultCounter } from '../fault-counter.ts'
import { GrpcNode } from '../grpc-node.ts'
import type { KeyPair } from '../identity/certificate-authority.ts'
import type { Membership } from '../identity/membership.ts'
import { decodeHeader } from '../ledger/decode-transaction.ts'
import type { NetworkSettings } from '../settings.ts'
import type { OrderedChannel } from './ordered-channel.ts'

const { SUCCESS, BAD_REQUEST, FORBIDDEN } = common.Status

/** `undefined`: the transaction has been ordered, and the answer is lost on its way. */
export type BroadcastAnswer = orderer.BroadcastResponse | undefined

/** The ordering service: one node, which takes envelopes of members and puts them into blocks. */
export class Orderer {
  readonly mspId: string
  readonly node: GrpcNode
  readonly channels = new Map<string, OrderedChannel>()
  running = false
  readonly #settings: NetworkSettings
  readonly #membership: Membership
  readonly #faults: FaultCounter

  constructor(options: { mspId: string; port: number; tls: KeyPair; settings: NetworkSettings; membership: Membership; faults: FaultCounter }) {
    this.mspId = options.mspId
    this.#settings = options.settings
    this.#membership = options.membership
    this.#faults = options.faults
    const implementation: orderer.IAtomicBroadcastServer = {
      broadcast: (stream) => this.#serve(stream),
      deliver: (stream) => {
        stream.emit('error', { code: status.UNIMPLEMENTED, details: 'this test orderer delivers to its own peers only' })
      },
    }
    this.node = new GrpcNode({ port: options.port, tls: options.tls, services: [[orderer.AtomicBroadcastService, implementation]] })
  }

  get address(): string {
    return this.node.address
  }

  async start(): Promise<void> {
    await this.node.start()
    this.running = true
    for (const channel of this.channels.values()) channel.resume()
  }

  /** What has been taken and not yet cut is cut after the next start. */
  stop(): void {
    this.running = false
    this.node.stop()
    for (const channel of this.channels.values()) channel.hold()
  }

  /** The checks of orderer/common/msgprocessor, then the queue of the channel. */
  broadcast(envelope: common.Envelope): BroadcastAnswer {
    const bytes = envelope.serializeBinary()
    const size = envelope.getPayload_asU8().length + envelope.getSignature_asU8().length
    const maximum = this.#settings.absoluteMaxBytes
    try {
      const header = decodeHeader(envelope)
      const channel = this.channels.get(header.channelId)
      if (channel === undefined) return answer(BAD_REQUEST, 'channel creation request not allowed because the orderer system channel is not defined')
      if (size > maximum) return answer(BAD_REQUEST, `message payload is ${size} bytes and exceeds maximum allowed ${maximum} bytes`)
      const creator = this.#membership.identify(header.creator)
      if (creator?.valid !== true || !creator.verify(envelope.getPayload_asU8(), envelope.getSignature_asU8())) {
        return answer(
          FORBIDDEN,
          "implicit policy evaluation failed - 0 sub-policies were satisfied, but this policy requires 1 of the 'Writers' sub-policies to be satisfied: permission denied",
        )
      }
      channel.order(bytes)
    } catch {
      return answer(BAD_REQUEST, 'message payload is malformed')
    }
    return this.#faults.take('broadcast-answer') ? undefined : answer(SUCCESS, '')
  }

  #serve(stream: ServerDuplexStream<common.Envelope, orderer.BroadcastResponse>): void {
    stream.on('data', (envelope: common.Envelope) => {
      const response = this.broadcast(envelope)
      if (response === undefined) stream.emit('error', { code: status.UNAVAILABLE, details: 'error reading from server: EOF' })
      else stream.write(response)
    })
    stream.on('end', () => stream.end())
    stream.on('error', () => {})
  }
}

function answer(code: common.StatusMap[keyof common.StatusMap], info: string): orderer.BroadcastResponse {
  const response = new orderer.BroadcastResponse()
  response.setStatus(code)
  response.setInfo(info)
  return response
}
