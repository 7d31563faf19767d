import type { DataStoreClause } from '@careledger/data-conformance'
import type { DataStore, Outbox, ReadView, SequencerStore, Write } from '@careledger/data-spec'
import { createInMemoryDatabase, createInMemoryStore, type InMemoryDatabase } from '../index.ts'
import { joined } from '../in-memory-database.ts'

/** Makes a store wrong in one way. `database` is what the store stands on, for those that are wrong underneath. */
export type Spoil = (store: DataStore, database: InMemoryDatabase) => DataStore

const view = (change: (view: ReadView) => Partial<ReadView>): Spoil => (store) => ({ ...store, read: (body) => store.read((real) => body({ ...real, ...change(real) })) })
const write = (change: (write: Write, store: DataStore) => Promise<unknown>): Spoil => (store) => ({ ...store, write: async (given) => (await change(given, store) as Awaited<ReturnType<DataStore['write']>> | undefined) ?? { duplicates: [] } })
const sequencer = (change: (real: SequencerStore, database: InMemoryDatabase) => Partial<SequencerStore>): Spoil => (store, database) => ({ ...store, sequencer: { ...store.sequencer, ...change(store.sequencer, database) } })
const outbox = (change: (real: Outbox, store: DataStore, database: InMemoryDatabase) => Partial<Outbox>): Spoil => (store, database) => ({ ...store, outbox: { ...store.outbox, ...change(store.outbox, store, database) } })
const swallow = (work: Promise<unknown>, code: string): Promise<undefined> => work.then(() => undefined, (error: { code?: string }) => {
  if (error.code !== code) throw error
  return undefined
})

