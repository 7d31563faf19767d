import type { StoredEntry, Write } from '@careledger/data-spec'
import { background, equal, ok, rejects } from '../expect.ts'
import { bytes, newDecision, newEntries, newEntry, newId, put, rounds, row, TABLE } from '../samples.ts'
import type { DataStoreTest } from '../store-under-test.ts'

/** Writes that must fail beside one new entry, and with which code; each names the rows that `prepare` made. */
function failing(known: StoredEntry): readonly (readonly ['STORE_CONFLICT' | 'STORE_STALE' | 'STORE_CLAIMED', Write])[] {
  return [
    ['STORE_CONFLICT', { entries: [newEntry({ id: known.id })] }],
    ['STORE_CONFLICT', { entries: [newEntry({ commitment: known.commitment })] }],
    ['STORE_STALE', { projections: [{ table: TABLE, key: 'there', next: bytes(1) }] }],
    ['STORE_STALE', { projections: [{ table: TABLE, key: 'there', expected: 2, next: bytes(1) }] }],
    ['STORE_STALE', { projections: [{ table: TABLE, key: 'there', expected: 2, next: null }] }],
    ['STORE_STALE', { projections: [{ table: TABLE, key: 'missing', expected: 1, next: bytes(1) }] }],
    ['STORE_STALE', { guards: [{ table: TABLE, key: 'there', version: 2 }] }],
    ['STORE_STALE', { guards: [{ table: TABLE, key: 'there' }] }],
    ['STORE_STALE', { guards: [{ table: TABLE, key: 'missing', version: 1 }] }],
    ['STORE_CLAIMED', { claims: [{ scope: 'jti', value: 'taken', owner: 'other' }] }],
  ]
}

