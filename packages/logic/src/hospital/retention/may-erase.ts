import type { Guard, ReadView } from '@careledger/data-spec'
import type { ErasureAnswer, ErasureContext } from '../../entries/network-definition.ts'
import { openRow, readRow } from '../../entries/rows.ts'
import type { Parts } from '../../parts.ts'
import type { RecordRow } from '../tables.ts'
import { reasonsToKeep, type RetentionReason } from './kept-until.ts'
import type { HoldRow, PlacedHold, RetentionRow } from './retention-entries.ts'
import type { RetentionRule } from './retention-payloads.ts'

/**
 * Whether a patient may be erased here. The guards are for the write that takes the patient's row: a hold or a period that comes in between
 * makes it fail. Once the row is gone the erasure is under way, and nothing can be placed any more.
 */
export async function mayErase({ custodian, patient, vault, view }: Omit<ErasureContext, 'subject'>, now: Date): Promise<ErasureAnswer> {
  const [patientRow, retentionRow, holdRow] = await Promise.all([view.projection('patient', patient), view.projection('retention', custodian), view.projection('hold', patient)])
  if (patientRow === undefined) return { guards: [] }
  const guards: readonly Guard[] = [{ table: 'retention', key: custodian, version: retentionRow?.version }, { table: 'hold', key: patient, version: holdRow?.version }]
  const parts = { vaults: new Map([[custodian, vault]]) }
  const reasons = await reasonsOf(parts, view, { custodian, patient }, now)
  return reasons.length === 0 ? { guards } : { refused: reasons }
}

/** The reasons as they stand in the view. Reads the type and day of every record of the patient, nothing of what is in them. */
export async function reasonsOf(parts: Pick<Parts, 'vaults'>, view: ReadView, at: { readonly custodian: string; readonly patient: string }, now: Date): Promise<readonly RetentionReason[]> {
  const [rules, holds] = await Promise.all([rulesOf(view, at.custodian), holdsOf(parts, view, at)])
  const records: RecordRow[] = []
  if (rules.length > 0) for await (const row of recordRows(parts, view, at)) records.push(row)
  return reasonsToKeep(records, rules, holds, now)
}

export async function rulesOf(view: ReadView, custodian: string): Promise<readonly RetentionRule[]> {
  const row = await view.projection('retention', custodian)
  return row === undefined ? [] : (readRow(row) as unknown as RetentionRow).rules
}

export async function holdsOf(parts: Pick<Parts, 'vaults'>, view: ReadView, { custodian, patient }: { readonly custodian: string; readonly patient: string }): Promise<readonly PlacedHold[]> {
  const row = await view.projection('hold', patient)
  const opened = row === undefined ? undefined : ((await openRow(parts, row, { custodian, patient })) as unknown as HoldRow | undefined)
  return opened?.holds ?? []
}

async function* recordRows(parts: Pick<Parts, 'vaults'>, view: ReadView, at: { readonly custodian: string; readonly patient: string }): AsyncGenerator<RecordRow> {
  let after: string | undefined
  do {
    const page = await view.find({ table: 'record', index: 'patient', equals: at.patient, after, limit: 1000 })
    for (const projection of page.rows) {
      const row = (await openRow(parts, projection, at)) as unknown as RecordRow | undefined
      if (row !== undefined) yield row
    }
    after = page.next
  } while (after !== undefined)
}
