import type { DataStore } from '@careledger/data-spec'
import { background, equal, ok, rejects } from '../expect.ts'
import { batchOf, bytes, leaseOf, LOG, newEntries, newEntry, put, row, TABLE, unstamped } from '../samples.ts'
import type { DataStoreTest } from '../store-under-test.ts'

export const entryTests: readonly DataStoreTest[] = [
  {
    title: '[entry-1] the same entry again is a duplicate whose first signature stays; nothing else of such a Write is done',
    async run({ store }) {
      const [first = newEntry(), second = newEntry()] = newEntries(2)
      await store.write({ entries: [first] })
      const again = { ...first, signature: bytes(120), signatureHash: bytes(32) }
      equal(await store.write({ entries: [again], projections: [{ table: TABLE, key: 'a', next: bytes(1) }], guards: [{ table: TABLE, key: 'none', version: 3 }] }), { duplicates: [first.id] })
      equal(await row(store, 'a'), undefined)
      equal(await store.read((view) => view.entries([first.id, second.id])), [first, undefined])
      equal((await store.read((view) => view.unsequenced({ limit: 10 }))).map(({ entry }) => entry.id), [first.id])
    },
  },
  {
    title: '[entry-4] a Write of which some entries are stored already is refused whole and names one of them',
    async run({ store }) {
      const [first = newEntry(), second = newEntry()] = newEntries(2)
      await store.write({ entries: [first] })
      const error = await rejects(() => store.write({ entries: [first, second], projections: [{ table: TABLE, key: 'a', next: bytes(1) }] }), 'STORE_STALE')
      equal(error.details['id'], first.id)
      equal(await row(store, 'a'), undefined)
      equal(await store.read((view) => view.entry(second.id)), undefined)
    },
  },
  {
    title: '[entry-1] one entry sent a hundred times at once is stored once, and every caller succeeds',
    async run(subject) {
      const stores = [subject.store, ...(subject.second === undefined ? [] : [await subject.second()])]
      const entry = newEntry()
      const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => (stores[at % stores.length] ?? subject.store).write({ entries: [entry] })))
      equal(answers.filter(({ duplicates }) => duplicates.length === 0).length, 1)
      equal((await subject.store.read((view) => view.unsequenced({ limit: 10 }))).length, 1)
    },
  },
  {
    title: '[entry-1] a duplicate of an entry that has its index already does not wait for another',
    async run({ store }) {
      const entries = newEntries(2)
      await store.write({ entries })
      await store.sequencer.assign(LOG, await leaseOf(store), batchOf(entries, 0))
      equal((await store.write({ entries })).duplicates.length, 2)
      equal(await store.sequencer.waiting(LOG, 10), [])
    },
  },
  {
    title: '[entry-2] another entry under a stored id is a conflict that names it, and the whole Write is refused',
    async run({ store }) {
      const entry = newEntry()
      await store.write({ entries: [entry] })
      const other = newEntry()
      const error = await rejects(() => store.write({ entries: [other, newEntry({ id: entry.id })] }), 'STORE_CONFLICT')
      equal(error.details['id'], entry.id)
      equal(await store.read((view) => view.entries([entry.id, other.id])), [entry, undefined])
    },
  },
  {
    title: '[entry-3] a commitment belongs to one entry, within a Write, across Writes and at once',
    async run({ store }) {
      const commitment = bytes(32)
      await rejects(() => store.write({ entries: [newEntry({ commitment }), newEntry({ commitment })] }), 'STORE_CONFLICT')
      const answers = await Promise.allSettled(newEntries(10, { commitment }).map((entry) => store.write({ entries: [entry] })))
      equal(answers.filter(({ status }) => status === 'fulfilled').length, 1)
      await rejects(() => store.write({ entries: [newEntry({ commitment })] }), 'STORE_CONFLICT')
      await store.write({ entries: [newEntry({ commitment: undefined }), newEntry({ commitment: undefined })] })
    },
  },
  {
    title: '[erase-1] a sealed payload can be dropped once, and nothing else of the entry changes',
    async run({ store }) {
      const entry = newEntry()
      const { sealed: _, ...bare } = newEntry()
      await store.write({ entries: [entry, { ...bare, documentId: 'document' }] })
      equal([await store.maintenance.dropSealed(entry.id), await store.maintenance.dropSealed(entry.id), await store.maintenance.dropSealed(bare.id), await store.maintenance.dropSealed('nothing')], [true, false, false, false])
      const { sealed: dropped, ...rest } = entry
      equal(await store.read((view) => view.entries([entry.id, bare.id])), [rest, { ...bare, documentId: 'document' }])
      equal(dropped?.length, 600)
    },
  },
  {
    title: '[projection-1] versions begin at 1 and rise by one; a deleted row can be made again',
    async run({ store }) {
      await put(store, 'a')
      await put(store, 'a', { expected: 1 })
      await put(store, 'a', { expected: 2, next: new Uint8Array([9]) })
      equal(await row(store, 'a'), { table: TABLE, key: 'a', version: 3, value: new Uint8Array([9]), indexes: {} })
      await store.write({ projections: [{ table: TABLE, key: 'a', expected: 3, next: null }] })
      equal(await row(store, 'a'), undefined)
      await put(store, 'a', { next: new Uint8Array() })
      equal(await row(store, 'a'), { table: TABLE, key: 'a', version: 1, value: new Uint8Array(), indexes: {} })
    },
  },
  {
    title: '[projection-2] indexes find a row by what it says now, and never by what it said before',
    async run({ store }) {
      const found = (index: string, equals: string) => store.read(async (view) => (await view.find({ table: TABLE, index, equals, limit: 10 })).rows.map(({ key }) => key))
      await put(store, 'a', { indexes: { type: 'x', all: '' } })
      await put(store, 'b', { indexes: { type: 'x' } })
      equal([await found('type', 'x'), await found('all', ''), await found('type', 'y')], [['a', 'b'], ['a'], []])
      await put(store, 'a', { expected: 1, indexes: { type: 'y' } })
      equal([await found('type', 'x'), await found('all', ''), await found('type', 'y')], [['b'], [], ['a']])
      await put(store, 'b', { expected: 1, indexes: { type: 'x', all: '' } })
      equal([await found('type', 'x'), await found('all', '')], [['b'], ['b']])
      await put(store, 'a', { expected: 2 })
      await store.write({ projections: [{ table: TABLE, key: 'b', expected: 2, next: null }] })
      equal([await found('type', 'x'), await found('all', ''), await found('type', 'y')], [[], [], []])
      await put(store, 'b', { indexes: { type: 'x' } })
      equal(await found('type', 'x'), ['b'])
    },
  },
  {
    title: '[projection-3] a row that is replaced whatever it is holds up nobody, and changes in the same instant as what was written with it',
    async run(subject) {
      const other = (await subject.second?.()) ?? subject.store
      const { store } = subject
      const replace = (to: DataStore, value: number, key = 'mark') => ({ table: TABLE, key, expected: 'any' as const, next: new Uint8Array([value, to === store ? 0 : 1]) })
      // Every Write adds a row and marks the chart: of two snapshots with one mark neither has a row that the other has not.
      const seen = new Map<string, string>()
      let done = false
      const looking = background((async () => {
        while (!done) {
          const [mark, rows] = await other.read((view) => Promise.all([view.projection(TABLE, 'mark'), view.find({ table: 'marked', limit: 1_000 })]))
          const keys = rows.rows.map(({ key }) => key).join()
          const name = mark === undefined ? '' : String(mark.value)
          equal(seen.get(name) ?? keys, keys)
          seen.set(name, keys)
          await new Promise((resolve) => { setImmediate(resolve) })
        }
      })())
      await Promise.all(Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? store : other).write({ projections: [{ table: 'marked', key: String(at), next: bytes(1) }, replace(at % 2 === 0 ? store : other, at)] }))).finally(() => { done = true })
      await looking
      equal((await store.read((view) => view.find({ table: 'marked', limit: 1_000 }))).rows.length, 100)
      const { version = 0 } = (await row(store, 'mark')) ?? {}
      ok(version >= 1 && version <= 100)
      await store.write({ projections: [replace(store, 200)] })
      equal(await row(store, 'mark'), { table: TABLE, key: 'mark', version: version + 1, value: new Uint8Array([200, 0]), indexes: {} })
      await rejects(() => store.write({ guards: [{ table: TABLE, key: 'mark', version }] }), 'STORE_STALE')
      await put(store, 'found', { indexes: { by: 'x' } })
      await store.write({ projections: [replace(store, 1, 'found')] })
      equal((await store.read((view) => view.find({ table: TABLE, index: 'by', equals: 'x', limit: 10 }))).rows.map(unstamped), [{ table: TABLE, key: 'found', version: 2, value: new Uint8Array([1, 0]), indexes: { by: 'x' } }])
      for (const bad of [{ projections: [{ ...replace(store, 1), next: null }] }, { projections: [{ ...replace(store, 1), indexes: {} }] }, { projections: [replace(store, 1)], guards: [{ table: TABLE, key: 'mark', version }] }]) await rejects(() => store.write(bad), 'STORE_INVALID')
    },
  },
  {
    title: '[clear-1] clearing tables removes their rows and index entries, and no others',
    async run({ store }) {
      await put(store, 'a', { indexes: { by: 'x' } })
      await put(store, 'a', { indexes: { by: 'x' }, table: 'kept' })
      await store.maintenance.clearProjections([TABLE, 'never'])
      equal(await row(store, 'a'), undefined)
      equal((await store.read((view) => view.find({ table: TABLE, index: 'by', equals: 'x', limit: 10 }))).rows, [])
      equal((await store.read((view) => view.find({ table: 'kept', index: 'by', equals: 'x', limit: 10 }))).rows.length, 1)
      await put(store, 'a', { indexes: { by: 'x' } })
      equal((await row(store, 'a'))?.version, 1)
    },
  },
  {
    title: '[check-1] a store that was used only through its port contradicts itself nowhere',
    async run({ store }) {
      const entries = newEntries(3)
      await store.write({ entries })
      await put(store, 'a', { indexes: { by: 'x', type: 'y' } })
      await put(store, 'b', { indexes: { by: 'x' } })
      await put(store, 'b', { expected: 1, indexes: { by: 'z' } })
      await store.sequencer.assign(LOG, await leaseOf(store), batchOf(entries.slice(0, 2), 0))
      await store.maintenance.dropSealed(entries[0]?.id ?? '')
      equal(await store.maintenance.contradictions(), [])
    },
  },
]
