import { entryBytes, instantText, newEntryId, signEntry, type Entry } from '@careledger/proof'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { isLogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { readPatientRow } from '../read-banner.ts'
import { openRow } from '../../entries/rows.ts'
import { HOSPITAL } from '../tables.ts'
import type { EmergencyRow } from './emergency-row.ts'

const dayMs = 86_400_000

/**
 * Writes `emergency-escalated` for every review that is overdue, looking at those due within `daysBack` days (default 31); run it every few
 * minutes, from one process or several. Gives how many. Errors: those of `acceptEntries`; what was escalated stays so.
 */
export async function escalateReviews(parts: Parts, daysBack = 31): Promise<number> {
  let escalated = 0
  for (let back = daysBack; back >= 0; back--) {
    const day = instantText(new Date(parts.now().getTime() - back * dayMs)).slice(0, 10)
    for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
      const page = await parts.store.read((view) => view.find({ table: 'emergency', index: 'due', equals: day, after, limit: 200 })).catch((error: unknown) => {
        throw toLogicError(error)
      })
      for (const { key } of page.rows) if (await escalate(parts, key)) escalated++
      after = page.next
    }
  }
  return escalated
}

/** `false`: not yet due, or another process was quicker. */
async function escalate(parts: Parts, id: string): Promise<boolean> {
  const found = await parts.store.read(async (view) => {
    const projection = await view.projection('emergency', id)
    const patient = projection?.indexes['patient']
    const patientRow = patient === undefined ? undefined : await view.projection('patient', patient)
    const custodian = patientRow?.indexes['custodian']
    if (projection === undefined || patient === undefined || patientRow === undefined || custodian === undefined) return undefined
    const row = (await openRow(parts, projection, { custodian, patient })) as unknown as EmergencyRow | undefined
    if (row === undefined || Date.parse(row.due) > parts.now().getTime()) return undefined
    return { custodian, subject: (await readPatientRow(parts, { patientRow, custodian, patient })).subject }
  })
  if (found === undefined) return false
  const { signer, author } = parts.system
  const now = parts.now()
  const entry: Entry = { v: 1, id: newEntryId(now), network: HOSPITAL, type: 'emergency-escalated', ...found, replaces: id, issuedAt: instantText(now), author }
  try {
    await acceptEntries(parts, [{ entry: entryBytes(entry), signature: await signEntry(entry, signer) }], { actor: author })
    return true
  } catch (error) {
    if (isLogicError(error, 'INPUT_MALFORMED') || isLogicError(error, 'STALE') || isLogicError(error, 'NOT_ALLOWED')) return false
    throw error
  }
}
