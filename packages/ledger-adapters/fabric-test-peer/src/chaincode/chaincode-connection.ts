import { credentials, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import type { NetworkSettings } from '../settings.ts'
import { getHistoryForKey, getStateByRange, queryStateClose, queryStateNext } from './handle-query-message.ts'
import { deleteState, getPrivateDataHash, getState, getStateMultiple, purgePrivateData, putState, writeBatch } from './handle-state-message.ts'
import type { TransactionContext } from './transaction-context.ts'

const TYPE = peer.ChaincodeMessage.Type
type Stream = ClientDuplexStream<peer.ChaincodeMessage, peer.ChaincodeMessage>
type Handler = (context: TransactionContext, payload: Uint8Array) => Uint8Array

const HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [TYPE.GET_STATE, getState],
  [TYPE.PUT_STATE, putState],
  [TYPE.DEL_STATE, deleteState],
  [TYPE.PURGE_PRIVATE_DATA, purgePrivateData],
  [TYPE.GET_PRIVATE_DATA_HASH, getPrivateDataHash],
  [TYPE.GET_STATE_BY_RANGE, getStateByRange],
  [TYPE.GET_HISTORY_FOR_KEY, getHistoryForKey],
  [TYPE.QUERY_STATE_NEXT, queryStateNext],
  [TYPE.QUERY_STATE_CLOSE, queryStateClose],
])
/** A peer before 3.1 does not know these, and ends the stream of a chaincode that sends one. */
const BATCH_HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [TYPE.WRITE_BATCH_STATE, writeBatch],
  [TYPE.GET_STATE_MULTIPLE, getStateMultiple],
])
/** Most entries of a batched message (core.yaml, `chaincode.runtimeParams`). */
const BATCH_MAX = 1_000
const REGISTER_TIMEOUT_MS = 5_000

export interface Executed {
  readonly response: peer.Response
  readonly event: peer.ChaincodeEvent | undefined
}

interface Running {
  readonly context: TransactionContext
  readonly settle: (outcome: Executed | Error) => void
}

/** One peer's stream to the chaincode (ChaincodeService.Connect): dialled when it is needed, and again after it has broken. */
export class ChaincodeConnection {
  readonly #settings: NetworkSettings
  readonly #address: string
  readonly #id: string
  readonly #running = new Map<string, Running>()
  #stream: Promise<Stream> | undefined
  #closeClient = () => {}

  constructor(settings: NetworkSettings, address: string, id: string) {
    this.#settings = settings
    this.#address = address
    this.#id = id
  }

