import type { KeyValue, Stub } from '../stub.ts'

/** Committed state of a channel: public under `''`, and each collection. Values as Fabric keeps them. */
export type Channel = Map<string, Map<string, Uint8Array>>

export interface FakeCall {
  readonly channel: Channel
  readonly identity: { readonly mspid: string; readonly certificate: string }
  readonly args: readonly string[]
  readonly transient?: Readonly<Record<string, string | Uint8Array>> | undefined
  /** Collections that this identity's organisation has. Default: all. */
  readonly collections?: readonly string[] | undefined
}

export interface FakeStub extends Stub {
  readonly events: readonly (readonly [name: string, payload: string])[]
  /** Keys that the transaction read one by one, with their collection. */
  readonly reads: readonly string[]
  /** Whether a range was read. */
  readonly ranged: boolean
  /** What it wrote so far. */
  writes(): readonly (readonly [collection: string, key: string, value: Uint8Array])[]
  /** Makes the writes visible, as a valid transaction does. */
  commit(): void
}

/** A stub with Fabric's rules: a transaction does not see its own writes, and a query over a range must not write. */
export function createFakeStub({ channel, identity, args, transient = {}, collections }: FakeCall): FakeStub {
  const writes: [string, string, Uint8Array][] = []
  const events: [string, string][] = []
  const reads: string[] = []
  let ranged = false
  const space = (collection: string): Map<string, Uint8Array> => {
    if (collections !== undefined && collection !== '' && !collections.includes(collection)) throw new Error('tx creator does not have read access permission')
    return channel.get(collection) ?? new Map<string, Uint8Array>()
  }
  const get = async (collection: string, key: string) => {
    reads.push(`${collection}:${key}`)
    return space(collection).get(key) ?? new Uint8Array(0)
  }
  const put = async (collection: string, key: string, value: Uint8Array) => {
    if (ranged) throw new Error('A transaction that read a range writes nothing here')
    if (value.length === 0) throw new Error('An empty value')
    writes.push([collection, key, Uint8Array.from(value)])
  }
  async function* range(collection: string, start: string, end: string): AsyncGenerator<KeyValue> {
    ranged = true
    for (const key of [...space(collection).keys()].sort()) {
      const value = space(collection).get(key)
      if (key >= start && key < end && value !== undefined) yield { key, value }
    }
  }
  return {
    events,
    reads,
    get ranged() { return ranged },
    writes: () => writes,
    commit() {
      for (const [collection, key, value] of writes) {
        if (!channel.has(collection)) channel.set(collection, new Map())
        channel.get(collection)?.set(key, value)
      }
    },
    getStringArgs: () => [...args],
    getTransient: () => new Map(Object.entries(transient).map(([name, value]) => [name, Buffer.from(value)])),
    getCreator: () => ({ mspid: identity.mspid, idBytes: Buffer.from(identity.certificate) }),
    getChannelID: () => 'care',
    getTxID: () => 'ab'.repeat(32),
    getDateTimestamp: () => new Date(1_700_000_000_123),
    setEvent: (name, payload) => { events.push([name, Buffer.from(payload).toString()]) },
    getState: (key) => get('', key),
    putState: (key, value) => put('', key, value),
    getStateByRange: (start, end) => range('', start, end),
    getPrivateData: get,
    putPrivateData: put,
    getPrivateDataByRange: range,
  }
}
