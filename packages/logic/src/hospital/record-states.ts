import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { parseEntry, type Entry } from '@careledger/proof'
import { PURPOSES } from '../consent/consent-terms.ts'
import { authorize, endPermit, isRefusal } from '../decisions/authorize.ts'
import type { EntryReceipt } from '../entries/signed-entry.ts'
import { readStates } from '../log/entry-states.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { permittedRecord } from './permitted-records.ts'

/**
 * How far entries have come that the caller wrote or may read now; others are left out, as if they did not exist. At most 200 ids. Says
 * nothing of what is in them, so no decision is recorded.
 */
export async function readRecordStates(parts: Parts, actor: Actor, ids: readonly string[]): Promise<readonly EntryReceipt[]> {
  return parts.store.read(async (view) => {
    const entries = (await view.entries([...new Set(ids)])).flatMap((stored) => (stored === undefined ? [] : [parseEntry(stored.canonical)]))
    const foreign = entries.filter((entry) => entry.author.party !== actor.party)
    const readable = await readableOf(parts, view, actor, foreign)
    const shown = entries.filter((entry) => entry.author.party === actor.party || readable.has(entry.id)).map(({ id }) => id)
    const states = shown.length === 0 ? [] : await readStates(parts, view, shown)
    return states.flatMap((state) => (state === undefined ? [] : [{ ...state, duplicate: false }]))
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}

async function readableOf(parts: Parts, view: ReadView, actor: Actor, entries: readonly Entry[]): Promise<ReadonlySet<string>> {
  const rows = entries.length === 0 ? [] : await view.projections('record', entries.map(({ id }) => id))
  const byPatient = Map.groupBy(rows.flatMap((row) => (row === undefined ? [] : [row])), (row) => row.indexes['patient'] as string)
  const readable = new Set<string>()
  for (const [patient, records] of byPatient) {
    for (const purpose of PURPOSES) {
      const permit = await authorize(parts, view, { actor, operation: 'hospital.records.states', purpose, patient })
      if (isRefusal(permit)) continue
      for (const { key } of records) {
        if ((await permittedRecord(permit, key)) !== undefined) readable.add(key)
      }
      endPermit(permit)
    }
  }
  return readable
}