  /** Runs one transaction. Throws with the peer's text if there is no chaincode, no answer in time, or an ERROR message. */
  async execute(context: TransactionContext, input: peer.ChaincodeInput): Promise<Executed> {
    const { txId, channelId } = context
    try {
      const stream = await this.#ready()
      return await new Promise<Executed>((resolve, reject) => {
        const handle = channelId + txId
        if (this.#running.has(handle)) throw new Error(`error sending: txid: ${txId}(${channelId}) exists`)
        const settle = (outcome: Executed | Error) => {
          clearTimeout(timer)
          this.#running.delete(handle)
          if (outcome instanceof Error) reject(outcome)
          else resolve(outcome)
        }
        const expired = () => settle(new Error('error sending: timeout expired while executing transaction'))
        const timer = setTimeout(expired, this.#settings.executeTimeoutMs)
        this.#running.set(handle, { context, settle })
        const message = toMessage(TYPE.TRANSACTION, input.serializeBinary(), txId, channelId)
        message.setProposal(context.signedProposal)
        stream.write(message)
      })
    } catch (error) {
      throw new Error(`failed to execute transaction ${txId}: ${(error as Error).message}`, { cause: error })
    }
  }

  close(): void {
    this.#closeClient()
    this.#broken()
  }

  #ready(): Promise<Stream> {
    this.#stream ??= this.#dial().catch((error: unknown) => {
      this.#stream = undefined
      throw error
    })
    return this.#stream
  }

  #dial(): Promise<Stream> {
    return new Promise((resolve, reject) => {
      const client = new peer.ChaincodeClient(this.#address, credentials.createInsecure(), {
        'grpc.max_receive_message_length': -1,
        'grpc.max_send_message_length': -1,
      })
      const stream = client.connect()
      const fail = (reason: string) => {
        clearTimeout(timer)
        client.close()
        reject(new Error(`could not launch chaincode ${this.#id}: connection to ${this.#id} failed: ${reason}`))
      }
      const timer = setTimeout(() => fail('timed out waiting for registration'), REGISTER_TIMEOUT_MS)
      this.#closeClient = () => {
        clearTimeout(timer)
        stream.cancel()
        client.close()
      }
      stream.on('data', (message: peer.ChaincodeMessage) => {
        if (message.getType() === TYPE.REGISTER) {
          clearTimeout(timer)
          stream.write(toMessage(TYPE.REGISTERED))
          stream.write(this.#readyMessage())
          resolve(stream)
        } else this.#receive(stream, message)
      })
      stream.on('error', (error: ServiceError) => {
        fail(error.details.includes('ECONNREFUSED') ? connectionRefused(this.#address) : error.details)
        this.#broken()
      })
      stream.on('end', () => this.#broken())
    })
  }

  /** From 3.1 on, READY says which batched messages the peer takes (core/chaincode/handler.go, `sendReady`). */
  #readyMessage(): peer.ChaincodeMessage {
    if (!this.#settings.batchedMessages) return toMessage(TYPE.READY)
    const parameters = new peer.ChaincodeAdditionalParams()
    parameters.setUseWriteBatch(true)
    parameters.setMaxSizeWriteBatch(BATCH_MAX)
    parameters.setUseGetMultipleKeys(true)
    parameters.setMaxSizeGetMultipleKeys(BATCH_MAX)
    return toMessage(TYPE.READY, parameters.serializeBinary())
  }

  #receive(stream: Stream, message: peer.ChaincodeMessage): void {
    const type = message.getType()
    const [txId, channelId] = [message.getTxid(), message.getChannelId()]
    const running = this.#running.get(channelId + txId)
    if (type === TYPE.KEEPALIVE || running === undefined) return
    const payload = message.getPayload_asU8()
    if (type === TYPE.COMPLETED) {
      running.settle({ response: peer.Response.deserializeBinary(payload), event: message.getChaincodeEvent() })
    } else if (type === TYPE.ERROR) {
      running.settle(new Error(`transaction returned with failure: ${Buffer.from(payload).toString()}`))
    } else if (BATCH_HANDLERS.has(type) && !this.#settings.batchedMessages) {
      this.close()
    } else stream.write(answer(running.context, type, payload))
  }

  #broken(): void {
    this.#stream = undefined
    for (const { settle } of [...this.#running.values()]) settle(new Error('error sending: chaincode stream terminated'))
  }
}

function answer(context: TransactionContext, type: number, payload: Uint8Array): peer.ChaincodeMessage {
  const { txId, channelId } = context
  const handler = HANDLERS.get(type) ?? BATCH_HANDLERS.get(type)
  try {
    if (handler === undefined) throw new Error('this test peer does not model the message')
    return toMessage(TYPE.RESPONSE, handler(context, payload), txId, channelId)
  } catch (error) {
    const name = Object.entries(TYPE).find(([, value]) => value === type)?.[0] ?? String(type)
    const text = `${name} failed: transaction ID: ${txId}: ${(error as Error).message}`
    return toMessage(TYPE.ERROR, Buffer.from(text), txId, channelId)
  }
}

function connectionRefused(address: string): string {
  return (
    `error creating grpc connection to ${address}: failed to create new connection: connection error: ` +
    `desc = "transport: error while dialing: dial tcp ${address}: connect: connection refused"`
  )
}

type MessageType = ReturnType<peer.ChaincodeMessage['getType']>

function toMessage(type: MessageType, payload?: Uint8Array, txId = '', channelId = ''): peer.ChaincodeMessage {
  const message = new peer.ChaincodeMessage()
  message.setType(type)
  if (payload !== undefined) message.setPayload(payload)
  message.setTxid(txId)
  message.setChannelId(channelId)
  return message
}
