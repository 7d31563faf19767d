import { equal, rejects } from '../expect.ts'
import { bytes, newEntry, put, row, TABLE } from '../samples.ts'
import type { DataStoreTest } from '../store-under-test.ts'

/** Sorted by code point; by UTF-16 code unit the last two would stand the other way round. */
const texts = ['"', '%', "'; DROP TABLE entry; --", 'NULL', '\\', '_', 'a b', 'null', '{a,b}', 'é', '한국어', '\ue000', '\u{1f600}'] as const

export const valueTests: readonly DataStoreTest[] = [
  {
    title: '[text-1] [text-2] any well-formed text is a key, comes back as it was, and sorts by code point',
    async run({ store }) {
      await store.write({ projections: texts.map((key) => ({ table: TABLE, key, next: bytes(1), indexes: { [key]: key, all: 'all' } })) })
      for (const key of texts) {
        equal((await row(store, key))?.indexes, { [key]: key, all: 'all' })
        equal((await store.read((view) => view.find({ table: TABLE, index: key, equals: key, limit: 2 }))).rows.map((found) => found.key), [key])
      }
      const sorted = [...texts].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
      for (const query of [{ table: TABLE }, { table: TABLE, index: 'all', equals: 'all' }]) {
        equal((await store.read((view) => view.find({ ...query, limit: 100 }))).rows.map(({ key }) => key), sorted)
        equal((await store.read((view) => view.find({ ...query, limit: 100, newestFirst: true }))).rows.map(({ key }) => key), [...sorted].reverse())
        equal((await store.read((view) => view.find({ ...query, after: '\ue000', limit: 100 }))).rows.map(({ key }) => key), ['\u{1f600}'])
      }
    },
  },
  {
    title: '[text-1] texts that are empty, too long, broken or hold U+0000 are STORE_INVALID; the longest stand',
    async run({ store }) {
      for (const key of ['', 'a\0b', '\ud800', 'x'.repeat(1_025), '한'.repeat(342)]) await rejects(() => put(store, key), 'STORE_INVALID')
      await rejects(() => put(store, 'a', { table: 'x'.repeat(129) }), 'STORE_INVALID')
      await rejects(() => put(store, 'a', { indexes: { by: 'x'.repeat(513) } }), 'STORE_INVALID')
      const key = '\u{10ffff}'.repeat(256)
      await put(store, key, { indexes: { ['i'.repeat(128)]: '\u{10ffff}'.repeat(128) }, table: 't'.repeat(128) })
      equal((await store.read((view) => view.find({ table: 't'.repeat(128), limit: 10, newestFirst: true }))).rows.map((found) => found.key), [key])
    },
  },
  {
    title: '[bytes-1] what is given and what is got can be altered without altering what is stored',
    async run({ store }) {
      const entry = newEntry()
      const value = new Uint8Array([1, 2, 3])
      const kept = { entry: structuredClone(entry), value: value.slice() }
      await store.write({ entries: [entry], projections: [{ table: TABLE, key: 'a', next: value }] })
      value.fill(0)
      entry.canonical.fill(0)
      const got = await store.read(async (view) => ({ entry: await view.entry(entry.id), row: await view.projection(TABLE, 'a') }))
      equal(got.entry, kept.entry)
      equal(got.row?.value, kept.value)
      got.entry?.entryHash.fill(0)
      got.row?.value.fill(0)
      equal(await store.read((view) => view.entry(entry.id)), kept.entry)
      equal((await row(store, 'a'))?.value, kept.value)
    },
  },
  {
    title: '[bytes-1] bytes of every value and length come back as plain Uint8Arrays',
    async run({ store }) {
      const all = new Uint8Array(256).map((_, at) => at)
      const large = bytes(300_000)
      for (const [at, next] of [all, large, new Uint8Array(), new Uint8Array([0]), new Uint8Array([92, 120])].entries()) {
        await put(store, `bytes-${at}`, { next })
        const value = (await row(store, `bytes-${at}`))?.value
        equal(value, next)
        equal(value?.constructor, Uint8Array)
      }
    },
  },
]
