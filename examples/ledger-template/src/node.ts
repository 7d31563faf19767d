import { randomUUID } from 'node:crypto'
import type { NewRecord } from '@careledger/ledger-spec'

/** An item as this ledger keeps it. */
export interface Item extends NewRecord { readonly writer: string; readonly at: Date; readonly number: number }

/** Why the node said no: the only error that this SDK knows. */
export class NodeRefusal extends Error {
  override readonly name = 'NodeRefusal'
}

/** Plays the node of your ledger, which lives longer than its clients: one list for each stream, one writer of each place. */
export interface Node {
  readonly genesis: string
  size(stream: string): Promise<number>
  /** Appends all of `records` behind item number `size`, or nothing: false when the stream has another size by now. */
  append(stream: string, writer: string, size: number, records: readonly NewRecord[]): Promise<boolean>
  byId(stream: string, id: string): Promise<Item | undefined>
  /** At most `limit` items with a number above `after`, oldest first; with `key` only those. */
  range(stream: string, after: number, limit: number, key?: string): Promise<readonly Item[]>
}

/** `writers` may append; everybody may read. */
export function createNode(writers: readonly string[]): Node {
  const streams = new Map<string, Item[]>()
  const itemsOf = (stream: string): readonly Item[] => streams.get(stream) ?? []
  return {
    genesis: randomUUID(),
    size: (stream) => Promise.resolve(itemsOf(stream).length),
    append(stream, writer, size, records) {
      if (!writers.includes(writer)) return Promise.reject(new NodeRefusal('not a writer'))
      const items = itemsOf(stream)
      if (items.length !== size) return Promise.resolve(false)
      streams.set(stream, [...items, ...records.map((record, place) => ({ ...record, writer, at: new Date(), number: size + place + 1 }))])
      return Promise.resolve(true)
    },
    byId: (stream, id) => Promise.resolve(itemsOf(stream).find((item) => item.id === id)),
    range: (stream, after, limit, key) => Promise.resolve(itemsOf(stream).filter((item) => item.number > after && (key === undefined || item.key === key)).slice(0, limit)),
  }
}
