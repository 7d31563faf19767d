import type { DataStore } from '@careledger/data-spec'
import { background, equal, ok, rejects } from '../expect.ts'
import { allLeaves, batchOf, bytes, leaseOf, LOG, newDecision, newEntries, newEntry, newOutboxRow, noteOf, put, row, sequence, TABLE, unstamped } from '../samples.ts'
import type { DataStoreTest } from '../store-under-test.ts'

/** Every verb of the port with arguments that an open store accepts. */
const verbs: readonly (readonly [name: string, call: (store: DataStore) => Promise<unknown>])[] = [
  ['write', (store) => store.write({ entries: newEntries(1) })],
  ['read', (store) => store.read((view) => view.treeState(LOG))],
  ['sequencer.lease', (store) => store.sequencer.lease(LOG, 'me', 1_000)],
  ['sequencer.release', (store) => store.sequencer.release(LOG, 'me')],
  ['sequencer.waiting', (store) => store.sequencer.waiting(LOG, 1)],
  ['sequencer.state', (store) => store.sequencer.state(LOG, [])],
  ['sequencer.assign', (store) => store.sequencer.assign(LOG, 1, batchOf([], 0))],
  ['sequencer.putCheckpoint', (store) => store.sequencer.putCheckpoint(LOG, 1, { size: 0, note: noteOf(0, 'root', 'log one') }, [])],
  ['outbox.add', (store) => store.outbox.add([newOutboxRow('item')])],
  ['outbox.claim', (store) => store.outbox.claim('ledger', { limit: 1, bytesMax: 1, recordBytes: 1, holder: 'me', forMs: 1 })],
  ['outbox.settle', (store) => store.outbox.settle('ledger', [])],
  ['maintenance.clearProjections', (store) => store.maintenance.clearProjections([TABLE])],
  ['maintenance.sweepClaims', (store) => store.maintenance.sweepClaims(new Date())],
  ['maintenance.dropSealed', (store) => store.maintenance.dropSealed(newEntry().id)],
  ['maintenance.contradictions', (store) => store.maintenance.contradictions()],
  ['maintenance.backup', (store) => collect(store.maintenance.backup())],
  ['maintenance.restore', (store) => store.maintenance.restore(stream([]))],
]

export const lifeTests: readonly DataStoreTest[] = [
  {
    title: '[create-1] a fresh store is empty and shares nothing with another',
    async run({ store }, options) {
      const other = await options.create()
      try {
        const entry = newEntry()
        await other.store.write({ entries: [entry], projections: [{ table: TABLE, key: 'a', next: bytes(1) }] })
        equal(await store.read((view) => view.entry(entry.id)), undefined)
        equal(await row(store, 'a'), undefined)
        equal(await store.sequencer.waiting(LOG, 1), [])
        equal(await store.read((view) => view.outboxSummary()), [])
        equal(store.specVersion, 'v1')
        equal(await store.health(), { ok: true, problems: [] })
        ok(['power-loss', 'process-death', 'none'].includes(store.describe().durability))
      } finally {
        await other.dispose()
      }
    },
  },
  {
    title: '[close-1] every verb on a closed store rejects with STORE_CLOSED',
    async run({ store }) {
      await store.close()
      for (const [name, call] of verbs) await rejects(() => call(store), 'STORE_CLOSED').catch((error: unknown) => { throw new Error(`${name}: ${(error as Error).message}`) })
    },
  },
  {
    title: '[close-2] closing twice is closing once, and what runs meanwhile ends soon: done, STORE_CLOSED or STORE_OUTCOME_UNKNOWN',
    async run(subject) {
      const entries = newEntries(60)
      const running = entries.map((entry) => subject.store.write({ entries: [entry] }).then(() => entry.id, (error: unknown) => {
        const { code } = error as { code?: unknown }
        if (code !== 'STORE_CLOSED' && code !== 'STORE_OUTCOME_UNKNOWN') throw error
        return undefined
      }))
      const reading = subject.store.read((view) => view.treeState(LOG)).catch((error: unknown) => error)
      await Promise.all([subject.store.close(), subject.store.close()])
      const done = (await Promise.all(running)).filter((id) => id !== undefined)
      await reading
      await subject.store.close()
      equal((await subject.store.health()).ok, false)
      const again = await subject.reopen?.()
      if (again !== undefined) equal((await again.read((view) => view.entries(done))).filter((entry) => entry === undefined), [])
    },
  },
  {
    title: '[backup-1] a backup holds everything, restores into an empty store only, and the store goes on from there',
    async run({ store }, options) {
      await fill(store)
      const backup = await collect(store.maintenance.backup())
      const other = await options.create()
      try {
        await other.store.maintenance.restore(stream(backup))
        equal(await contents(other.store), await contents(store))
        await rejects(() => other.store.maintenance.restore(stream(backup)), 'STORE_INVALID')
        await other.store.write({ entries: newEntries(4), projections: [{ table: TABLE, key: 'a', expected: 2, next: bytes(2), indexes: { by: 'z' } }] })
        await sequence(other.store, LOG, await leaseOf(other.store))
        equal((await allLeaves(other.store)).map(({ index }) => index), Array.from({ length: 13 }, (_, at) => at))
        await other.store.outbox.add([newOutboxRow('later')])
        equal((await other.store.read((view) => view.outboxRows({ limit: 10 }))).rows.at(-1)?.item, 'later')
        await rejects(() => other.store.write({ claims: [{ scope: 'jti', value: 'kept', owner: 'you' }] }), 'STORE_CLAIMED')
      } finally {
        await other.dispose()
      }
    },
  },
  {
    title: '[backup-1] a damaged or cut backup is STORE_CORRUPTION and leaves the store empty',
    async run({ store }, options) {
      await fill(store)
      const backup = Buffer.concat(await collect(store.maintenance.backup()))
      const flipped = Buffer.from(backup)
      flipped[backup.length >> 1] = (flipped[backup.length >> 1] ?? 0) ^ 1
      const end = backup.lastIndexOf(10, backup.length - 2)
      const bad = [backup.subarray(0, backup.length >> 1), backup.subarray(0, end + 1), flipped, Buffer.concat([backup, Buffer.from('{}\n')]), Buffer.alloc(0)]
      const other = await options.create()
      try {
        for (const one of bad) await rejects(() => other.store.maintenance.restore(stream([one])), 'STORE_CORRUPTION')
        equal(await other.store.read((view) => view.unsequenced({ limit: 10 })), [])
        await other.store.maintenance.restore(stream(sliced(backup, 777)))
        equal((await allLeaves(other.store)).length, 5)
      } finally {
        await other.dispose()
      }
    },
  },
  {
    title: '[backup-1] a backup taken while others write is one state',
    async run(subject, options) {
      const { store } = subject
      const writer = (await subject.second?.()) ?? store
      await store.write({ projections: [{ table: TABLE, key: 'left', next: new Uint8Array([0]) }, { table: TABLE, key: 'right', next: new Uint8Array([0]) }] })
      let writing = true
      const changing = background((async () => {
        for (let version = 1; writing && version < 200; version += 1) {
          const next = new Uint8Array([version])
          await writer.write({ entries: newEntries(1), projections: [{ table: TABLE, key: 'left', expected: version, next }, { table: TABLE, key: 'right', expected: version, next }] })
        }
      })())
      const backup = await collect(store.maintenance.backup()).finally(() => { writing = false })
      await changing
      const other = await options.create()
      try {
        await other.store.maintenance.restore(stream(backup))
        const [left, right] = await other.store.read((view) => view.projections(TABLE, ['left', 'right']))
        equal(left?.value, right?.value)
        equal((await other.store.read((view) => view.unsequenced({ limit: 1_000 }))).length, left?.value[0])
      } finally {
        await other.dispose()
      }
    },
  },
]

