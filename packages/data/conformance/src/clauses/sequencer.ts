import type { DataStore } from '@careledger/data-spec'
import { background, equal, ok, rejects } from '../expect.ts'
import { allLeaves, batchOf, bytes, delay, hashOf, leaseOf, LOG, newEntries, newEntry, newOutboxRow, noteOf, OTHER_LOG, put, rounds, row, sequence, TABLE } from '../samples.ts'
import type { DataStoreTest } from '../store-under-test.ts'

export const sequencerTests: readonly DataStoreTest[] = [
  {
    title: '[lease-1] a lease excludes others until its time is over, by the clock of the store',
    async run(subject) {
      const other = (await subject.second?.()) ?? subject.store
      const first = await firstWhileOtherAsks(subject.store, other, 150)
      ok((await other.sequencer.lease(OTHER_LOG, 'second', 60_000)) !== undefined)
      const second = await other.sequencer.lease(LOG, 'second', 60_000)
      ok((second?.token ?? 0) > (first?.token ?? 0))
      equal(await subject.store.sequencer.lease(LOG, 'first', 60_000), undefined)
    },
  },
  {
    title: '[lease-2] renewing keeps the token, also after the time when nobody took it; a new holder raises it',
    async run({ store }) {
      const token = await leaseOf(store, LOG, 'me', 30)
      equal(await leaseOf(store, LOG, 'me', 30), token)
      await delay(60)
      equal(await leaseOf(store, LOG, 'me', 30), token)
      await delay(60)
      ok((await leaseOf(store, LOG, 'you', 60_000)) > token)
    },
  },
  {
    title: '[lease-2] of many who ask at once one gets the lease',
    async run(subject) {
      const stores = [subject.store, ...(subject.second === undefined ? [] : [await subject.second()])]
      const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => (stores[at % stores.length] ?? subject.store).sequencer.lease(LOG, `holder-${at}`, 60_000)))
      equal(answers.filter((lease) => lease !== undefined).length, 1)
    },
  },
  {
    title: '[lease-3] a lease that was given back is fenced at once and free for others; a stranger cannot give it back',
    async run({ store }) {
      const token = await leaseOf(store, LOG, 'me')
      await store.sequencer.release(LOG, 'stranger')
      equal(await store.sequencer.lease(LOG, 'you', 1_000), undefined)
      await store.sequencer.release(LOG, 'me')
      const entries = newEntries(1)
      await store.write({ entries })
      await rejects(() => store.sequencer.assign(LOG, token, batchOf(entries, 0)), 'STORE_FENCED')
      ok((await leaseOf(store, LOG, 'you')) > token)
    },
  },
  {
    title: '[sequence-1] assigning gives indexes without a gap, in the order given, and keeps leaves, heads, tiles and tree',
    async run({ store }) {
      const lease = await leaseOf(store)
      const entries = [...newEntries(3), ...newEntries(2, { chain: 'hospital/two' }), ...newEntries(1)]
      await store.write({ entries })
      equal((await store.sequencer.waiting(LOG, 4)).map(({ id }) => id), entries.slice(0, 4).map(({ id }) => id))
      const [first = newEntry()] = entries
      equal((await store.sequencer.waiting(LOG, 1))[0], { id: first.id, entryHash: first.entryHash, signatureHash: first.signatureHash, network: first.network, chain: first.chain })
      const tiles = [{ path: 'partial/0', bytes: bytes(96) }]
      const frontier = [hashOf('a'), hashOf('b')]
      await store.sequencer.assign(LOG, lease, batchOf(entries.slice(0, 4), 0, new Map(), { tiles, frontier }))
      await store.sequencer.assign(LOG, lease, batchOf(entries.slice(4), 4, new Map([['hospital/one', 3], ['hospital/two', 1]]), { frontier }))
      equal((await allLeaves(store)).map(({ id, index, leafInput }) => [id, index, leafInput]), entries.map(({ id }, index) => [id, index, hashOf(`input ${id}`)]))
      equal((await allLeaves(store)).map(({ chain, chainSequence }) => [chain, chainSequence]), [['hospital/one', 0], ['hospital/one', 1], ['hospital/one', 2], ['hospital/two', 0], ['hospital/two', 1], ['hospital/one', 3]])
      equal(await store.sequencer.waiting(LOG, 10), [])
      const state = await store.sequencer.state(LOG, ['hospital/one', 'hospital/two', 'none', 'hospital/one'])
      equal([state.size, state.frontier], [6, frontier])
      equal([...state.heads].sort(), [['hospital/one', { sequence: 3, leafHash: hashOf(`leaf ${entries[5]?.id ?? ''}`) }], ['hospital/two', { sequence: 1, leafHash: hashOf(`leaf ${entries[4]?.id ?? ''}`) }]])
      await store.read(async (view) => {
        equal(await view.treeState(LOG), { size: 6, frontier })
        equal(await view.treeState(OTHER_LOG), { size: 0, frontier: [] })
        equal((await view.leafOf(LOG, entries[5]?.id ?? ''))?.index, 5)
        equal(await view.leafOf(OTHER_LOG, first.id), undefined)
        equal((await view.leaves(LOG, { from: 2, limit: 2 })).map(({ index }) => index), [2, 3])
        equal(await view.tiles(LOG, ['none', 'partial/0']), [undefined, tiles[0]?.bytes])
        equal(await view.unsequenced({ limit: 10 }), [])
      })
    },
  },
  {
    title: '[sequence-1] arrival order is the order of waiting, by pages, for rebuild',
    async run({ store }) {
      const entries = newEntries(7)
      for (const entry of entries) await store.write({ entries: [entry] })
      const seen: string[] = []
      let after: number | undefined
      for (const _ of rounds()) {
        const page = await store.read((view) => view.unsequenced({ after, limit: 3 }))
        seen.push(...page.map(({ entry }) => entry.id))
        if (page.length < 3) break
        after = page.at(-1)?.arrival
      }
      equal(seen, entries.map(({ id }) => id))
      equal((await store.sequencer.waiting(LOG, 100)).map(({ id }) => id), seen)
    },
  },
  {
    title: '[chain-1] the leaves of one chain come by its own sequence, from a place, at most so many',
    async run({ store }) {
      const entries = Array.from({ length: 10 }, (_, at) => newEntry({ chain: at % 2 === 0 ? 'hospital/even' : 'hospital/odd' }))
      await store.write({ entries })
      await sequence(store, LOG, await leaseOf(store))
      const found = (chain: string, from: number, limit: number) => store.read(async (view) => (await view.chainLeaves(LOG, chain, { from, limit })).map(({ index, chainSequence }) => [index, chainSequence]))
      equal(await found('hospital/odd', 0, 1_000), [[1, 0], [3, 1], [5, 2], [7, 3], [9, 4]])
      equal(await found('hospital/even', 2, 2), [[4, 2], [6, 3]])
      equal(await found('hospital', 0, 10), [])
    },
  },
  {
    title: '[sequence-2] an entry that has an index, or comes twice, makes the whole call STORE_CORRUPTION',
    async run({ store }) {
      const lease = await leaseOf(store)
      const [first = newEntry(), second = newEntry()] = newEntries(2, { chain: 'a' })
      await store.write({ entries: [first, second] })
      await rejects(() => store.sequencer.assign(LOG, lease, batchOf([first, first], 0)), 'STORE_CORRUPTION')
      await store.sequencer.assign(LOG, lease, batchOf([first], 0))
      await rejects(() => store.sequencer.assign(LOG, lease, batchOf([second, first], 1, new Map([['a', 1]]))), 'STORE_CORRUPTION')
      const other = await leaseOf(store, OTHER_LOG)
      await rejects(() => store.sequencer.assign(OTHER_LOG, other, batchOf([first], 0)), 'STORE_CORRUPTION')
      equal((await allLeaves(store)).map(({ id }) => id), [first.id])
      equal((await store.sequencer.waiting(LOG, 10)).map(({ id }) => id), [second.id])
    },
  },
  {
    title: '[sequence-3] a call that fails, for whatever reason, leaves tree, heads, tiles, leaves and outbox as they were',
    async run({ store }) {
      const lease = await leaseOf(store)
      const entries = newEntries(4)
      await store.write({ entries })
      await put(store, 'subject')
      const full = { path: 'tile/0/000', bytes: bytes(8_192) }
      await store.sequencer.assign(LOG, lease, batchOf(entries.slice(0, 1), 0, new Map(), { tiles: [full, { path: 'partial/0', bytes: bytes(32) }] }))
      const before = await everything()
      const good = batchOf(entries.slice(1), 1, new Map([['hospital/one', 1]]), { tiles: [{ path: 'partial/0', bytes: bytes(64) }], outbox: [newOutboxRow('item')] })
      const moved = { ...good, leaves: good.leaves.map((leaf) => ({ ...leaf, chainSequence: leaf.chainSequence + 1 })) }
      await rejects(() => store.sequencer.assign(LOG, lease + 1, good), 'STORE_FENCED')
      await rejects(() => store.sequencer.assign(LOG, lease, { ...good, from: 0 }), 'STORE_FENCED')
      await rejects(() => store.sequencer.assign(LOG, lease, { ...good, from: 2 }), 'STORE_FENCED')
      await rejects(() => store.sequencer.assign(LOG, lease, { ...good, leaves: [...good.leaves, ...batchOf(newEntries(1, { chain: 'none' }), 0).leaves] }), 'STORE_CORRUPTION')
      await rejects(() => store.sequencer.assign(LOG, lease, moved), 'STORE_CORRUPTION')
      await rejects(() => store.sequencer.assign(LOG, lease, { ...good, tiles: [...good.tiles, { ...full, bytes: bytes(8_192) }] }), 'STORE_CORRUPTION')
      await rejects(() => store.sequencer.assign(LOG, lease, { ...good, guards: [{ table: TABLE, key: 'subject', version: 2 }] }), 'STORE_STALE')
      equal(await everything(), before)
      await store.sequencer.assign(LOG, lease, good)
      equal((await allLeaves(store)).length, 4)

      function everything(): Promise<unknown> {
        return store.read(async (view) => [
          await view.treeState(LOG), await view.leaves(LOG, { from: 0, limit: 100 }), await view.tiles(LOG, ['tile/0/000', 'partial/0']), await view.outboxSummary(),
          await view.unsequenced({ limit: 100 }),
        ])
      }
    },
  },
  {
    title: '[sequence-4] of two sequencers that both believe in their lease one is fenced, and no index is given twice',
    async run(subject) {
      const { store } = subject
      const other = (await subject.second?.()) ?? store
      const old = await leaseOf(store, LOG, 'paused', 40)
      await store.write({ entries: newEntries(30) })
      await sequence(store, LOG, old, 10)
      await delay(60)
      const fresh = await leaseOf(other, LOG, 'awake')
      await rejects(() => sequence(store, LOG, old, 10), 'STORE_FENCED')
      await sequence(other, LOG, fresh, 10)
      await rejects(() => sequence(store, LOG, old, 10), 'STORE_FENCED')
      await rejects(() => store.sequencer.putCheckpoint(LOG, old, { size: 20, note: noteOf(20, 'root', 'log one') }, []), 'STORE_FENCED')
      await sequence(other, LOG, fresh, 10)
      equal((await allLeaves(store)).map(({ index }) => index), Array.from({ length: 30 }, (_, at) => at))
    },
  },
  {
    title: '[sequence-4] while writers write and two sequencers fight for the lease, every entry gets one index',
    async run(subject) {
      const stores = [subject.store, (await subject.second?.()) ?? subject.store]
      let writing = true
      const written: string[] = []
      const writers = background(Promise.all(Array.from({ length: 6 }, async (_, at) => {
        for (let round = 0; round < 15; round += 1) {
          const entries = newEntries(3, { chain: `hospital/${at}` })
          await (stores[at % 2] ?? subject.store).write({ entries })
          written.push(...entries.map(({ id }) => id))
        }
      })).finally(() => { writing = false }))
      await Promise.all(stores.map(async (store, at) => {
        let idle = 0
        for (const _ of rounds()) {
          if (idle === 3) return
          const lease = await store.sequencer.lease(LOG, `holder-${at}`, 20)
          const done = lease === undefined ? 0 : await sequence(store, LOG, lease.token, 25).catch((error: unknown) => {
            if ((error as { code?: unknown }).code !== 'STORE_FENCED') throw error
            return 1
          })
          if (done === 0 && !writing) idle += 1
          await delay(done === 0 ? 10 : 1)
        }
      }))
      await writers
      const leaves = await allLeaves(subject.store)
      equal(leaves.map(({ index }) => index), written.map((_, at) => at))
      equal(leaves.map(({ id }) => id).sort(), [...written].sort())
      for (const chain of new Set(leaves.map((leaf) => leaf.chain))) {
        const own = leaves.filter((leaf) => leaf.chain === chain).map(({ chainSequence }) => chainSequence)
        equal(own, own.map((_, at) => at))
      }
    },
  },
  {
    title: '[sequence-5] a chain goes on from its head by one, and begins at 0',
    async run({ store }) {
      const lease = await leaseOf(store)
      const entries = newEntries(3, { chain: 'c' })
      await store.write({ entries })
      const [a = newEntry(), b = newEntry(), c = newEntry()] = entries
      await rejects(() => store.sequencer.assign(LOG, lease, batchOf([a], 0, new Map([['c', 1]]))), 'STORE_CORRUPTION')
      await store.sequencer.assign(LOG, lease, batchOf([a], 0))
      await rejects(() => store.sequencer.assign(LOG, lease, batchOf([b], 1)), 'STORE_CORRUPTION')
      await rejects(() => store.sequencer.assign(LOG, lease, batchOf([b], 1, new Map([['c', 2]]))), 'STORE_CORRUPTION')
      const both = batchOf([b, c], 1, new Map([['c', 1]]))
      await rejects(() => store.sequencer.assign(LOG, lease, { ...both, leaves: [...both.leaves].reverse() }), 'STORE_CORRUPTION')
      await store.sequencer.assign(LOG, lease, both)
    },
  },
  {
    title: '[sequence-6] guards hold while assigning: of presence, of absence, and against one who changes the row meanwhile',
    async run(subject) {
      const { store } = subject
      const other = (await subject.second?.()) ?? store
      const lease = await leaseOf(store)
      await store.write({ entries: newEntries(40) })
      await put(store, 'subject')
      const present = { table: TABLE, key: 'subject', version: 1 }
      const absent = { table: TABLE, key: 'absent' }
      const waiting = await store.sequencer.waiting(LOG, 40)
      await store.sequencer.assign(LOG, lease, batchOf(waiting.slice(0, 2), 0, new Map(), { guards: [present, absent, present] }))
      equal(await row(store, 'absent'), undefined)
      const error = await rejects(() => store.sequencer.assign(LOG, lease, batchOf(waiting.slice(2, 4), 2, new Map([['hospital/one', 2]]), { guards: [present, { table: TABLE, key: 'subject' }] })), 'STORE_STALE')
      equal(error.details['key'], 'subject')
      let size = 2
      let version = 1
      const raising = background((async () => { for (let at = 1; at <= 8; at += 1) await put(other, 'subject', { expected: at }) })())
      for (const _ of rounds()) {
        if (size === 38) break
        const next = batchOf(waiting.slice(size, size + 2), size, new Map([['hospital/one', size]]), { guards: [{ ...present, version }] })
        const done = await store.sequencer.assign(LOG, lease, next).then(() => true, (caught: unknown) => {
          if ((caught as { code?: unknown }).code !== 'STORE_STALE') throw caught
          return false
        })
        if (done) size += 2
        else version = (await row(store, 'subject'))?.version ?? 0
      }
      await raising
    },
  },
  {
    title: '[tile-1] full tiles never change, partial ones do, and all paths are listed in order',
    async run({ store }) {
      const lease = await leaseOf(store)
      const full = { path: 'tile/0/000', bytes: bytes(8_192) }
      const tile = (path: string, length: number) => ({ path, bytes: bytes(length) })
      const step = (...tiles: readonly { readonly path: string; readonly bytes: Uint8Array }[]) => store.sequencer.assign(LOG, lease, { ...batchOf([], 0), tiles })
      await step(full, tile('partial/0', 32), tile('grows', 64))
      await step(full, tile('partial/0', 64), tile('grows', 8_192))
      await rejects(() => step({ ...full, bytes: bytes(8_192) }), 'STORE_CORRUPTION')
      await rejects(() => step({ ...full, bytes: bytes(32) }), 'STORE_CORRUPTION')
      await rejects(() => step(tile('grows', 32)), 'STORE_CORRUPTION')
      const last = tile('partial/0', 0)
      await step(last, tile('tile/1/000', 8_192))
      await rejects(() => step(tile('x', 8_193)), 'STORE_INVALID')
      await store.read(async (view) => {
        equal(await view.tiles(LOG, ['tile/0/000', 'partial/0']), [full.bytes, last.bytes])
        equal(await view.tilePaths(LOG, { limit: 3 }), ['grows', 'partial/0', 'tile/0/000'])
        equal(await view.tilePaths(LOG, { after: 'tile/0/000', limit: 3 }), ['tile/1/000'])
        equal(await view.tilePaths(OTHER_LOG, { limit: 3 }), [])
      })
    },
  },
  {
    title: '[checkpoint-1] a checkpoint is never smaller than the newest, never beyond the tree, and its body never changes',
    async run({ store }) {
      const lease = await leaseOf(store)
      await store.write({ entries: newEntries(5) })
      await sequence(store, LOG, lease)
      const at = (size: number, root = 'root') => store.sequencer.putCheckpoint(LOG, lease, { size, note: noteOf(size, root, 'log one') }, [newOutboxRow(`checkpoint/${LOG}/${size}`)])
      equal(await store.read((view) => view.checkpoint(LOG)), undefined)
      await at(3)
      await rejects(() => at(2), 'STORE_CORRUPTION')
      await rejects(() => at(6), 'STORE_CORRUPTION')
      await rejects(() => at(3, 'other'), 'STORE_CORRUPTION')
      await at(5)
      await at(5)
      await store.read(async (view) => {
        equal(await view.checkpoint(LOG), { size: 5, note: noteOf(5, 'root', 'log one') })
        equal(await view.checkpoint(LOG, 3), { size: 3, note: noteOf(3, 'root', 'log one') })
        equal(await view.checkpoint(LOG, 4), undefined)
        equal((await view.checkpoints(LOG, { limit: 10 })).map(({ size }) => size), [3, 5])
        equal((await view.checkpoints(LOG, { after: 3, limit: 10 })).map(({ size }) => size), [5])
        equal((await view.outboxSummary()).map(({ state, count }) => [state, count]), [['waiting', 2]])
      })
    },
  },
  {
    title: '[checkpoint-2] cosignatures are added to a note, and a note that lacks one takes none away',
    async run({ store }) {
      const lease = await leaseOf(store)
      await store.write({ entries: newEntries(1) })
      await sequence(store, LOG, lease)
      const note = async (...signatures: readonly string[]) => {
        await store.sequencer.putCheckpoint(LOG, lease, { size: 1, note: noteOf(1, 'root', ...signatures) }, [])
        return (await store.read((view) => view.checkpoint(LOG)))?.note
      }
      equal(await note('log one'), noteOf(1, 'root', 'log one'))
      equal(await note('log one', 'witness two'), noteOf(1, 'root', 'log one', 'witness two'))
      equal(await note('log one'), noteOf(1, 'root', 'log one', 'witness two'))
      equal(await note('log one', 'witness three'), noteOf(1, 'root', 'log one', 'witness two'))
    },
  },
]

/**
 * The first holder's lease, over by now, after another asked for it in vain. Where the asking took longer than the lease (the machine was
 * busy) its answer says nothing, and all is done again with a lease of twice the time.
 */
async function firstWhileOtherAsks(store: DataStore, other: DataStore, forMs: number): Promise<{ readonly token: number } | undefined> {
  const asked = performance.now()
  const first = await store.sequencer.lease(LOG, 'first', forMs)
  const refused = await other.sequencer.lease(LOG, 'second', 60_000)
  if (performance.now() - asked < forMs) {
    equal(refused, undefined)
    await delay(forMs + 50)
    return first
  }
  await other.sequencer.release(LOG, 'second')
  await store.sequencer.release(LOG, 'first')
  return firstWhileOtherAsks(store, other, forMs * 2)
}
