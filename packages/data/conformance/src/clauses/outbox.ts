import type { DataStore, OutboxState } from '@careledger/data-spec'
import { equal, rejects } from '../expect.ts'
import { batchOf, bytes, delay, leaseOf, LOG, newEntries, newOutboxRow, rounds } from '../samples.ts'
import type { DataStoreTest } from '../store-under-test.ts'

const claim = { limit: 100, bytesMax: 1_000_000, recordBytes: 100, holder: 'worker', forMs: 60_000 }

async function claimed(store: DataStore, over: Partial<typeof claim> = {}, target = 'ledger'): Promise<readonly string[]> {
  return (await store.outbox.claim(target, { ...claim, ...over })).map(({ item }) => item)
}

const items = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `item-${String(count - at).padStart(4, '0')}`)

export const outboxTests: readonly DataStoreTest[] = [
  {
    title: '[outbox-1] rows go only along the allowed ways, and a refused call changes nothing',
    async run({ store }) {
      const allowed: Readonly<Record<OutboxState, readonly OutboxState[]>> = {
        waiting: ['waiting', 'sent', 'final', 'blocked'], sent: ['waiting', 'sent', 'final', 'blocked'], final: ['final', 'blocked'], blocked: ['waiting', 'blocked'],
      }
      const way: Readonly<Record<OutboxState, readonly OutboxState[]>> = { waiting: [], sent: ['sent'], final: ['sent', 'final'], blocked: ['blocked'] }
      const states = Object.keys(allowed) as OutboxState[]
      for (const from of states) {
        for (const to of states) {
          const item = `${from}-${to}`
          await store.outbox.add([newOutboxRow(item)])
          for (const state of way[from]) await store.outbox.settle('ledger', [{ item, state }])
          const settle = () => store.outbox.settle('ledger', [{ item, state: to, receipt: 'receipt' }])
          if (allowed[from].includes(to)) await settle()
          else await rejects(settle, 'STORE_INVALID')
          const [found] = await store.read((view) => view.outboxOf(item))
          equal([found?.state, found?.receipt], allowed[from].includes(to) ? [to, 'receipt'] : [from, undefined])
        }
      }
      await rejects(() => store.outbox.settle('ledger', [{ item: 'waiting-sent', state: 'final' }, { item: 'unknown', state: 'final' }]), 'STORE_INVALID')
      await rejects(() => store.outbox.settle('ledger', [{ item: 'waiting-sent', state: 'final' }, { item: 'final-final', state: 'sent' }]), 'STORE_INVALID')
      equal((await store.read((view) => view.outboxOf('waiting-sent')))[0]?.state, 'sent')
    },
  },
  {
    title: '[outbox-1] receipt and reason stay until others replace them, and settling ends the lease',
    async run({ store }) {
      await store.outbox.add([newOutboxRow('a')])
      equal(await claimed(store), ['a'])
      equal(await claimed(store), [])
      await store.outbox.settle('ledger', [{ item: 'a', state: 'sent', receipt: 'first', reason: 'slow' }])
      const [again] = await store.outbox.claim('ledger', claim)
      equal([again?.state, again?.attempts, again?.receipt, again?.reason], ['sent', 2, 'first', 'slow'])
      await store.outbox.settle('ledger', [{ item: 'a', state: 'waiting', reason: 'absent' }])
      const [waiting] = await store.read((view) => view.outboxOf('a'))
      equal([waiting?.state, waiting?.receipt, waiting?.reason], ['waiting', 'first', 'absent'])
      await store.outbox.settle('ledger', [{ item: 'a', state: 'final', receipt: 'second' }])
      equal(await claimed(store), [])
      equal((await store.read((view) => view.outboxOf('a')))[0]?.receipt, 'second')
    },
  },
  {
    title: '[outbox-2] two holders never have one row, oldest in log order first, and a lease that ran out is free',
    async run(subject) {
      const other = (await subject.second?.()) ?? subject.store
      const all = items(40)
      await subject.store.outbox.add(all.map((item) => newOutboxRow(item)))
      equal(await claimed(subject.store, { limit: 3, forMs: 50 }), all.slice(0, 3))
      await delay(80)
      const parts = await Promise.all(Array.from({ length: 8 }, (_, at) => claimed(at % 2 === 0 ? subject.store : other, { limit: 5 })))
      equal(parts.flat().sort(), [...all].sort())
      equal(await claimed(other), [])
      equal((await subject.store.read((view) => view.outboxOf(all[0] ?? '')))[0]?.attempts, 2)
    },
  },
  {
    title: '[outbox-3] the bytes of one claim are bounded, but a row that is too large alone is given alone',
    async run({ store }) {
      await store.outbox.add([newOutboxRow('a', { data: bytes(50) }), newOutboxRow('b'), newOutboxRow('c', { data: bytes(500) }), newOutboxRow('d')])
      equal(await claimed(store, { bytesMax: 250 }), ['a', 'b'])
      equal(await claimed(store, { bytesMax: 250 }), ['c'])
      equal(await claimed(store, { bytesMax: 250, limit: 1 }), ['d'])
      equal(await claimed(store, { bytesMax: 250 }), [])
    },
  },
  {
    title: '[outbox-4] the summary counts each target and state, and dates the oldest that is not final',
    async run({ store }) {
      const created = (at: number) => new Date(1_700_000_000_000 + at * 1_000)
      await store.outbox.add(items(6).map((item, at) => newOutboxRow(item, { createdAt: created(at) })))
      await store.outbox.add([newOutboxRow('x', { target: 'second', createdAt: created(9) })])
      await store.outbox.settle('ledger', [{ item: 'item-0006', state: 'final' }, { item: 'item-0004', state: 'sent' }, { item: 'item-0003', state: 'sent' }, { item: 'item-0001', state: 'blocked' }])
      const summary = async () => [...(await store.read((view) => view.outboxSummary()))].sort((left, right) => (left.target + left.state < right.target + right.state ? -1 : 1))
      equal(await summary(), [
        { target: 'ledger', state: 'blocked', count: 1, oldest: created(5) },
        { target: 'ledger', state: 'final', count: 1 },
        { target: 'ledger', state: 'sent', count: 2, oldest: created(2) },
        { target: 'ledger', state: 'waiting', count: 2, oldest: created(1) },
        { target: 'second', state: 'waiting', count: 1, oldest: created(9) },
      ])
      await store.outbox.settle('ledger', items(6).filter((item) => item !== 'item-0001').map((item) => ({ item, state: 'final' as const })))
      await store.outbox.settle('second', [{ item: 'x', state: 'sent' }])
      equal((await summary()).map(({ target, state, count }) => [target, state, count]), [['ledger', 'blocked', 1], ['ledger', 'final', 5], ['second', 'sent', 1]])
    },
  },
  {
    title: '[outbox-4] counts stay right while many settle and claim at once',
    async run(subject) {
      const other = (await subject.second?.()) ?? subject.store
      await subject.store.outbox.add(items(60).map((item) => newOutboxRow(item)))
      await Promise.all([subject.store, other, subject.store].map(async (store) => {
        for (const _ of rounds()) {
          const mine = await claimed(store, { limit: 7 })
          if (mine.length === 0) return
          await store.outbox.settle('ledger', mine.map((item) => ({ item, state: 'final' as const })))
        }
      }))
      equal(await subject.store.read((view) => view.outboxSummary()), [{ target: 'ledger', state: 'final', count: 60 }])
    },
  },
  {
    title: '[outbox-5] rows that are there stay as they are, whether added or assigned again, for each target its own',
    async run({ store }) {
      const entries = newEntries(2)
      await store.write({ entries })
      const ids = entries.map(({ id }) => id) as [string, string]
      const [first, second] = [newOutboxRow(ids[0], { key: 'key', epoch: 3, data: bytes(20) }), newOutboxRow(ids[0], { target: 'second' })]
      await store.outbox.add([first])
      await store.outbox.settle('ledger', [{ item: ids[0], state: 'sent' }])
      await store.sequencer.assign(LOG, await leaseOf(store), batchOf(entries, 0, new Map(), { outbox: [newOutboxRow(ids[0]), newOutboxRow(ids[1])] }))
      await store.outbox.add([second, newOutboxRow(ids[0])])
      await store.outbox.add([])
      equal(await store.read((view) => view.outboxOf(ids[0])), [{ ...first, state: 'sent', attempts: 0 }, { ...second, state: 'waiting', attempts: 0 }])
      const page = await store.read((view) => view.outboxRows({ limit: 2 }))
      equal(page.rows.map(({ item, target }) => [item, target]), [[ids[0], 'ledger'], [ids[1], 'ledger']])
      equal((await store.read((view) => view.outboxRows({ after: page.next, limit: 2 }))).rows.map(({ target }) => target), ['second'])
      equal((await store.read((view) => view.outboxRows({ target: 'ledger', state: 'waiting', limit: 10 }))).rows.map(({ item }) => item), [ids[1]])
      equal((await store.read((view) => view.outboxRows({ state: 'sent', limit: 10 }))).rows.map(({ item }) => item), [ids[0]])
      await rejects(() => store.outbox.add([second, second]), 'STORE_INVALID')
    },
  },
  {
    title: '[outbox-6] a row is found by its ledger record, for each target by itself',
    async run({ store }) {
      const rows = items(5).map((item) => newOutboxRow(item))
      await store.outbox.add(rows)
      for (const { recordId, item } of rows) equal((await store.read((view) => view.outboxByRecord('ledger', recordId)))?.item, item)
      equal(await store.read((view) => view.outboxByRecord('second', rows[0]?.recordId ?? '')), undefined)
      equal(await store.read((view) => view.outboxByRecord('ledger', 'none')), undefined)
    },
  },
]
