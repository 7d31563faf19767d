import type { Actor } from '@careledger/identity'
import type { Parts } from '../../../parts.ts'
import { toLogicError } from '../../../to-logic-error.ts'
import { writersVault } from '../../prepare-import.ts'
import { writablePatient } from '../prepare-attachment.ts'
import { removeUpload } from './append-part.ts'
import { offsetOf, openUpload, ownUpload, uploadTable, type UploadRow } from './upload-rows.ts'

export interface UnfinishedUpload extends Pick<UploadRow, 'attachment' | 'records' | 'size' | 'begun'> {
  readonly id: string
  readonly offset: number
}

const operation = 'hospital.attachments.uploads'
const listedMax = 50

/** The caller's own uploads for a patient that are not at their end, with what they signed: who has the file goes on with it. Errors: NOT_ALLOWED. */
export async function listUploads(parts: Parts, actor: Actor, patient: string): Promise<readonly UnfinishedUpload[]> {
  const { custodian } = await writablePatient(parts, actor, { operation, patient })
  const { rows } = await parts.store.read((view) => view.find({ table: uploadTable, index: 'patient', equals: patient, limit: 1000, newestFirst: true })).catch(rethrow)
  const found: UnfinishedUpload[] = []
  for (const projection of rows) {
    const held = await openUpload(parts, custodian, projection)
    if (held === undefined || held.row.author !== actor.party) continue
    const { attachment, records, size, begun } = held.row
    found.push({ id: held.id, attachment, records, size, begun, offset: offsetOf(held.row) })
    if (found.length === listedMax) break
  }
  return found
}

/** Gives an unfinished upload up, and what is kept of it. Errors: NOT_ALLOWED. */
export async function discardUpload(parts: Parts, actor: Actor, id: string): Promise<void> {
  const { custodian } = writersVault(parts, actor)
  await removeUpload(parts, custodian, await ownUpload(parts, actor.party, custodian, id).catch(rethrow))
}

/** Removes uploads that nobody has gone on with for seven days. Gives the number of uploads. */
export async function sweepUploads(parts: Parts): Promise<number> {
  const today = parts.now()
  let swept = 0
  // Two weeks back: a day on which nothing ran is caught up with.
  for (let back = 1; back <= 14; back++) {
    const day = new Date(today.getTime() - back * 86_400_000).toISOString().slice(0, 10)
    const { rows } = await parts.store.read((view) => view.find({ table: uploadTable, index: 'ends', equals: day, limit: 1000 })).catch(rethrow)
    for (const projection of rows) {
      await removeAnybodys(parts, projection)
      swept++
    }
  }
  return swept
}

async function removeAnybodys(parts: Parts, projection: Parameters<typeof openUpload>[2]): Promise<void> {
  for (const custodian of parts.vaults.keys()) {
    const held = await openUpload(parts, custodian, projection)
    if (held !== undefined) return removeUpload(parts, custodian, held)
  }
  // The patient was erased: nothing can be opened any more.
  await parts.store.write({ projections: [{ table: uploadTable, key: projection.key, expected: projection.version, next: null, indexes: {} }] }).catch(rethrow)
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
