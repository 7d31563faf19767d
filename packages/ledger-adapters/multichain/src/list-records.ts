import { LedgerError } from '@careledger/ledger-spec'
import type { ListedRecord, ListQuery, Page, StreamName } from '@careledger/ledger-spec'
import { chainInfo, readAs } from './answers.ts'
import type { Client } from './client.ts'
import { countItems, findRecord } from './find-records.ts'
import { toIdKey } from './item-format.ts'
import { comparePlaces, fromPosition, toPosition, type Place } from './position.ts'
import { findOffset, placeAt, readFinalItems, type NodeList } from './read-items.ts'
import { toListedRecord } from './to-ledger-record.ts'

type After = ReturnType<typeof fromPosition>

/** A record on the way to the page, and the offset of its item in the node's list. */
interface Candidate {
  readonly record: ListedRecord
  readonly offset: number
}

const ITEMS_READ_MAX = 50

/**
 * Final records in chain order. Reading goes on in the node's list where the last page ended; after a restart the place is found by
 * bisection. A record whose id stands in an earlier item too is left out (effective-1). LEDGER_CORRUPTION: what was final has moved.
 */
export async function listRecords(client: Client, stream: StreamName, query: ListQuery, signal: AbortSignal): Promise<Page> {
  const after = query.after === undefined ? undefined : fromPosition(query.after)
  return await client.streams.on(stream, signal, async (name) => {
    await client.finalBlocks.check(signal)
    const list: NodeList = { name, key: query.key }
    const offset = after === undefined ? 0 : await findAfter(client, list, after, signal)
    const coming = readCandidates(client, list, offset, after, Math.min(ITEMS_READ_MAX, query.limit + 2), signal)
    const found: Candidate[] = []
    while (found.length <= query.limit) {
      const more = await take(coming, query.limit + 1 - found.length)
      found.push(...await leaveOutLater(client, name, more, signal))
      if (more.length === 0) break
    }
    return toPage(client, list, found, query.limit)
  })
}

async function* readCandidates(client: Client, list: NodeList, offset: number, after: After | undefined, count: number, signal: AbortSignal): AsyncGenerator<Candidate, void, undefined> {
  for await (const { item, place, offset: at } of readFinalItems(client, list, offset, count, signal)) {
    for (const [index, { key }] of item.records.entries()) {
      if (list.key !== undefined && key !== list.key) continue
      if (after !== undefined && (comparePlaces(place, after.place) || index - after.index) <= 0) continue
      yield { record: toListedRecord(item, place, index), offset: at }
    }
  }
}

/** Those of `candidates` whose id is in no earlier item. Most ids are in one item only, which one call tells for all of them. */
async function leaveOutLater(client: Client, name: string, candidates: readonly Candidate[], signal: AbortSignal): Promise<readonly Candidate[]> {
  const counts = await countItems(client, name, [...new Set(candidates.map(({ record }) => toIdKey(record.id)))], signal)
  const first: Candidate[] = []
  for (const candidate of candidates) {
    const { id, position } = candidate.record
    if (counts.get(toIdKey(id)) === 1 || (await effectivePosition(client, name, id, signal)) === position) first.push(candidate)
  }
  return first
}

async function effectivePosition(client: Client, name: string, id: string, signal: AbortSignal): Promise<string | undefined> {
  const { final } = await findRecord(client, name, id, signal)
  return final?.item.block === undefined ? undefined : toPosition(final.item.block.place, final.index)
}

/**
 * Offset of the item at `after`, from the cursor if it still points there, else by bisection. In a whole stream the item has to be
 * there: a caller was given its position when it was final. By key it need not be, since the position may be another key's.
 */
async function findAfter(client: Client, list: NodeList, after: After, signal: AbortSignal): Promise<number> {
  const hint = client.cursors.get(nameOf(list), toPosition(after.place, after.index))
  if (hint !== undefined && samePlace(await placeAt(client, list, hint, signal), after.place)) return hint
  const offset = await findOffset(client, list, after.place, signal)
  if (list.key === undefined && !samePlace(await placeAt(client, list, offset, signal), after.place)) await refuseMoved(client, after, signal)
  return offset
}

/** A node that is behind has not got to the record yet: that is an empty page. Otherwise a final record is not where it was. */
async function refuseMoved(client: Client, after: After, signal: AbortSignal): Promise<void> {
  const { blocks } = readAs(chainInfo, await client.rpc.call('getinfo', [], signal))
  const { height } = after.place
  if (blocks - client.settings.confirmationsMin + 1 >= height) {
    throw new LedgerError('LEDGER_CORRUPTION', 'A record that was final is not where it was', { details: { height } })
  }
}

function samePlace(there: Place | undefined, place: Place): boolean {
  return there !== undefined && comparePlaces(there, place) === 0
}

async function take(from: AsyncGenerator<Candidate, void, undefined>, most: number): Promise<readonly Candidate[]> {
  const taken: Candidate[] = []
  while (taken.length < most) {
    const next = await from.next()
    if (next.done === true) break
    taken.push(next.value)
  }
  return taken
}

function toPage(client: Client, list: NodeList, found: readonly Candidate[], limit: number): Page {
  const page = found.slice(0, limit)
  const last = page.at(-1)
  if (last !== undefined) client.cursors.set(nameOf(list), last.record.position, last.offset)
  const records = page.map(({ record }) => record)
  return found.length > limit && last !== undefined ? { records, next: last.record.position } : { records }
}

function nameOf({ name, key }: NodeList): string {
  return key === undefined ? name : `${name} ${key}`
}
