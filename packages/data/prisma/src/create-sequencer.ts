import { checkAssign, checkLimit, checkOutboxRows, invalid, newerNote } from '@careledger/data-kit'
import { StoreError, type Checkpoint, type Guard, type NewOutboxRow, type SequencerStore } from '@careledger/data-spec'
import { texts } from './driver/array-literals.ts'
import type { Driver, Query, Row } from './driver/driver.ts'
import { addOutboxRows } from './statements/add-outbox-rows.ts'
import { assign } from './statements/assign.ts'
import { fence, giveLease, takeLease } from './statements/lease.ts'
import { toTreeState } from './statements/rows.ts'
import { dropAbsences, writeGroup, type GroupRows } from './statements/write-group.ts'
import { runAlone, transact } from './transaction.ts'
import { stale } from './write/ticket.ts'

export function createSequencer(driver: Driver, check: () => void): SequencerStore {
  return {
    async lease(log, holder, forMs) {
      check()
      if (!(forMs >= 1 && forMs <= 3_600_000)) throw invalid('A lease is for 1 to 3,600,000 ms.')
      const [rows] = await runAlone(driver, [takeLease(log, holder, forMs)], { writes: true })
      const token = rows?.[0]?.['token'] as number | undefined
      return token === undefined ? undefined : { token }
    },
    async release(log, holder) {
      check()
      await runAlone(driver, [giveLease(log, holder)], { writes: true })
    },
    async waiting(_log, limit) {
      check()
      checkLimit(limit, 10_000)
      const [rows = []] = await runAlone(driver, [{ statement: waitingEntries, values: [limit] }], { writes: false })
      return rows.map((row) => ({
        id: row['id'] as string, entryHash: row['entry_hash'] as Uint8Array, signatureHash: row['signature_hash'] as Uint8Array,
        network: row['network'] as string, chain: row['chain'] as string,
      }))
    },
    async state(log, chains) {
      check()
      const [trees, heads = []] = await runAlone(driver, [{ statement: treeOf, values: [log] }, { statement: headsOf, values: [log, texts([...new Set(chains)])] }], { writes: false })
      return {
        ...toTreeState(trees?.[0]),
        heads: new Map(heads.map((row) => [row['chain'] as string, { sequence: row['sequence'] as number, leafHash: row['leaf_hash'] as Uint8Array }])),
      }
    },
    async assign(log, lease, batch) {
      check()
      checkAssign(batch)
      const assigning = assign(log, batch)
      const guards = guardRows(batch.guards ?? [])
      const holding = writeGroup(guards)
      const guarded = guards.held.length + guards.absent.length > 0
      const first = [fence(log), ...(guarded ? [holding.query] : []), assigning.query]
      await transact(driver, first, (answers) => {
        checkLease(answers[0], lease)
        const counts = answers.at(-1)?.[0]
        if (assigning.fenced(counts)) throw new StoreError('STORE_FENCED', 'The tree has another size.', { details: { from: batch.from } })
        if (guarded && !holding.complete(answers[1]?.[0])) throw new StaleGuards()
        if (!assigning.complete(counts)) throw corruption('An entry has an index already or is none, a chain does not go on from its head, or a full tile would change.')
        return { result: undefined, last: [...(batch.outbox.length > 0 ? [addOutboxRows(batch.outbox)] : []), ...(guards.absent.length > 0 ? [dropAbsences(guards.absent)] : [])] }
      }).catch(async (error: unknown) => { throw error instanceof StaleGuards ? await staleGuard(driver, batch.guards ?? []) : error })
    },
    async putCheckpoint(log, lease, checkpoint, outbox) {
      check()
      checkOutboxRows(outbox)
      await transact(driver, [fence(log), { statement: treeOf, values: [log] }, { statement: newestCheckpoint, values: [log] }], ([fencing, trees, newest]) => {
        checkLease(fencing, lease)
        if (checkpoint.size > toTreeState(trees?.[0]).size) throw corruption('The checkpoint is larger than the tree.')
        return { result: undefined, last: lastOfCheckpoint(log, checkpoint, newest?.[0], outbox) }
      })
    },
  }
}

