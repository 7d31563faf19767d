import { fromUtf8 } from '@careledger/proof'
import type { Encounter, Patient } from '@medplum/fhirtypes'
import { openEntry } from '../entries/open-entry.ts'
import { openRow } from '../entries/rows.ts'
import { recordTypeField, type RecordRow } from '../hospital/tables.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'

export interface Current<T> { readonly entry: string; readonly value: T }

/** The patient's Patient and Encounter resources that nothing has amended, as the custodian itself keeps them; empty for a new patient. */
export async function currentRecords(parts: Parts, custodian: string, patient: string): Promise<{ readonly patient?: Current<Patient> | undefined; readonly encounters: ReadonlyMap<string, Current<Encounter>> }> {
  const keys = await parts.vaults.get(custodian)?.patient(patient)
  if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this patient.')
  return parts.store.read(async (view) => {
    const current = async <T>(type: string): Promise<Current<T>[]> => {
      const found: Current<T>[] = []
      let after: string | undefined
      do {
        const page = await view.find({ table: 'record', index: 'type', equals: keys.token(recordTypeField, type), limit: 200, newestFirst: true, after })
        const rows = await Promise.all(page.rows.map(async (row) => ({ key: row.key, row: (await openRow(parts, row, { custodian, patient })) as unknown as RecordRow })))
        for (const { key } of rows.filter(({ row: one }) => one.replacedBy === undefined)) {
          const entry = await view.entry(key)
          const opening = entry === undefined ? undefined : await openEntry(parts, entry)
          if (opening !== undefined && opening !== 'erased') found.push({ entry: key, value: JSON.parse(fromUtf8(opening.payload)) as T })
          if (type === 'Patient') return found
        }
        after = page.next
      } while (after !== undefined)
      return found
    }
    const [newest] = await current<Patient>('Patient')
    const encounters = await current<Encounter>('Encounter')
    return { patient: newest, encounters: new Map(encounters.map((one) => [one.value.id ?? '', one])) }
  }).catch((error: unknown) => { throw toLogicError(error) })
}
