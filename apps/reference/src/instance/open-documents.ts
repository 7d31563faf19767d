import { join } from 'node:path'
import type { DocumentStore } from '@careledger/data-spec'
import { createFileDocuments } from '@careledger/documents-file'
import { createS3Documents } from '@careledger/documents-s3'
import type { Settings } from '../settings.ts'

/** Where the documents of an instance stand: on S3 where the settings say so, else in its data directory. */
export async function openDocuments(settings: Pick<Settings, 'dataDirectory' | 'documents'>): Promise<DocumentStore> {
  return settings.documents === undefined ? createFileDocuments({ directory: join(settings.dataDirectory, documentsFolder) }) : createS3Documents(settings.documents)
}

/** Name of the folder in the data directory, and in a backup. */
export const documentsFolder = 'documents'

/** Copies every document from one store to another, streamed one by one; what is there already is compared. Gives their number. */
export async function copyDocuments(from: DocumentStore, to: DocumentStore): Promise<number> {
  let copied = 0
  for (let after: string | undefined; ; ) {
    const ids = await from.list({ after, limit: 1000 })
    for (const id of ids) {
      const read = await from.streams?.read(id)
      if (read === undefined) continue
      await to.streams?.write(id, read.chunks)
      copied++
    }
    after = ids.at(-1)
    if (after === undefined) return copied
  }
}
