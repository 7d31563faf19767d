/** Rows of every kind for tests of a store: well-formed, random, and sequenced as a log would. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { DataStore, Decision, Leaf, NewOutboxRow, Projection, SequencerStore, StoredEntry } from '@careledger/data-spec'

export const LOG = 'conformance.example/log'
export const OTHER_LOG = 'conformance.example/other'
export const TABLE = 'rows'

export function bytes(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length))
}

export function hashOf(text: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(text).digest())
}

/** A time-ordered id: UUIDs made later sort later. */
export function newId(): string {
  last = Math.max(last + 1, Date.now() * 256)
  const time = last.toString(16).padStart(14, '0')
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${time.slice(12)}0-${randomUUID().slice(19)}`
}
let last = 0

export function newEntry(over: Partial<StoredEntry> = {}): StoredEntry {
  return {
    id: newId(), entryHash: bytes(32), signatureHash: bytes(32), canonical: bytes(300), signature: bytes(120), network: 'hospital', chain: 'hospital/one',
    commitment: bytes(32), sealed: bytes(600), ...over,
  }
}

export function newEntries(count: number, over: Partial<StoredEntry> = {}): readonly StoredEntry[] {
  return Array.from({ length: count }, () => newEntry(over))
}

export function newDecision(about?: string): Decision {
  return { id: newId(), bytes: bytes(40), ...(about === undefined ? {} : { about }) }
}

export function newOutboxRow(item: string, over: Partial<NewOutboxRow> = {}): NewOutboxRow {
  return { target: 'ledger', item, stream: 'hospital', recordId: Buffer.from(bytes(16)).toString('hex'), digest: Buffer.from(bytes(32)).toString('hex'), createdAt: new Date('2026-11-22T12:00:00.123Z'), ...over }
}

export type Batch = Parameters<SequencerStore['assign']>[2]

/** What a sequencer would make of these entries: indexes from `from`, chains from their heads. Leaf hashes are of the right length only. */
export function batchOf(entries: readonly Pick<StoredEntry, 'id' | 'chain'>[], from: number, heads: ReadonlyMap<string, number> = new Map(), over: Partial<Batch> = {}): Batch {
  const next = new Map(heads)
  const leaves = entries.map(({ id, chain }) => {
    const chainSequence = next.get(chain) ?? 0
    next.set(chain, chainSequence + 1)
    return { id, chain, chainSequence, leafInput: hashOf(`input ${id}`), leafHash: hashOf(`leaf ${id}`) }
  })
  return { from, leaves, tiles: [], frontier: [hashOf(`frontier ${from + leaves.length}`)], outbox: [], ...over }
}

/** Takes up to `limit` waiting entries and assigns them as a sequencer does; gives their number. */
export async function sequence(store: DataStore, log: string, lease: number, limit = 10_000): Promise<number> {
  const waiting = await store.sequencer.waiting(log, limit)
  const { size, heads } = await store.sequencer.state(log, waiting.map(({ chain }) => chain))
  await store.sequencer.assign(log, lease, batchOf(waiting, size, new Map([...heads].map(([chain, { sequence: at }]) => [chain, at + 1]))))
  return waiting.length
}

export async function leaseOf(store: DataStore, log = LOG, holder = 'holder', forMs = 60_000): Promise<number> {
  const lease = await store.sequencer.lease(log, holder, forMs)
  if (lease === undefined) throw new Error('The lease is with another holder.')
  return lease.token
}

/** Every leaf of a log, by pages. */
export async function allLeaves(store: DataStore, log = LOG): Promise<readonly Leaf[]> {
  const leaves: Leaf[] = []
  for (const _ of rounds()) {
    const page = await store.read((view) => view.leaves(log, { from: leaves.length, limit: 1_000 }))
    leaves.push(...page)
    if (page.length < 1_000) break
  }
  return leaves
}

/** A row without its stamp, which no test can know. */
export async function row(store: DataStore, key: string, table = TABLE): Promise<Omit<Projection, 'stamp'> | undefined> {
  const found = await store.read((view) => view.projection(table, key))
  return found === undefined ? undefined : unstamped(found)
}

export function unstamped({ stamp: _, ...rest }: Projection): Omit<Projection, 'stamp'> {
  return rest
}

export async function stampOf(store: DataStore, key: string, table = TABLE): Promise<string | undefined> {
  return (await store.read((view) => view.projection(table, key)))?.stamp
}

export function put(store: DataStore, key: string, over: { readonly expected?: number; readonly next?: Uint8Array; readonly indexes?: Readonly<Record<string, string>>; readonly table?: string } = {}): Promise<unknown> {
  return store.write({ projections: [{ table: TABLE, key, next: bytes(10), ...over }] })
}

/** A checkpoint note of the form that logs sign. */
export function noteOf(size: number, root: string, ...signatures: readonly string[]): string {
  return `${LOG}\n${size}\n${root}\n\n${signatures.map((signature) => `— ${signature}\n`).join('')}`
}

/** Counts 0, 1, 2..., and throws at `max`: a loop that a wrong store would never leave ends as a failure. */
export function* rounds(max = 2_000): Generator<number> {
  for (let round = 0; round < max; round += 1) yield round
  throw new Error(`The store did not come to an end within ${max} rounds.`)
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms) })
}
