import { DeleteObjectCommand, HeadBucketCommand } from '@aws-sdk/client-s3'
import { checkDocumentId, checkLimit, invalid, SourceFailure } from '@careledger/data-kit'
import { StoreError, type DocumentStore } from '@careledger/data-spec'
import { openBucket, type Bucket } from './bucket.ts'
import { abortUnfinished, checkConditionalWrites } from './prepare-bucket.ts'
import { listObjects, readObject, readObjectStream } from './read-objects.ts'
import { checkSettings, type S3DocumentsSettings } from './settings.ts'
import { toStoreError } from './to-store-error.ts'
import { putObject, writeObject, type Exclusive } from './write-objects.ts'

/**
 * Opens documents in a bucket that exists; nothing is written before the first document is. Documents are immutable, one object each; what
 * `put` and `write` acknowledge, the server has acknowledged as durable. Errors: TypeError for wrong settings.
 */
export async function createS3Documents(settings: S3DocumentsSettings): Promise<DocumentStore> {
  const bucket = openBucket(checkSettings(settings))
  const exclusive = bucket.settings.exclusiveWrites === 'check' ? createExclusive() : (_id: string, work: () => Promise<void>) => work()
  let closed = false
  let prepared: Promise<void> | undefined
  const call = async <T>(id: string | undefined, work: () => Promise<T>): Promise<T> => {
    if (closed) throw new StoreError('STORE_CLOSED', 'The document store is closed.')
    if (id !== undefined) checkDocumentId(id)
    return work().catch((error: unknown) => { throw error instanceof SourceFailure ? error.cause : toStoreError(error) })
  }
  const prepare = (): Promise<void> => {
    prepared ??= checkConditionalWrites(bucket).then(() => abortUnfinished(bucket))
    prepared.catch(() => { prepared = undefined })
    return prepared
  }
  const write = (id: string, work: () => Promise<void>): Promise<void> => call(id, async () => {
    await prepare()
    return exclusive(id, work)
  })
  return {
    specVersion: 'v1',
    put: (id, bytes) => {
      if (!(bytes instanceof Uint8Array)) return Promise.reject(invalid('A document is bytes.'))
      const content = bytes.slice()
      return write(id, () => putObject(bucket, id, content))
    },
    get: (id) => call(id, () => readObject(bucket, id)),
    delete: (id) => call(id, async () => { await bucket.client.send(new DeleteObjectCommand(bucket.place(id))) }),
    list: ({ after, limit }) => call(undefined, async () => {
      checkLimit(limit)
      return listObjects(bucket, after, limit)
    }),
    streams: {
      write: (id, chunks, { signal } = {}) => write(id, () => writeObject(bucket, id, chunks, signal)),
      read: (id, range = {}) => call(id, () => readObjectStream(bucket, id, range)),
    },
    async health() {
      if (closed) return { ok: false, problems: ['The document store is closed.'] }
      const problems = await problemsOf(bucket, prepare)
      return { ok: problems.length === 0, problems }
    },
    async close() {
      if (!closed) bucket.client.destroy()
      closed = true
    },
  }
}

async function problemsOf({ client, name }: Bucket, prepare: () => Promise<void>): Promise<readonly string[]> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: name }))
    await prepare()
    return []
  } catch (error) {
    return [`The bucket of the documents: ${toStoreError(error).message}`]
  }
}

/** One at a time for each id, in the order of the calls. */
function createExclusive(): Exclusive {
  const last = new Map<string, Promise<unknown>>()
  return async (id, work) => {
    const mine = (last.get(id) ?? Promise.resolve()).then(work, work)
    const settled = mine.catch(() => undefined)
    last.set(id, settled)
    return mine.finally(() => {
      if (last.get(id) === settled) last.delete(id)
    })
  }
}
