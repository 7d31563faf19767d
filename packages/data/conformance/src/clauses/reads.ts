import type { ReadView } from '@careledger/data-spec'
import { background, equal, ok, rejects } from '../expect.ts'
import { bytes, delay, newDecision, newEntries, newEntry, put, rounds, row, TABLE } from '../samples.ts'
import type { DataStoreTest } from '../store-under-test.ts'

const keys = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `key-${String(at).padStart(4, '0')}`)

export const readTests: readonly DataStoreTest[] = [
  {
    title: '[read-2] a read sees one state from its first call to its last, while others write',
    async run(subject) {
      const other = (await subject.second?.()) ?? subject.store
      await put(subject.store, 'a', { next: new Uint8Array([1]) })
      const entry = newEntry()
      let during: Promise<unknown> | undefined
      const [before, after, missing] = await subject.store.read(async (view) => {
        const first = await view.projection(TABLE, 'a')
        during = background(Promise.all([other.write({ projections: [{ table: TABLE, key: 'a', expected: 1, next: new Uint8Array([2]) }, { table: TABLE, key: 'b', next: bytes(1) }] }), other.write({ entries: [entry] })]))
        await Promise.race([during, delay(150)])
        return [first, await view.projection(TABLE, 'a'), await view.projection(TABLE, 'b')]
      }).finally(() => during).catch((error: unknown) => {
        // One object on one session: writing from inside is refused, and then there is nothing to see.
        if ((error as { code?: unknown }).code !== 'STORE_INVALID') throw error
        return [undefined, undefined, undefined]
      })
      equal([after, missing], [before, undefined])
    },
  },
  {
    title: '[read-2] many reads at once while rows change in pairs: none sees half a Write',
    async run(subject) {
      const other = (await subject.second?.()) ?? subject.store
      await subject.store.write({ projections: [{ table: TABLE, key: 'left', next: new Uint8Array([1]) }, { table: TABLE, key: 'right', next: new Uint8Array([1]) }] })
      let writing = true
      const changing = background((async () => {
        for (let version = 1; version <= 40; version += 1) {
          const next = new Uint8Array([version + 1])
          await other.write({ projections: [{ table: TABLE, key: 'left', expected: version, next }, { table: TABLE, key: 'right', expected: version, next }] })
        }
      })().finally(() => { writing = false }))
      await Promise.all(Array.from({ length: 8 }, async () => {
        for (const _ of rounds(100_000)) {
          if (!writing) return
          await delay(0)
          const [left, right] = await subject.store.read(async (view) => [await view.projection(TABLE, 'left'), await view.projection(TABLE, 'right')])
          equal(left?.value[0], right?.value[0])
        }
      }))
      await changing
    },
  },
  {
    title: '[read-1] a read begun after a Write resolved sees it, however many others are being read',
    async run({ store }) {
      await put(store, 'a')
      await Promise.all(Array.from({ length: 20 }, async (_, at) => {
        for (let round = 0; round < 10; round += 1) {
          const key = `mine-${at}-${round}`
          await put(store, key)
          equal((await row(store, key))?.version, 1)
        }
      }))
    },
  },
  {
    title: '[read-3] the store refuses to be called from inside a read, and a view after its read',
    async run({ store }) {
      await rejects(() => store.read(() => store.write({})), 'STORE_INVALID')
      await rejects(() => store.read(() => store.read(async () => 1)), 'STORE_INVALID')
      await rejects(() => store.read(() => store.sequencer.waiting('log', 1)), 'STORE_INVALID')
      let kept: ReadView | undefined
      await store.read(async (view) => { kept = view })
      await rejects(async () => kept?.entry(newEntry().id), 'STORE_INVALID')
      await put(store, 'after')
    },
  },
  {
    title: '[read-3] what a body throws passes unchanged, and the store goes on',
    async run({ store }) {
      const mine = new Error('mine')
      const caught = await store.read(async (view) => {
        await view.projection(TABLE, 'a')
        throw mine
      }).catch((error: unknown) => error)
      ok(caught === mine)
      await put(store, 'a')
      equal((await row(store, 'a'))?.version, 1)
    },
  },
  {
    title: '[read-4] entries and projections come in the order asked, with undefined for those that are not there',
    async run({ store }) {
      const entries = newEntries(3)
      await store.write({ entries, projections: keys(3).map((key) => ({ table: TABLE, key, next: bytes(3) })) })
      const [a, b, c] = entries.map(({ id }) => id) as [string, string, string]
      await store.read(async (view) => {
        equal(await view.entries([c, newEntry().id, a, c, 'no uuid', b]), [entries[2], undefined, entries[0], entries[2], undefined, entries[1]])
        equal(await view.entries([]), [])
        equal((await view.projections(TABLE, ['key-0002', 'none', 'key-0000', 'key-0002'])).map((found) => found?.key), ['key-0002', undefined, 'key-0000', 'key-0002'])
        equal(await view.projection('other', 'key-0000'), undefined)
        const [first, second] = await Promise.all([view.entry(a), view.projection(TABLE, 'key-0001'), view.entry(b), view.projections(TABLE, keys(3))])
        equal([first, second?.key], [entries[0], 'key-0001'])
      })
      await rejects(() => store.read((view) => view.entries(Array.from({ length: 1_001 }, () => a))), 'STORE_INVALID')
    },
  },
  {
    title: '[page-1] pages follow one another by key, up and down, with and without an index',
    async run({ store }) {
      await store.write({ projections: [...keys(25).map((key) => ({ table: TABLE, key, next: bytes(1), indexes: { all: 'all' } })), { table: TABLE, key: 'other', next: bytes(1) }, { table: 'else', key: 'x', next: bytes(1), indexes: { all: 'all' } }] })
      for (const query of [{ table: TABLE, index: 'all', equals: 'all' }, { table: TABLE }]) {
        const expected = query.index === undefined ? [...keys(25), 'other'] : keys(25)
        for (const newestFirst of [false, true]) {
          for (const limit of [1, 7, 25, 26, 1_000]) {
            const seen: string[] = []
            let after: string | undefined
            for (const _ of rounds()) {
              const page = await store.read((view) => view.find({ ...query, after, limit, newestFirst }))
              ok(page.rows.length <= limit)
              seen.push(...page.rows.map(({ key }) => key))
              if (page.next === undefined) break
              after = page.next
            }
            equal(seen, newestFirst ? [...expected].reverse() : expected)
          }
        }
      }
    },
  },
  {
    title: '[page-1] pages stay stable while rows come and go between them',
    async run({ store }) {
      const stable = keys(60)
      await store.write({ projections: stable.map((key) => ({ table: TABLE, key, next: bytes(1), indexes: { all: 'all' } })) })
      const seen: string[] = []
      for (let after: string | undefined, round = 0; ; round += 1) {
        const page = await store.read((view) => view.find({ table: TABLE, index: 'all', equals: 'all', after, limit: 7 }))
        seen.push(...page.rows.map(({ key }) => key).filter((key) => key.startsWith('key-')))
        await put(store, `came-${String(round).padStart(4, '0')}`, { indexes: { all: 'all' } })
        await put(store, `kez-${String(99 - round).padStart(4, '0')}`, { indexes: { all: 'all' } })
        if (page.next === undefined || round > 60) break
        after = page.next
      }
      equal(seen, stable)
    },
  },
  {
    title: '[decision-1] decisions are found by id order, of all and of one patient, in both directions',
    async run({ store }) {
      const decisions = Array.from({ length: 9 }, (_, at) => newDecision(at % 3 === 0 ? undefined : `patient-${at % 3}`))
      await store.write({ decisions })
      const walk = async (about: string | undefined, newestFirst: boolean): Promise<readonly string[]> => {
        const seen: string[] = []
        let after: string | undefined
        for (const _ of rounds()) {
          const page = await store.read((view) => view.decisions({ about, after, limit: 2, newestFirst }))
          seen.push(...page.rows.map(({ id }) => id))
          for (const found of page.rows) equal(found, decisions.find(({ id }) => id === found.id))
          if (page.next === undefined) break
          after = page.next
        }
        return seen
      }
      const ids = (about?: string) => decisions.filter((one) => about === undefined || one.about === about).map(({ id }) => id)
      equal([await walk(undefined, false), await walk(undefined, true)], [ids(), ids().reverse()])
      equal([await walk('patient-1', false), await walk('patient-2', true), await walk('nobody', false)], [ids('patient-1'), ids('patient-2').reverse(), []])
    },
  },
  {
    title: '[input-1] limits out of range and half an index are STORE_INVALID',
    async run({ store }) {
      const bad: readonly ((view: ReadView) => Promise<unknown>)[] = [
        ...[0, 1_001, 1.5, Number.NaN].flatMap((limit) => [
          (view: ReadView) => view.find({ table: TABLE, limit }),
          (view: ReadView) => view.decisions({ limit }),
          (view: ReadView) => view.outboxRows({ limit }),
          (view: ReadView) => view.tilePaths('log', { limit }),
          (view: ReadView) => view.checkpoints('log', { limit }),
          (view: ReadView) => view.chainLeaves('log', 'chain', { from: 0, limit }),
        ]),
        (view) => view.leaves('log', { from: 0, limit: 10_001 }),
        (view) => view.find({ table: TABLE, index: 'by', limit: 1 }),
        (view) => view.find({ table: TABLE, equals: 'x', limit: 1 }),
      ]
      for (const call of bad) await rejects(() => store.read(call), 'STORE_INVALID')
      await rejects(() => store.sequencer.waiting('log', 0), 'STORE_INVALID')
      await rejects(() => store.sequencer.lease('log', 'me', 0), 'STORE_INVALID')
    },
  },
]
