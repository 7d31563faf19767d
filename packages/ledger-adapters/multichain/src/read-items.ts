import type { RecordKey } from '@careledger/ledger-spec'
import { readAs, streamItems, streamList, type StreamItem } from './answers.ts'
import { finalPlace, toChainItem, type ChainItem } from './chain-item.ts'
import type { Client } from './client.ts'
import { countItems } from './find-records.ts'
import { toRecordKey } from './item-format.ts'
import { comparePlaces, type Place } from './position.ts'

/**
 * A list of the node: the items of a stream, or those of it under a key. In chain order; what no block has yet stands at the end, in
 * an order of the node's own. The part that is final never changes, so an offset in it stays good.
 */
export interface NodeList {
  readonly name: string
  readonly key: RecordKey | undefined
}

/** A final item of our form. */
export interface FinalItem {
  readonly item: ChainItem
  readonly place: Place
  /** From the start of the node's list. */
  readonly offset: number
}

/** Final items from `offset` on, read `count` at a time as they are asked for. Ends where finality ends. */
export async function* readFinalItems(client: Client, list: NodeList, offset: number, count: number, signal: AbortSignal): AsyncGenerator<FinalItem, void, undefined> {
  for (let start = offset; ; start += count) {
    const items = await readItems(client, list, start, count, signal)
    if (items.length === 0) return
    for (const [index, raw] of items.entries()) {
      const place = finalPlace(client, raw)
      if (place === undefined) return
      const item = await toChainItem(client, raw, signal)
      if (item !== undefined) yield { item, place, offset: start + index }
    }
  }
}

/** Offset of the first item at or behind `place`, by bisection: items in no block stand behind every place. */
export async function findOffset(client: Client, list: NodeList, place: Place, signal: AbortSignal): Promise<number> {
  let low = 0
  let high = await countList(client, list, signal)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const there = await placeAt(client, list, middle, signal)
    if (there === undefined || comparePlaces(there, place) >= 0) high = middle
    else low = middle + 1
  }
  return low
}

/** Place of the final item at `offset`; `undefined` when there is none, or it is not final. */
export async function placeAt(client: Client, list: NodeList, offset: number, signal: AbortSignal): Promise<Place | undefined> {
  const [item] = await readItems(client, list, offset, 1, signal)
  return item === undefined ? undefined : finalPlace(client, item)
}

async function countList(client: Client, { name, key }: NodeList, signal: AbortSignal): Promise<number> {
  if (key !== undefined) return (await countItems(client, name, [toRecordKey(key)], signal)).get(toRecordKey(key)) ?? 0
  const [stream] = readAs(streamList, await client.rpc.call('liststreams', [name], signal))
  return stream?.items ?? 0
}

async function readItems(client: Client, { name, key }: NodeList, start: number, count: number, signal: AbortSignal): Promise<readonly StreamItem[]> {
  const answer = key === undefined
    ? await client.rpc.call('liststreamitems', [name, true, count, start], signal)
    : await client.rpc.call('liststreamkeyitems', [name, toRecordKey(key), true, count, start], signal)
  return readAs(streamItems, answer)
}
