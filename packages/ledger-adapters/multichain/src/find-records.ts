import type { RecordId } from '@careledger/ledger-spec'
import { keyCounts, readAs, streamItems } from './answers.ts'
import { toChainItem, type ChainItem } from './chain-item.ts'
import type { Client } from './client.ts'
import { toIdKey } from './item-format.ts'

/** One record in an item. */
export interface Found {
  readonly item: ChainItem
  readonly index: number
}

/** Everything that the node shows under one id. */
export interface Standing {
  /** The record: the first valid final item with the id, in chain order. */
  readonly final?: Found | undefined
  /** Without one: what may become it, in the node's own order, which says nothing. */
  readonly pending: readonly Found[]
}

const SCAN_ITEMS = 10
const SCANS_AT_ONCE = 4
/** More contents in doubt for one id than any race makes. */
const PENDING_MAX = 100

/** How many items carry each of `keys`, which are distinct: one call, answered from the node's index in one moment of the chain. */
export async function countItems(client: Client, name: string, keys: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  if (keys.length === 0) return new Map()
  const counts = readAs(keyCounts, await client.rpc.call('liststreamkeys', [name, keys], signal))
  return new Map(counts.map(({ key, items }) => [key, items]))
}

/**
 * What stands under each of `ids`; ids without an item are left out. Counts come first, so ids that are not there cost nothing more.
 * An item of many records answers for all of its ids that are in one item only: then their look-up could find nothing else. That
 * holds for a final item, which is older than the counting, and for a pending one if the scan found no more items than were counted.
 */
export async function findRecords(client: Client, name: string, ids: readonly RecordId[], signal: AbortSignal): Promise<ReadonlyMap<RecordId, Standing>> {
  const distinct = [...new Set(ids)]
  const counts = await countItems(client, name, distinct.map(toIdKey), signal)
  const countOf = (id: RecordId): number => counts.get(toIdKey(id)) ?? 0
  const open = new Set(distinct.filter((id) => countOf(id) > 0))
  const found = new Map<RecordId, Standing>()
  while (open.size > 0) {
    const scans = await Promise.all(spread([...open], SCANS_AT_ONCE).map((id) => scanId(client, name, id, signal)))
    for (const { id, standing, items, rows } of scans) {
      found.set(id, standing)
      open.delete(id)
      for (const item of items) {
        if (!item.final && rows !== countOf(id)) continue
        for (const [index, other] of item.records.entries()) {
          if (!open.has(other.id) || countOf(other.id) !== 1) continue
          found.set(other.id, item.final ? { final: { item, index }, pending: [] } : { pending: [{ item, index }] })
          open.delete(other.id)
        }
      }
    }
  }
  return found
}

/** The place-deciding item of one id, for the few ids that are in several items. */
export async function findRecord(client: Client, name: string, id: RecordId, signal: AbortSignal): Promise<Standing> {
  return (await scanId(client, name, id, signal)).standing
}

async function scanId(client: Client, name: string, id: RecordId, signal: AbortSignal) {
  const pending: Found[] = []
  const items: ChainItem[] = []
  for (let start = 0; ; start += SCAN_ITEMS) {
    const page = readAs(streamItems, await client.rpc.call('liststreamkeyitems', [name, toIdKey(id), true, SCAN_ITEMS, start], signal))
    for (const raw of page) {
      const item = await toChainItem(client, raw, signal)
      if (item === undefined) continue
      items.push(item)
      const index = item.records.findIndex((record) => record.id === id)
      if (index < 0) continue
      if (item.final) return { id, standing: { final: { item, index }, pending: [] }, items, rows: start + page.length }
      pending.push({ item, index })
    }
    if (page.length < SCAN_ITEMS || pending.length >= PENDING_MAX) return { id, standing: { pending }, items, rows: start + page.length }
  }
}

/** At most `most` of `all`, evenly apart: neighbours are often in one item. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, Math.ceil(all.length / most))
  return all.filter((_, index) => index % step === 0)
}
