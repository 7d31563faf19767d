import type { KeyRecord } from '@careledger/identity'
import { parseEntry } from '@careledger/proof'
import { keyTable } from '../../entries/check-author.ts'
import { subjectTable, type SubjectRow } from '../../entries/find-patient.ts'
import { openAny } from '../../entries/open-entry.ts'
import { isStreamed } from '../../entries/open-stream.ts'
import { createProjector, type RowSource, type TouchedRow } from '../../entries/projector.ts'
import { typeOf } from '../../entries/read-signed-entry.ts'
import type { Parts } from '../../parts.ts'

/**
 * The row that the entry with this id inserted, made again from the entry; `undefined` where entry, payload or keys are not there or not
 * whole. Other rows it looks at are those of now: the caller compares what comes out.
 */
export async function remakeRow(parts: Parts, source: RowSource, table: string, id: string): Promise<TouchedRow | undefined> {
  const stored = await parts.store.read((view) => view.entry(id))
  if (stored === undefined) return undefined
  try {
    const entry = parseEntry(stored.canonical)
    const opened = await openAny(parts, stored, entry)
    if (opened === 'erased') return undefined
    const payload = isStreamed(opened) ? { streamed: opened } : { opening: opened }
    const projector = createProjector(parts, source)
    const author = (await projector.row(keyTable, entry.author.key)) as unknown as KeyRecord | undefined
    const subject = entry.subject === undefined ? undefined : ((await projector.row(subjectTable, entry.subject)) as unknown as SubjectRow | undefined)
    if (author === undefined) return undefined
    await projector.add(typeOf(parts, entry), { entry, ...payload, author, patient: subject?.patient })
    return projector.touched().find((row) => row.table === table && row.key === id)
  } catch {
    return undefined
  }
}