export const writeTests: readonly DataStoreTest[] = [
  {
    title: '[write-1] a Write that fails leaves nothing, whichever part fails',
    async run({ store }) {
      const known = newEntry()
      await store.write({ entries: [known], projections: [{ table: TABLE, key: 'there', next: bytes(3) }], claims: [{ scope: 'jti', value: 'taken', owner: 'first' }] })
      for (const [code, bad] of failing(known)) {
        const entry = newEntry()
        const decision = newDecision('patient')
        const rest = { entries: [entry], projections: [{ table: TABLE, key: `new-${entry.id}`, next: bytes(4), indexes: { by: 'x' } }], claims: [{ scope: 'jti', value: entry.id, owner: 'me' }], decisions: [decision] }
        await rejects(() => store.write({
          entries: [...rest.entries, ...(bad.entries ?? [])], projections: [...rest.projections, ...(bad.projections ?? [])], guards: bad.guards ?? [],
          claims: [...rest.claims, ...(bad.claims ?? [])], decisions: rest.decisions,
        }), code)
        await store.read(async (view) => {
          equal(await view.entry(entry.id), undefined)
          equal(await view.projection(TABLE, `new-${entry.id}`), undefined)
          equal((await view.find({ table: TABLE, index: 'by', equals: 'x', limit: 10 })).rows, [])
          equal((await view.decisions({ limit: 10 })).rows, [])
          equal((await view.unsequenced({ limit: 10 })).length, 1)
        })
        await store.write({ claims: [{ scope: 'jti', value: entry.id, owner: 'somebody else' }] })
      }
    },
  },
  {
    title: '[write-2] [read-1] what resolved is there for the next read, also in another process and after a restart',
    async run(subject) {
      const entries = newEntries(5)
      await Promise.all(entries.map((entry) => subject.store.write({ entries: [entry] })))
      const ids = entries.map(({ id }) => id)
      equal(await subject.store.read((view) => view.entries(ids)), entries)
      const second = await subject.second?.()
      if (second !== undefined) {
        const entry = newEntry()
        await subject.store.write({ entries: [entry] })
        equal(await second.read((view) => view.entry(entry.id)), entry)
        await second.write({ projections: [{ table: TABLE, key: 'second', next: bytes(3) }] })
        equal((await row(subject.store, 'second'))?.version, 1)
      }
      const again = await subject.reopen?.()
      if (again !== undefined && again.describe().durability !== 'none') equal(await again.read((view) => view.entries(ids)), entries)
    },
  },
  {
    title: '[write-3] of many Writes at once each is answered by itself: stale ones fail, their neighbours stand',
    async run({ store }) {
      await put(store, 'hot')
      const writes = Array.from({ length: 200 }, (_, at): Write => {
        const entries = [newEntry()]
        if (at % 5 === 1) return { entries, guards: [{ table: TABLE, key: 'hot', version: 7 }] }
        if (at % 5 === 2) return { entries, guards: [{ table: TABLE, key: 'hot', version: 1 }] }
        if (at % 5 === 3) return { entries, projections: [{ table: TABLE, key: `row-${at}`, next: bytes(5) }] }
        return { entries }
      })
      const answers = await Promise.allSettled(writes.map((write) => store.write(write)))
      for (const [at, answer] of answers.entries()) {
        if (at % 5 === 1) await rejects(() => settled(answer), 'STORE_STALE')
        else equal(answer.status, 'fulfilled')
      }
      const stored = await store.read((view) => view.entries(writes.map(({ entries }) => entries?.[0]?.id as string)))
      equal(stored.map((entry) => entry !== undefined), writes.map((_, at) => at % 5 !== 1))
    },
  },
  {
    title: '[write-3] of Writes that race for one row, one claim and one id exactly one wins each',
    async run(subject) {
      const others = subject.second === undefined ? [] : [await subject.second()]
      const stores = [subject.store, ...others]
      const id = newId()
      const wins = async (write: (at: number) => Write): Promise<number> => {
        const answers = await Promise.allSettled(Array.from({ length: 40 }, (_, at) => (stores[at % stores.length] ?? subject.store).write(write(at))))
        return answers.filter(({ status }) => status === 'fulfilled').length
      }
      equal(await wins(() => ({ projections: [{ table: TABLE, key: 'raced', next: bytes(2) }] })), 1)
      equal(await wins(() => ({ projections: [{ table: TABLE, key: 'raced', expected: 1, next: bytes(2) }] })), 1)
      equal(await wins((at) => ({ claims: [{ scope: 'jti', value: 'raced', owner: `owner-${at}` }] })), 1)
      equal(await wins(() => ({ entries: [newEntry({ id })] })), 1)
      equal((await row(subject.store, 'raced'))?.version, 2)
    },
  },
  {
    title: '[write-3] a counter that many raise by compare-and-set, each until it succeeds, counts every one',
    async run(subject) {
      const stores = [subject.store, ...(subject.second === undefined ? [] : [await subject.second()])]
      await put(subject.store, 'counter', { next: new Uint8Array([0]) })
      await Promise.all(Array.from({ length: 16 }, async (_, at) => {
        const store = stores[at % stores.length] ?? subject.store
        for (const _ of rounds()) {
          const found = await row(store, 'counter')
          const value = (found?.value[0] ?? 0) + 1
          const done = await store.write({ projections: [{ table: TABLE, key: 'counter', expected: found?.version ?? 1, next: new Uint8Array([value]) }] }).then(() => true, () => false)
          if (done) return
        }
      }))
      const counted = await row(subject.store, 'counter')
      equal([counted?.version, counted?.value[0]], [17, 16])
    },
  },
  {
    title: '[write-5] too many rows, one thing named twice and malformed values are STORE_INVALID',
    async run({ store }) {
      const { writeRowsMax } = store.describe()
      ok(writeRowsMax >= 16_384, 'writeRowsMax is at least 16,384')
      const claims = Array.from({ length: writeRowsMax + 1 }, (_, at) => ({ scope: 'many', value: String(at), owner: 'me' }))
      await rejects(() => store.write({ claims }), 'STORE_INVALID')
      await store.write({ claims: claims.slice(0, writeRowsMax) })
      const entry = newEntry()
      const decision = newDecision()
      const bad: readonly Write[] = [
        { entries: [entry, entry] },
        { decisions: [decision, decision] },
        { projections: [{ table: TABLE, key: 'a', next: bytes(1) }, { table: TABLE, key: 'a', expected: 1, next: bytes(1) }] },
        { projections: [{ table: TABLE, key: 'a', next: null }] },
        { projections: [{ table: TABLE, key: 'a', next: bytes(1), indexes: Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`i${at}`, 'x'])) }] },
        { entries: [newEntry({ id: entry.id.toUpperCase().replace(/^0/, 'A') })] },
        { entries: [newEntry({ entryHash: bytes(31) })] },
        { entries: [newEntry({ commitment: bytes(33) })] },
        { guards: [{ table: TABLE, key: 'a', version: 0 }] },
      ]
      for (const write of bad) await rejects(() => store.write(write), 'STORE_INVALID')
    },
  },
  {
    title: '[write-5] a Write as large as a hospital sends at once is stored whole',
    async run({ store }) {
      const entries = newEntries(2_000, { sealed: bytes(2_000) })
      await store.write({ entries, projections: entries.map(({ id }) => ({ table: TABLE, key: id, next: bytes(200), indexes: { all: 'all' } })) })
      const ids = entries.slice(-1_000).map(({ id }) => id)
      equal(await store.read((view) => view.entries(ids)), entries.slice(-1_000))
      equal((await store.read((view) => view.unsequenced({ limit: 10_000 }))).map(({ entry }) => entry.id), entries.map(({ id }) => id))
    },
  },
  {
    title: '[guard-1] a row may be guarded by many Writes at once, and once it changes none of them holds',
    async run({ store }) {
      await put(store, 'policy')
      const guards = [{ table: TABLE, key: 'policy', version: 1 }, { table: TABLE, key: 'policy', version: 1 }, { table: TABLE, key: 'absent' }]
      await Promise.all(newEntries(50).map((entry) => store.write({ entries: [entry], guards })))
      await put(store, 'policy', { expected: 1 })
      const error = await rejects(() => store.write({ entries: newEntries(1), guards }), 'STORE_STALE')
      equal([error.details['table'], error.details['key']], [TABLE, 'policy'])
      equal(await row(store, 'absent'), undefined)
    },
  },
  {
    title: '[guard-1] guards speak of the state before the Write, also of rows that it changes itself',
    async run({ store }) {
      await store.write({ guards: [{ table: TABLE, key: 'own' }], projections: [{ table: TABLE, key: 'own', next: bytes(1) }] })
      await store.write({ guards: [{ table: TABLE, key: 'own', version: 1 }], projections: [{ table: TABLE, key: 'own', expected: 1, next: bytes(1) }] })
      await rejects(() => store.write({ guards: [{ table: TABLE, key: 'own', version: 3 }], projections: [{ table: TABLE, key: 'own', expected: 2, next: bytes(1) }] }), 'STORE_STALE')
      equal((await row(store, 'own'))?.version, 2)
    },
  },
  {
    title: '[guard-1] while rows change under guards in two processes, no Write stands on a version that was gone',
    async run(subject) {
      const other = (await subject.second?.()) ?? subject.store
      await put(subject.store, 'policy')
      const accepted: { readonly at: number; readonly id: string }[] = []
      let withdrawn = 0
      const writing = background(Promise.all(Array.from({ length: 8 }, async () => {
        for (let round = 0; round < 12; round += 1) {
          const version = (await row(subject.store, 'policy'))?.version ?? 1
          const entry = newEntry()
          const done = await subject.store.write({ entries: [entry], guards: [{ table: TABLE, key: 'policy', version }], projections: [{ table: 'stands', key: entry.id, next: new Uint8Array([version]) }] }).then(() => true, () => false)
          if (done) accepted.push({ at: version, id: entry.id })
        }
      })))
      for (let version = 1; version <= 10; version += 1) {
        const before = (await other.read((view) => view.find({ table: 'stands', limit: 1_000 }))).rows.length
        await put(other, 'policy', { expected: version })
        withdrawn = version
        const after = await other.read((view) => view.find({ table: 'stands', limit: 1_000 }))
        ok(after.rows.length >= before)
        const late = await other.read((view) => view.find({ table: 'stands', limit: 1_000 }))
        equal(late.rows.filter(({ value }) => (value[0] ?? 0) <= withdrawn).length, after.rows.filter(({ value }) => (value[0] ?? 0) <= withdrawn).length)
      }
      await writing
      equal((await subject.store.read((view) => view.find({ table: 'stands', limit: 1_000 }))).rows.length, accepted.length)
    },
  },
  {
    title: '[claim-1] a claim holds for ever, for its owner again, and [claim-2] goes when it expired and is swept',
    async run({ store }) {
      const soon = new Date('2026-11-22T12:00:00Z')
      const claim = { scope: 'jti', value: 'one', owner: 'me' }
      await store.write({ claims: [claim, { ...claim, value: 'two', expiresAt: soon }] })
      await store.write({ claims: [claim, { ...claim, value: 'two' }] })
      await rejects(() => store.write({ claims: [{ ...claim, owner: 'you' }] }), 'STORE_CLAIMED')
      await rejects(() => store.write({ claims: [{ ...claim, value: 'two', owner: 'you' }] }), 'STORE_CLAIMED')
      await store.write({ claims: [{ ...claim, scope: 'other', owner: 'you' }] })
      equal(await store.maintenance.sweepClaims(soon), 0)
      equal(await store.maintenance.sweepClaims(new Date(soon.getTime() + 1)), 1)
      await store.write({ claims: [{ ...claim, value: 'two', owner: 'you' }] })
      await rejects(() => store.write({ claims: [{ ...claim, owner: 'you' }] }), 'STORE_CLAIMED')
    },
  },
  {
    title: '[decision-1] the same decision again is success, another one under its id a conflict',
    async run({ store }) {
      const decision = newDecision('patient')
      await store.write({ decisions: [decision] })
      await store.write({ decisions: [decision, newDecision()] })
      await rejects(() => store.write({ decisions: [{ ...decision, bytes: bytes(40) }] }), 'STORE_CONFLICT')
      await rejects(() => store.write({ decisions: [{ ...decision, about: 'other' }] }), 'STORE_CONFLICT')
      equal((await store.read((view) => view.decisions({ limit: 10 }))).rows.length, 2)
    },
  },
]

async function settled<T>(answer: PromiseSettledResult<T>): Promise<T> {
  if (answer.status === 'rejected') throw answer.reason
  return answer.value
}
