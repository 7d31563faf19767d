import { parseEntry } from '@careledger/proof'
import { createProjector } from '../entries/projector.ts'
import { openRow, readRow } from '../entries/rows.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { readHistory, type HistoryItem } from './history.ts'
import { createErasures, erasureType, replayEntry, type Erasures } from './replay.ts'

export interface RebuildProgress {
  readonly done: number
  /** Entries in the log when the rebuild began. */
  readonly total: number
}
export interface RebuildReport {
  readonly entries: number
  /** Entries that made no row because their patient was erased. */
  readonly erased: number
}

/**
 * Clears every table of every network and fills it anew from the entries: in log order, then those without an index. The result equals what
 * was there, row by row. For one process that has the store to itself. A crash leaves rows missing: run it again. Errors: CORRUPTION naming
 * the first entry that does not open although no erasure covers it, or that its network now refuses; every other entry is replayed first.
 */
export async function rebuild(parts: Parts, onProgress: (progress: RebuildProgress) => void = () => {}): Promise<RebuildReport> {
  const total = (await parts.store.read((view) => view.treeState(parts.log.origin))).size
  const tables = [...new Set([...parts.networks.values()].flatMap((network) => Object.keys(network.tables)))]
  await parts.store.maintenance.clearProjections(tables)
  parts.knownRows.clear()
  const erasures = createErasures()
  let entries = 0
  let erased = 0
  let refusal: LogicError | undefined
  for await (const page of readHistory(parts)) {
    const result = await replayPage(parts, page, erasures)
    erased += result.erased
    refusal ??= result.refusal
    entries += page.length
    onProgress({ done: entries, total: Math.max(total, entries) })
  }
  parts.knownRows.clear()
  if (refusal !== undefined) throw refusal
  const [first] = erasures.uncovered()
  if (first !== undefined) throw new LogicError('CORRUPTION', 'An entry does not open although no erasure covers it.', { details: { id: first.id, count: erasures.uncovered().length } })
  return { entries, erased }
}

async function replayPage(parts: Parts, page: readonly HistoryItem[], erasures: Erasures): Promise<{ readonly erased: number; readonly refusal?: LogicError | undefined }> {
  let erased = 0
  let refusal: LogicError | undefined
  const projections = await parts.store.read(async (view) => {
    const projector = createProjector(parts, async (table, key, sealedFor) => {
      const row = await view.projection(table, key)
      return row === undefined ? undefined : { version: row.version, indexes: row.indexes, value: sealedFor === undefined ? readRow(row) : await openRow(parts, row, sealedFor) }
    })
    for (const { id, stored } of page) {
      try {
        if (stored === undefined) throw new LogicError('CORRUPTION', 'An entry of the log is missing.', { details: { id } })
        const entry = parseEntry(stored.canonical)
        if (entry.type === erasureType) erasures.erased(entry)
        if ((await replayEntry(parts, projector, stored, entry)) === 'erased') {
          erasures.unopened(entry)
          erased++
        }
      } catch (error) {
        const cause = toLogicError(error)
        if (!(cause instanceof LogicError)) throw error
        refusal ??= new LogicError('CORRUPTION', `An entry cannot be replayed: ${cause.message}`, { cause, details: { ...cause.details, id } })
      }
    }
    return (await projector.result()).projections
  })
  if (projections.length > 0) await parts.store.write({ projections })
  return { erased, refusal }
}
