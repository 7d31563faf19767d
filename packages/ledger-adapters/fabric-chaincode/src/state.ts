import type { BatchedMessages } from './batched-messages.ts'
import type { KeyValue, Stub } from './stub.ts'

/** Keys and values of the chaincode's public state, or of one collection. Reads show what was committed before this transaction. */
export interface State {
  /** In the order of `keys`; `undefined` for a key without value. */
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>
  /** Values are never empty: to Fabric, an empty value and none are not clearly two things. */
  putMany(entries: readonly (readonly [key: string, value: Uint8Array])[]): Promise<void>
  /** Keys from `start` (inclusive) to `end` (exclusive), in order. Only where nothing is written: Fabric would check the range again. */
  range(start: string, end: string): AsyncIterable<KeyValue>
}

/**
 * The state of `collection`, or the public one for `''`. With `batches` many keys travel in one message (peers of Fabric 3.1 and
 * later); without, each is a message and an answer, about a millisecond.
 */
export function createState(stub: Stub, collection: string, batches: BatchedMessages | undefined): State {
  const range = (start: string, end: string) => (collection === '' ? stub.getStateByRange(start, end) : stub.getPrivateDataByRange(collection, start, end))
  if (batches !== undefined) {
    return { range, getMany: (keys) => batches.getMany(stub, collection, keys), putMany: (entries) => batches.putMany(stub, collection, entries) }
  }
  return {
    range,
    async getMany(keys) {
      const values = await Promise.all(keys.map((key) => (collection === '' ? stub.getState(key) : stub.getPrivateData(collection, key))))
      return values.map((value) => (value.length === 0 ? undefined : value))
    },
    async putMany(entries) {
      await Promise.all(entries.map(([key, value]) => (collection === '' ? stub.putState(key, value) : stub.putPrivateData(collection, key, value))))
    },
  }
}