/** One store for each clause, named after the clause that it breaks. */
export const wrongStores: Readonly<Record<DataStoreClause, Spoil>> = {
  'create-1': (store) => {
    shared ??= createInMemoryStore()
    return { ...shared, describe: store.describe, close: async () => undefined }
  },
  'text-1': write((given, store) => swallow(store.write(given), 'STORE_INVALID')),
  'text-2': view((real) => ({
    async find(query) {
      const page = await real.find(query)
      return { ...page, rows: [...page.rows].sort((left, right) => (left.key < right.key ? -1 : 1) * (query.newestFirst === true ? -1 : 1)) }
    },
  })),
  'bytes-1': view((real) => {
    return { projection: async (table, key) => {
      const row = await real.projection(table, key)
      return row === undefined ? undefined : { ...row, value: Buffer.from(row.value) }
    } }
  }),
  'input-1': view((real) => ({ find: (query) => real.find({ ...query, limit: Math.min(Math.max(Math.trunc(query.limit) || 1, 1), 1_000) }) })),
  'close-1': (store) => ({ ...store, close: async () => undefined }),
  'close-2': (store) => {
    let closed = false
    return { ...store, async close() { if (closed) throw new Error('closed twice'); closed = true; await store.close() } }
  },
  'write-1': write(async (given, store) => {
    const { decisions, ...rest } = given
    await store.write({ decisions })
    return store.write(rest)
  }),
  'write-2': write(async (given, store) => { setTimeout(() => { store.write(given).catch(() => undefined) }, 30) }),
  'write-3': (store) => {
    let group: Promise<unknown> = Promise.resolve()
    return { ...store, async write(given) {
      const before = group
      const mine = store.write(given)
      group = Promise.all([before.catch(() => undefined), mine])
      group.catch(() => undefined)
      await new Promise((resolve) => { setTimeout(resolve, 1) })
      await group
      return mine
    } }
  },
  'write-5': (store) => ({ ...store, describe: () => ({ ...store.describe(), writeRowsMax: 1_000 }) }),
  'guard-1': write((given, store) => store.write({ ...given, guards: [] })),
  'seen-1': write((given, store) => store.write({ ...given, seen: [] })),
  'seen-2': view((real) => ({ projection: async (table, key) => {
    const row = await real.projection(table, key)
    return row === undefined ? undefined : { ...row, stamp: String(row.version) }
  } })),
  'claim-1': write((given, store) => store.write({ ...given, claims: [] })),
  'claim-2': (store) => ({ ...store, maintenance: { ...store.maintenance, sweepClaims: async () => 0 } }),
  'decision-1': write((given, store) => swallow(store.write(given), 'STORE_CONFLICT')),
  'entry-1': write(async (given, store) => {
    const answer = await store.write(given)
    if (answer.duplicates.length > 0) await store.write({ projections: given.projections }).catch(() => undefined)
    return answer
  }),
  'entry-2': write(async (given, store) => {
    const free = []
    for (const entry of given.entries ?? []) {
      const stored = await store.read((real) => real.entry(entry.id))
      if (stored === undefined || Buffer.compare(stored.entryHash, entry.entryHash) === 0) free.push(entry)
    }
    return store.write({ ...given, entries: free })
  }),
  'entry-3': (store, database) => ({ ...store, async write(given) {
    for (const { commitment } of given.entries ?? []) if (commitment !== undefined) database.commitments.set(Buffer.from(commitment).toString('hex'), undefined)
    database.clock.finish()
    return store.write(given)
  } }),
  'entry-4': write(async (given, store) => {
    const known = await store.read((real) => real.entries((given.entries ?? []).map(({ id }) => id)))
    const fresh = (given.entries ?? []).filter((_, at) => known[at] === undefined)
    return fresh.length > 0 ? store.write({ ...given, entries: fresh }) : store.write(given)
  }),
  'projection-1': view((real) => ({ projection: async (table, key) => {
    const row = await real.projection(table, key)
    return row === undefined ? undefined : { ...row, version: row.version - 1 }
  } })),
  'projection-3': write(async (given, store) => {
    const [marks, rest] = [given.projections?.filter(({ expected }) => expected === 'any') ?? [], given.projections?.filter(({ expected }) => expected !== 'any')]
    if (marks.length === 0 || marks.length === given.projections?.length) return store.write(given)
    const answer = await store.write({ ...given, projections: rest })
    await new Promise((resolve) => { setTimeout(resolve, 1) })
    await store.write({ projections: marks })
    return answer
  }),
  'projection-2': (store, database) => ({ ...store, async write(given) {
    const answer = await store.write(given)
    for (const { table, key, indexes } of given.projections ?? []) for (const [index, value] of Object.entries(indexes ?? {})) stale.add(joined(table, index, value, key))
    for (const key of stale) if (database.projections.get(joined(...(key.split('\0').filter((_, at) => at === 0 || at === 3)))) !== undefined) database.indexes.set(key, true)
    database.clock.finish()
    return answer
  } }),
  'read-1': (store) => {
    let last: Promise<unknown> = Promise.resolve()
    return { ...store, async write(given) {
      const before = last
      last = before.then(async () => { await new Promise((resolve) => { setTimeout(resolve, 2) }); return store.write(given) })
      last.catch(() => undefined)
      await before.catch(() => undefined)
      return { duplicates: [] }
    } }
  },
  'read-2': (store) => ({ ...store, read: (body) => body(new Proxy({} as ReadView, { get: (_, name: keyof ReadView) => (...values: readonly unknown[]) => store.read((real) => (real[name] as (...given: readonly unknown[]) => Promise<unknown>)(...values)) })) }),
  'read-3': (store, database) => ({ ...store, read: (body) => createInMemoryStore({ database }).read(body) }),
  'read-4': view((real) => ({ entries: async (ids) => (await real.entries(ids)).filter((entry) => entry !== undefined) })),
  'page-1': view((real) => ({ async find(query) {
    const page = await real.find(query)
    return page.next === undefined ? page : { ...page, next: `${page.next.slice(0, -1)}${String.fromCharCode(page.next.charCodeAt(page.next.length - 1) + 1)}` }
  } })),
  'chain-1': view((real) => ({ chainLeaves: (log, chain, query) => real.chainLeaves(log, chain, { ...query, from: 0 }) })),
  'lease-1': sequencer((real) => ({ async lease(log, holder, forMs) {
    const lease = await real.lease(log, holder, forMs)
    return lease ?? { token: 0 }
  } })),
  'lease-2': sequencer((real) => ({ async lease(log, holder, forMs) {
    await real.release(log, holder)
    return real.lease(log, holder, forMs)
  } })),
  'lease-3': sequencer(() => ({ release: async () => undefined })),
  'sequence-1': sequencer((real) => ({ waiting: async (log, limit) => [...(await real.waiting(log, limit))].reverse() })),
  'sequence-2': sequencer((real) => ({ assign: (log, lease, batch) => swallow(real.assign(log, lease, batch), 'STORE_CORRUPTION') })),
  'sequence-3': (store) => ({ ...store, sequencer: { ...store.sequencer, async assign(log, lease, batch) {
    await store.outbox.add(batch.outbox)
    return store.sequencer.assign(log, lease, { ...batch, outbox: [] })
  } } }),
  'sequence-4': sequencer((real, database) => ({ assign: (log, _lease, batch) => real.assign(log, database.leases.get(log)?.token ?? 0, batch) })),
  'sequence-5': sequencer((real, database) => ({ async assign(log, lease, batch) {
    const next = new Map<string, number>()
    const leaves = batch.leaves.map((leaf) => {
      const chainSequence = next.get(leaf.chain) ?? (database.heads.get(joined(log, leaf.chain))?.sequence ?? -1) + 1
      next.set(leaf.chain, chainSequence + 1)
      return { ...leaf, chainSequence }
    })
    return real.assign(log, lease, { ...batch, leaves })
  } })),
  'sequence-6': sequencer((real) => ({ assign: (log, lease, batch) => real.assign(log, lease, { ...batch, guards: [] }) })),
  'tile-1': sequencer((real, database) => ({ async assign(log, lease, batch) {
    for (const { path } of batch.tiles) database.tiles.set(joined(log, path), undefined)
    database.clock.finish()
    return real.assign(log, lease, batch)
  } })),
  'checkpoint-1': sequencer((real) => ({ putCheckpoint: (log, lease, checkpoint, rows) => swallow(real.putCheckpoint(log, lease, checkpoint, rows), 'STORE_CORRUPTION') })),
  'checkpoint-2': sequencer((real, database) => ({ async putCheckpoint(log, lease, checkpoint, rows) {
    await real.putCheckpoint(log, lease, checkpoint, rows)
    database.checkpoints.set(joined(log, String(checkpoint.size).padStart(16, '0')), checkpoint)
    database.clock.finish()
  } })),
  'outbox-1': outbox((real) => ({ settle: (target, results) => swallow(real.settle(target, results), 'STORE_INVALID') })),
  'outbox-2': outbox((real) => ({ claim: (target, options) => real.claim(target, { ...options, forMs: 0 }) })),
  'outbox-3': outbox((real) => ({ claim: (target, options) => real.claim(target, { ...options, bytesMax: Number.MAX_SAFE_INTEGER }) })),
  'outbox-4': view((real) => ({ outboxSummary: async () => (await real.outboxSummary()).map((row) => ({ ...row, count: row.count + 1 })) })),
  'outbox-5': outbox((real, store, database) => ({ async add(rows) {
    for (const { item, target } of rows) {
      const placed = database.outbox.get(joined(item, target))
      if (placed !== undefined) database.outbox.set(joined(item, target), { ...placed, row: { ...placed.row, state: 'waiting' } })
    }
    database.clock.finish()
    await real.add(rows)
    await store.health()
  } })),
  'outbox-6': view(() => ({ outboxByRecord: async () => undefined })),
  'clear-1': (store, database) => ({ ...store, maintenance: { ...store.maintenance, async clearProjections(tables) {
    for (const table of tables) for (const [key] of [...database.projections.range({ prefix: joined(table, '') })]) database.projections.set(key, undefined)
    database.clock.finish()
  } } }),
  'check-1': (store) => ({ ...store, maintenance: { ...store.maintenance, contradictions: async () => [{ kind: 'count' as const, id: 'target waiting' }] } }),
  'erase-1': (store) => ({ ...store, maintenance: { ...store.maintenance, dropSealed: async () => true } }),
  'backup-1': (store, database) => ({ ...store, maintenance: { ...store.maintenance, async *backup() {
    const copy = createInMemoryDatabase()
    for (const [key, value] of database.entries.range({ prefix: '' })) copy.entries.set(key, value)
    copy.clock.finish()
    yield* createInMemoryStore({ database: copy }).maintenance.backup()
  } } }),
}

let shared: DataStore | undefined
const stale = new Set<string>()
