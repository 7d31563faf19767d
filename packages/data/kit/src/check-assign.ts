import type { NewOutboxRow, OutboxState, SequencerStore } from '@careledger/data-spec'
import { checkBytes, checkDate, checkHash, checkInteger, checkKey, checkName, checkText, checkUuid, invalid } from './check-values.ts'
import { checkGuard } from './check-write.ts'

/** What `assign` takes. */
export type AssignBatch = Parameters<SequencerStore['assign']>[2]

/** Most leaves or outbox rows in one call. */
export const batchRowsMax = 65_536

/** Throws STORE_INVALID for a malformed batch; what the store already holds is not asked. */
export function checkAssign(batch: AssignBatch): void {
  checkInteger('from', batch.from, 0, Number.MAX_SAFE_INTEGER)
  if (batch.leaves.length > batchRowsMax) throw invalid('Too many leaves in one batch.', { leaves: batch.leaves.length, batchRowsMax })
  for (const leaf of batch.leaves) {
    checkUuid('entry id', leaf.id)
    checkHash('leafInput', leaf.leafInput)
    checkHash('leafHash', leaf.leafHash)
    checkKey('chain', leaf.chain)
    checkInteger('chainSequence', leaf.chainSequence, 0, Number.MAX_SAFE_INTEGER)
  }
  for (const tile of batch.tiles) {
    checkText('tile path', tile.path, 256)
    checkBytes('tile', tile.bytes)
    if (tile.bytes.length > 8_192) throw invalid('A tile has at most 8,192 bytes.', { path: tile.path })
  }
  if (new Set(batch.tiles.map((tile) => tile.path)).size !== batch.tiles.length) throw invalid('The same tile is named twice.')
  for (const hash of batch.frontier) checkHash('frontier', hash)
  checkOutboxRows(batch.outbox)
  for (const guard of batch.guards ?? []) checkGuard(guard)
}

/** Throws STORE_INVALID for malformed outbox rows, or the same (target, item) twice. */
export function checkOutboxRows(rows: readonly NewOutboxRow[]): void {
  if (rows.length > batchRowsMax) throw invalid('Too many outbox rows in one call.', { rows: rows.length, batchRowsMax })
  for (const row of rows) {
    checkName('target', row.target)
    checkKey('item', row.item)
    checkName('stream', row.stream)
    checkKey('recordId', row.recordId)
    if (row.key !== undefined) checkKey('key', row.key)
    checkKey('digest', row.digest)
    if (row.data !== undefined) checkBytes('data', row.data)
    if (row.epoch !== undefined) checkInteger('epoch', row.epoch, 0, 2_147_483_647)
    checkDate('createdAt', row.createdAt)
  }
  if (new Set(rows.map((row) => `${row.target}\0${row.item}`)).size !== rows.length) throw invalid('The same outbox row is named twice.')
}

const states: readonly OutboxState[] = ['waiting', 'sent', 'final', 'blocked']

/** Throws STORE_INVALID for an unknown state, an item named twice or a text that cannot be stored. */
export function checkSettle(target: string, results: readonly { readonly item: string; readonly state: OutboxState; readonly receipt?: string | undefined; readonly reason?: string | undefined }[]): void {
  checkName('target', target)
  if (results.length > batchRowsMax) throw invalid('Too many results in one call.', { rows: results.length, batchRowsMax })
  for (const { item, state, receipt, reason } of results) {
    checkKey('item', item)
    if (!states.includes(state)) throw invalid('Unknown outbox state.')
    if (receipt !== undefined) checkText('receipt', receipt, 65_536, 0)
    if (reason !== undefined) checkText('reason', reason, 65_536, 0)
  }
  if (new Set(results.map((result) => result.item)).size !== results.length) throw invalid('The same item is settled twice.')
}
