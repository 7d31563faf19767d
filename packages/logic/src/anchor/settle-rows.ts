import type { Parts } from '../parts.ts'
import { raiseAnchored } from '../log/anchored-row.ts'
import { checkpointItemSize } from '../log/checkpoint-item.ts'
import type { Settlement } from './append-rows.ts'

/**
 * Writes down what became of rows. What is final of the checkpoints is raised first: a crash in between leaves the row to be claimed and
 * settled again, and nothing is believed that the ledger has not said. A settlement that another worker was faster with is left out.
 */
export async function settleRows(parts: Parts, target: string, settlements: readonly Settlement[]): Promise<void> {
  if (settlements.length === 0) return
  const final = settlements.filter(({ state }) => state === 'final').map(({ item }) => item)
  const size = final.reduce((most, item) => Math.max(most, checkpointItemSize(parts.log.origin, item) ?? 0), 0)
  if (size > 0) await raiseAnchored(parts, target, { size })
  try {
    await parts.store.outbox.settle(target, settlements)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'STORE_INVALID') throw error
    for (const settlement of settlements) await settleOne(parts, target, settlement)
  }
  if (final.length > 0) parts.notices.final(target, final)
}

async function settleOne(parts: Parts, target: string, settlement: Settlement): Promise<void> {
  try {
    await parts.store.outbox.settle(target, [settlement])
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'STORE_INVALID') throw error
    const rows = await parts.store.read((view) => view.outboxOf(settlement.item))
    const row = rows.find((candidate) => candidate.target === target)
    if (row?.state !== 'final' && row?.state !== 'blocked') throw error
  }
}