async function fill(store: DataStore): Promise<void> {
  const entries = newEntries(8)
  await store.write({ entries, claims: [{ scope: 'jti', value: 'kept', owner: 'me' }], decisions: [newDecision('patient'), newDecision()] })
  await store.write({ entries: [newEntry({ sealed: undefined, commitment: undefined, documentId: 'document' })] })
  await put(store, 'a', { indexes: { by: 'x', all: 'all' } })
  await put(store, 'a', { expected: 1, indexes: { by: 'y', all: 'all' } })
  const lease = await leaseOf(store)
  await store.sequencer.assign(LOG, lease, batchOf(entries.slice(0, 5), 0, new Map(), { tiles: [{ path: 'partial/0', bytes: bytes(160) }], outbox: entries.slice(0, 5).map(({ id }) => newOutboxRow(id, { data: bytes(10), epoch: 1, key: 'key' })) }))
  await store.sequencer.putCheckpoint(LOG, lease, { size: 5, note: noteOf(5, 'root', 'log one') }, [newOutboxRow('checkpoint')])
  await store.sequencer.release(LOG, 'holder')
  await store.outbox.settle('ledger', [{ item: entries[0]?.id ?? '', state: 'final', receipt: 'receipt', reason: 'reason' }])
}

/** Stamps are the store's own: a restored row has another one. */
function contents(store: DataStore): Promise<unknown> {
  return store.read(async (view) => {
    const leaves = await view.leaves(LOG, { from: 0, limit: 1_000 })
    const chain = leaves[0]?.chain ?? ''
    const rows = async (query: Parameters<typeof view.find>[0]) => (await view.find(query)).rows.map(unstamped)
    return [
      leaves, await view.entries(leaves.map(({ id }) => id)), await view.unsequenced({ limit: 1_000 }), await view.tiles(LOG, ['partial/0']), await view.treeState(LOG), await view.checkpoint(LOG),
      await rows({ table: TABLE, limit: 1_000 }), await rows({ table: TABLE, index: 'by', equals: 'y', limit: 10 }), await view.decisions({ limit: 100 }), await view.decisions({ about: 'patient', limit: 100 }),
      await view.outboxRows({ limit: 100 }), await view.outboxSummary(), await view.chainLeaves(LOG, chain, { from: 0, limit: 100 }),
    ]
  })
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

function sliced(whole: Uint8Array, size: number): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, at) => whole.subarray(at * size, (at + 1) * size))
}
