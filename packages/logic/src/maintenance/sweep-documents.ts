import { uploadOfDocument, uploadTable } from '../hospital/attachments/uploads/upload-rows.ts'
import { EXPORT_DOCUMENT } from '../exports/export-rows.ts'
import { parseEntry } from '@careledger/proof'
import type { Parts } from '../parts.ts'
import { readHistory } from './history.ts'

/**
 * Deletes documents that no entry names: what a crash between storing a document and storing its entry leaves behind. Gives their number.
 * Nothing may be written meanwhile.
 */
export async function sweepDocuments(parts: Parts): Promise<number> {
  const named = new Set<string>()
  for await (const page of readHistory(parts)) for (const { stored } of page) if (stored?.documentId !== undefined) named.add(stored.documentId)
  let swept = 0
  for (let after: string | undefined; ; ) {
    const ids = await parts.documents.list({ after, limit: 1000 })
    for (const id of ids) {
      if (named.has(id) || id.startsWith(EXPORT_DOCUMENT) || (await isUnderWay(parts, uploadOfDocument(id)))) continue
      await parts.documents.delete(id)
      swept++
    }
    after = ids.at(-1)
    if (after === undefined) return swept
  }
}

/** A part of an upload that somebody may still go on with. */
async function isUnderWay(parts: Parts, upload: string | undefined): Promise<boolean> {
  return upload !== undefined && (await parts.store.read((view) => view.projection(uploadTable, upload))) !== undefined
}

/**
 * Removes the sealed payloads of erased patients, which nobody can open any more: to free the space, not to erase. Gives their number. Idempotent.
 */
export async function dropErasedPayloads(parts: Parts): Promise<number> {
  const erased = new Set<string>()
  for await (const page of readHistory(parts)) {
    for (const { stored } of page) {
      const entry = stored === undefined ? undefined : parseEntry(stored.canonical)
      if (entry?.type === 'subject-erased' && entry.subject !== undefined) erased.add(entry.subject)
    }
  }
  let dropped = 0
  for await (const page of readHistory(parts)) {
    for (const { stored } of page) {
      if (stored?.sealed === undefined) continue
      const entry = parseEntry(stored.canonical)
      if (entry.subject === undefined || !erased.has(entry.subject) || entry.type === 'subject-erased') continue
      if (stored.documentId !== undefined) await parts.documents.delete(stored.documentId)
      if (await parts.store.maintenance.dropSealed(entry.id)) dropped++
    }
  }
  return dropped
}
