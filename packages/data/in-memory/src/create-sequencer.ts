import { chainSteps, checkAssign, checkLimit, checkOutboxRows, invalid, newerNote } from '@careledger/data-kit'
import { StoreError, type SequencerStore } from '@careledger/data-spec'
import { checkVersion, sameBytes } from './apply-write.ts'
import { joined, leaseClock, sortable, type InMemoryDatabase } from './in-memory-database.ts'
import { addOutboxRows } from './outbox-rows.ts'

export function createSequencer(database: InMemoryDatabase, check: () => void): SequencerStore {
  return {
    async lease(log, holder, forMs) {
      check()
      if (!(forMs >= 1 && forMs <= 3_600_000)) throw invalid('A lease is for 1 to 3,600,000 ms.')
      const held = database.leases.get(log)
      const now = leaseClock()
      if (held?.holder !== undefined && held.holder !== holder && held.until > now) return undefined
      const token = held?.holder === holder ? held.token : (held?.token ?? 0) + 1
      database.leases.set(log, { token, holder, until: now + forMs })
      return { token }
    },
    async release(log, holder) {
      check()
      const held = database.leases.get(log)
      if (held?.holder === holder) database.leases.set(log, { token: held.token + 1, holder: undefined, until: 0 })
    },
    async waiting(_log, limit) {
      check()
      checkLimit(limit, 10_000)
      const found = []
      for (const [, id] of database.waiting.range({ prefix: '' })) {
        const stored = database.entries.get(id)
        if (stored === undefined) continue
        const { entryHash, signatureHash, network, chain } = stored.entry
        found.push({ id, entryHash: entryHash.slice(), signatureHash: signatureHash.slice(), network, chain })
        if (found.length === limit) break
      }
      return found
    },
    async state(log, chains) {
      check()
      const tree = database.trees.get(log)
      const heads = new Map<string, { readonly sequence: number; readonly leafHash: Uint8Array }>()
      for (const chain of chains) {
        const head = database.heads.get(joined(log, chain))
        if (head !== undefined) heads.set(chain, { sequence: head.sequence, leafHash: head.leafHash.slice() })
      }
      return { size: tree?.size ?? 0, frontier: (tree?.frontier ?? []).map((hash) => hash.slice()), heads }
    },
    async assign(log, lease, batch) {
      check()
      checkAssign(batch)
      checkLease(database, log, lease)
      if (batch.from !== (database.trees.get(log)?.size ?? 0)) throw new StoreError('STORE_FENCED', 'The tree has another size.', { details: { from: batch.from } })
      for (const guard of batch.guards ?? []) checkVersion(database, guard)
      const arrivals = batch.leaves.map(({ id }) => waitingArrival(database, id))
      if (new Set(batch.leaves.map(({ id }) => id)).size !== batch.leaves.length) throw corruption('An entry would get two indexes.')
      const steps = chainSteps(batch.leaves)
      for (const { chain, first } of steps) {
        if (first !== (database.heads.get(joined(log, chain))?.sequence ?? -1) + 1) throw corruption('A chain does not go on from its head.')
      }
      for (const { path, bytes } of batch.tiles) {
        const stored = database.tiles.get(joined(log, path))
        if (stored?.length === 8_192 && !sameBytes(stored, bytes)) throw corruption('A full tile would change.')
      }

      for (const [place, { id, leafInput, chain, chainSequence }] of batch.leaves.entries()) {
        const leaf = { id, log, index: batch.from + place, leafInput: leafInput.slice(), chain, chainSequence }
        database.leaves.set(joined(log, sortable(leaf.index)), leaf)
        database.leafOfEntry.set(id, leaf)
        database.leavesOfChain.set(joined(log, chain, sortable(chainSequence)), leaf)
        database.waiting.set(sortable(arrivals[place] as number), undefined)
      }
      for (const { chain, last, leafHash } of steps) database.heads.set(joined(log, chain), { sequence: last, leafHash: leafHash.slice() })
      for (const { path, bytes } of batch.tiles) database.tiles.set(joined(log, path), bytes.slice())
      database.trees.set(log, { size: batch.from + batch.leaves.length, frontier: batch.frontier.map((hash) => hash.slice()) })
      addOutboxRows(database, batch.outbox)
      database.clock.finish()
    },
    async putCheckpoint(log, lease, checkpoint, outbox) {
      check()
      checkOutboxRows(outbox)
      checkLease(database, log, lease)
      if (checkpoint.size > (database.trees.get(log)?.size ?? 0)) throw corruption('The checkpoint is larger than the tree.')
      const [newest] = database.checkpoints.range({ prefix: joined(log, ''), newestFirst: true })
      if (newest !== undefined && checkpoint.size < newest[1].size) throw corruption('The checkpoint is older than the newest.')
      const verdict = newest?.[1].size === checkpoint.size ? newerNote(newest[1].note, checkpoint.note) : 'replace'
      if (verdict === 'corruption') throw corruption('Another checkpoint of this size is stored.')
      if (verdict === 'replace') database.checkpoints.set(joined(log, sortable(checkpoint.size)), { size: checkpoint.size, note: checkpoint.note })
      addOutboxRows(database, outbox)
      database.clock.finish()
    },
  }
}

function checkLease(database: InMemoryDatabase, log: string, lease: number): void {
  if (database.leases.get(log)?.token !== lease) throw new StoreError('STORE_FENCED', 'The lease is not the newest.')
}

function waitingArrival(database: InMemoryDatabase, id: string): number {
  const arrival = database.entries.get(id)?.arrival
  if (arrival === undefined) throw corruption('A leaf names no entry.')
  if (database.waiting.get(sortable(arrival)) === undefined) throw corruption('An entry has an index already.')
  return arrival
}

function corruption(message: string): StoreError {
  return new StoreError('STORE_CORRUPTION', message)
}
