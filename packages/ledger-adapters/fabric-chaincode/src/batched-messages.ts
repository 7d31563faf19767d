import { decodeGetStateMultipleResult, decodePeerAbilities, encodeGetStateMultiple, encodeWriteBatchState } from './batched-wire.ts'
import type { Stub } from './stub.ts'

/** Reading and writing many keys in one message. */
export interface BatchedMessages {
  getMany(stub: Stub, collection: string, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>
  putMany(stub: Stub, collection: string, entries: readonly (readonly [key: string, value: Uint8Array])[]): Promise<void>
}

/** Message types of Fabric's `peer/chaincode_shim.proto`; fabric-shim 2.5.8 has no calls for the last two. */
const READY = 4
const WRITE_BATCH_STATE = 24
const GET_STATE_MULTIPLE = 25

/** What is used of the inside of fabric-shim 2.5.8, and why its version is pinned: `lib/handler.js` and `lib/stub.js`. */
interface ShimStub {
  readonly handler: { _askPeerAndListen(message: ShimMessage, method: string): Promise<Uint8Array>; readonly _stream: object }
  readonly txId: string
  readonly channel_id: string
}

/** The shim sends messages of its own copy of the protocol's classes only. */
export interface ShimMessage {
  getType(): number
  getPayload_asU8(): Uint8Array
  setType(type: number): void
  setPayload(payload: Uint8Array): void
  setTxid(txId: string): void
  setChannelId(channel: string): void
}

/** Which peers take batches: each says so in the READY message that opens its stream. */
export interface PeerLinks {
  /** Shows every message that comes on `stream`; all but READY are left alone. */
  noteMessage(stream: object, message: ShimMessage): void
  /** `undefined` for a peer that takes no batches, and for a stub that came by no known stream. */
  batchesFor(stub: Stub): BatchedMessages | undefined
}

export function createPeerLinks(): PeerLinks {
  const links = new WeakMap<object, BatchedMessages>()
  return {
    noteMessage(stream, message) {
      if (message.getType() !== READY) return
      const { writeBatches, entriesMax, multipleKeys, keysMax } = decodePeerAbilities(message.getPayload_asU8())
      const newMessage = () => new (message.constructor as new () => ShimMessage)()
      if (writeBatches && entriesMax > 0 && multipleKeys && keysMax > 0) links.set(stream, createBatchedMessages(newMessage, keysMax, entriesMax))
    },
    batchesFor(stub) {
      const { handler } = stub as Partial<ShimStub>
      return handler === undefined ? undefined : links.get(handler._stream)
    },
  }
}

function createBatchedMessages(newMessage: () => ShimMessage, keysMax: number, entriesMax: number): BatchedMessages {
  function ask(stub: Stub, type: number, payload: Uint8Array, method: string): Promise<Uint8Array> {
    const { handler, txId, channel_id: channel } = stub as unknown as ShimStub
    const message = newMessage()
    message.setType(type)
    message.setPayload(payload)
    message.setTxid(txId)
    message.setChannelId(channel)
    return handler._askPeerAndListen(message, method)
  }

  return {
    async getMany(stub, collection, keys) {
      const values: (Uint8Array | undefined)[] = []
      for (const some of chunks(keys, keysMax)) {
        const found = decodeGetStateMultipleResult(await ask(stub, GET_STATE_MULTIPLE, encodeGetStateMultiple(some, collection), 'GetState'))
        if (found.length !== some.length) throw new Error('The peer answered with another number of values than keys')
        for (const value of found) values.push(value.length === 0 ? undefined : value)
      }
      return values
    },
    async putMany(stub, collection, entries) {
      for (const some of chunks(entries, entriesMax)) await ask(stub, WRITE_BATCH_STATE, encodeWriteBatchState(some, collection), 'PutState')
    },
  }
}

function* chunks<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}
