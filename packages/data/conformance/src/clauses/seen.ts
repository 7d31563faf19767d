import type { DataStore, SeenRow, Write } from '@careledger/data-spec'
import { equal, ok, rejects } from '../expect.ts'
import { bytes, newDecision, newEntry, put, stampOf, TABLE } from '../samples.ts'
import type { DataStoreTest } from '../store-under-test.ts'

/** `undefined`: the store gives no stamps, and is asked for nothing. */
async function seenRow(store: DataStore, key: string): Promise<SeenRow | undefined> {
  const stamp = await stampOf(store, key)
  return stamp === undefined ? undefined : { table: TABLE, key, stamp }
}

const decided = (seen: Write['seen']): Write => ({ decisions: [newDecision('patient')], seen })

export const seenTests: readonly DataStoreTest[] = [
  {
    title: '[seen-1] a Write stands while what it has seen is so, and fails once a row was written, made or deleted by anybody',
    async run(subject) {
      const { store } = subject
      const other = (await subject.second?.()) ?? store
      await put(store, 'a', { indexes: { by: 'x' } })
      await put(store, 'b', { indexes: { by: 'x' } })
      const [a, b] = [await seenRow(store, 'a'), await seenRow(store, 'b')]
      if (a === undefined || b === undefined) return
      const none: SeenRow = { table: TABLE, key: 'none', stamp: undefined }
      const both = { table: TABLE, index: 'by', equals: 'x', rows: [b, a].map(({ key, stamp }) => ({ key, stamp: stamp as string })) }
      const nobody = { table: TABLE, index: 'by', equals: 'y', rows: [] }
      const all = [a, b, none, both, nobody]
      await Promise.all(Array.from({ length: 20 }, () => store.write(decided(all))))
      await put(other, 'b', { expected: 1, indexes: { by: 'x' } })
      for (const seen of [all, [b], [both]]) await rejects(() => store.write(decided(seen)), 'STORE_STALE')
      await store.write(decided([a, none, nobody]))
      await put(other, 'none', { indexes: { by: 'y' } })
      for (const seen of [[none], [nobody]]) await rejects(() => store.write(decided(seen)), 'STORE_STALE')
      await store.write({ projections: [{ table: TABLE, key: 'a', expected: 1, next: null }] })
      await rejects(() => store.write(decided([a])), 'STORE_STALE')
      equal((await store.read((view) => view.decisions({ limit: 100 }))).rows.length, 21)
    },
  },
  {
    title: '[seen-1] speaks of the state before the Write, fails nobody beside it and holds up nobody who writes the row',
    async run({ store }) {
      await put(store, 'hot')
      const hot = await seenRow(store, 'hot')
      if (hot === undefined) return
      await store.write({ seen: [hot], projections: [{ table: TABLE, key: 'hot', expected: 1, next: bytes(3) }] })
      const now = await seenRow(store, 'hot')
      const answers = await Promise.allSettled(Array.from({ length: 60 }, (_, at) => store.write({ entries: [newEntry()], seen: [(at % 3 === 0 ? hot : now) as SeenRow] })))
      equal(answers.map(({ status }) => status), answers.map((_, at) => (at % 3 === 0 ? 'rejected' : 'fulfilled')))
      const [write] = await Promise.allSettled([put(store, 'hot', { expected: 2 }), ...Array.from({ length: 20 }, () => store.write(decided([now as SeenRow])))])
      equal(write?.status, 'fulfilled')
    },
  },
  {
    title: '[seen-2] a row that was deleted and made again has another stamp, whatever its version and value',
    async run({ store }) {
      await put(store, 'again', { next: new Uint8Array([1]) })
      const first = await seenRow(store, 'again')
      if (first === undefined) return
      await store.write({ projections: [{ table: TABLE, key: 'again', expected: 1, next: null }] })
      await put(store, 'again', { next: new Uint8Array([1]) })
      const second = await seenRow(store, 'again')
      ok(second !== undefined && second.stamp !== first.stamp)
      await rejects(() => store.write(decided([first])), 'STORE_STALE')
      await store.write(decided([second as SeenRow]))
    },
  },
]
