import { readRow, rowBytes } from '../entries/rows.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { readProcesses } from '../processes/process-rows.ts'
import { rebuild, type RebuildProgress } from './rebuild.ts'

/**
 * The form of what networks project, counted up by whoever changes what the `project` of an entry type writes. 1: until 26 November 2026,
 * written nowhere. 2: records with the facts of a chart and with their address. 3: a mark for each patient's chart.
 * 4: records with their sensitive kinds.
 */
export const PROJECTIONS_FORM = 5

/** One row says which form the rest has. No entry makes it, and no audit or rebuild looks at it. */
const formTable = 'projections-form'
const formKey = 'form'

/** The form of what is stored; `undefined`: nothing is stored yet. Errors: those of the store. */
export async function readProjectionsForm(parts: Pick<Parts, 'store' | 'log'>): Promise<number | undefined> {
  return (await read(parts)).form
}

/**
 * Makes every projection anew where an older version made them, and says that they are of this form from now on. A crash meanwhile leaves
 * the old form written, and the next call begins again. For one process that has the store to itself: while others say that they live, it
 * refuses. Gives whether it rebuilt. Errors: STALE with what to do, where a newer version made the projections or others are running; those of
 * `rebuild`.
 */
export async function settleProjectionsForm(parts: Parts, options: { readonly onRebuild?: (() => void) | undefined; readonly onProgress?: ((progress: RebuildProgress) => void) | undefined } = {}): Promise<boolean> {
  const { form, version } = await read(parts)
  if (form === PROJECTIONS_FORM) return false
  if (form !== undefined && form > PROJECTIONS_FORM) throw new LogicError('STALE', 'What screens query was made by a newer version of CareLedger. Start that version or a later one.', { details: { form } })
  if (form !== undefined) {
    if ((await readProcesses(parts)).some(({ alive }) => alive)) throw new LogicError('STALE', 'What screens query has the form of an older version. Stop every process of the instance, then start this one again.', { details: { form } })
    options.onRebuild?.()
    await rebuild(parts, options.onProgress)
  }
  await parts.store.write({ projections: [{ table: formTable, key: formKey, expected: version, next: rowBytes({ form: PROJECTIONS_FORM }) }] })
  return form !== undefined
}

async function read({ store, log }: Pick<Parts, 'store' | 'log'>): Promise<{ readonly form: number | undefined; readonly version: number | undefined }> {
  return store.read(async (view) => {
    const row = await view.projection(formTable, formKey)
    if (row !== undefined) return { form: (readRow(row) as { readonly form: number }).form, version: row.version }
    const [{ size }, waiting] = await Promise.all([view.treeState(log.origin), view.unsequenced({ limit: 1 })])
    return { form: size === 0 && waiting.length === 0 ? undefined : 1, version: undefined }
  })
}