function lastOfCheckpoint(log: string, checkpoint: Checkpoint, newest: Row | undefined, outbox: readonly NewOutboxRow[]): readonly Query[] {
  const size = (newest?.['size'] as number | undefined) ?? -1
  if (checkpoint.size < size) throw corruption('The checkpoint is older than the newest.')
  const verdict = checkpoint.size === size ? newerNote(newest?.['note'] as string, checkpoint.note) : 'replace'
  if (verdict === 'corruption') throw corruption('Another checkpoint of this size is stored.')
  return [
    ...(verdict === 'replace' ? [{ statement: storeCheckpoint, values: [log, checkpoint.size, checkpoint.note] }] : []),
    ...(outbox.length > 0 ? [addOutboxRows(outbox)] : []),
  ]
}

/** Marks a failed guard on its way out of the transaction. */
class StaleGuards extends StoreError {
  constructor() { super('STORE_STALE', 'A row is no longer what it was.') }
}

/** Names the guard that failed; when it holds again by now, the first. */
async function staleGuard(driver: Driver, guards: readonly Guard[]): Promise<StoreError> {
  const [rows = []] = await runAlone(driver, [{ statement: versionsOf, values: [texts(guards.map((guard) => guard.table)), texts(guards.map((guard) => guard.key))] }], { writes: false })
  const versions = new Map(rows.map((row) => [`${row['table_name'] as string}\0${row['row_key'] as string}`, row['version']]))
  return stale(guards.find((guard) => versions.get(`${guard.table}\0${guard.key}`) !== guard.version) ?? (guards[0] as Guard))
}

function guardRows(guards: readonly Guard[]): GroupRows {
  const byName = new Map(guards.map((guard) => [`${guard.table}\0${guard.key}\0${guard.version ?? ''}`, guard]))
  const all = [...byName.values()]
  return {
    entries: [], projections: [], replaced: [], seenRows: [], seenIndexes: [], claims: [], decisions: [],
    held: all.flatMap(({ table, key, version }) => (version === undefined ? [] : [{ table, key, version }])),
    absent: all.filter((guard) => guard.version === undefined),
  }
}

function checkLease(rows: readonly Row[] | undefined, lease: number): void {
  if (rows?.[0]?.['token'] !== lease) throw new StoreError('STORE_FENCED', 'The lease is not the newest.')
}

function corruption(message: string): StoreError {
  return new StoreError('STORE_CORRUPTION', message)
}

const waitingEntries = {
  name: 'waiting',
  text: 'SELECT e.id, e.entry_hash, e.signature_hash, e.network, e.chain FROM waiting w JOIN entry e ON e.id = w.entry_id ORDER BY w.arrival LIMIT $1::int8',
}
const treeOf = { name: 'tree-of', text: 'SELECT size, frontier FROM tree WHERE log = $1::text' }
const headsOf = {
  name: 'heads-of',
  text: 'SELECT h.chain, h.sequence, h.leaf_hash FROM unnest(($2::text)::text[]) AS i(chain) JOIN chain_head h ON h.log = $1::text AND h.chain = i.chain',
}
const newestCheckpoint = { name: 'newest-checkpoint', text: 'SELECT size, note FROM checkpoint WHERE log = $1::text ORDER BY size DESC LIMIT 1 FOR UPDATE' }
const storeCheckpoint = {
  name: 'store-checkpoint',
  text: 'INSERT INTO checkpoint (log, size, note) VALUES ($1::text, $2::int8, $3::text) ON CONFLICT (log, size) DO UPDATE SET note = excluded.note',
}
const versionsOf = {
  name: 'versions-of',
  text: 'SELECT p.table_name, p.row_key, p.version FROM unnest(($1::text)::text[], ($2::text)::text[]) AS i(t, k) JOIN projection p ON p.table_name = i.t AND p.row_key = i.k',
}
