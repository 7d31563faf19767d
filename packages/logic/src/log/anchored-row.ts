import type { ReadView } from '@careledger/data-spec'
import type { Parts } from '../parts.ts'
import { readRow, rowBytes } from '../entries/rows.ts'

/** What is known to be final on one ledger: the row of table `anchored` under the target's name. Written before the outbox is settled. */
export interface Anchored {
  /** Size of the newest checkpoint of this log that is final there. */
  readonly size: number
  /** Position in the stream of checkpoints up to which the start-up check has read. */
  readonly position?: string | undefined
}

export const anchoredTable = 'anchored'

export async function readAnchored(view: ReadView, target: string): Promise<(Anchored & { readonly version: number }) | undefined> {
  const row = await view.projection(anchoredTable, target)
  return row === undefined ? undefined : { ...(readRow(row) as unknown as Anchored), version: row.version }
}

/** Raises what is known; never lowers it. Two workers may race: the slower one reads again, at most 5 times. Errors of the store pass. */
export async function raiseAnchored(parts: Pick<Parts, 'store'>, target: string, known: Partial<Anchored>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const row = await parts.store.read((view) => readAnchored(view, target))
    const next: Anchored = { size: Math.max(row?.size ?? 0, known.size ?? 0), position: later(row?.position, known.position) }
    if (row !== undefined && row.size === next.size && row.position === next.position) return
    try {
      await parts.store.write({ projections: [{ table: anchoredTable, key: target, expected: row?.version, next: rowBytes({ ...next }) }] })
      return
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'STORE_STALE' || attempt === 5) throw error
    }
  }
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a
}
