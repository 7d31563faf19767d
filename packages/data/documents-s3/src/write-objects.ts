import { createHash } from 'node:crypto'
import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, PutObjectCommand, UploadPartCommand, type CompletedPart } from '@aws-sdk/client-s3'
import { SourceFailure, takeChunks } from '@careledger/data-kit'
import { StoreError } from '@careledger/data-spec'
import type { Bucket } from './bucket.ts'
import { readObjectStream } from './read-objects.ts'
import { isRaced, isTaken, toStoreError } from './to-store-error.ts'

/** Parts under way at once, beside the one that is being filled: with 16 MiB each still within the port's 64 MiB. */
const partsAtOnce = 3
/** How often a conditional write is repeated that met another one at the same moment. */
const racesMax = 8

/** Keeps writers of one id in this process apart where the server cannot. */
export type Exclusive = <T>(id: string, work: () => Promise<T>) => Promise<T>

/** Puts bytes as one object. */
export async function putObject(bucket: Bucket, id: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
  const digest = createHash('sha256').update(bytes).digest()
  await settle(bucket, id, { digest, size: bytes.length }, (condition) => bucket.client.send(new PutObjectCommand({ ...bucket.place(id), Body: bytes, ContentType: 'application/octet-stream', ...condition }), withSignal(signal)))
}

/** Streams chunks into one object: one request where a part holds them all, else a multipart upload that is aborted when anything fails. */
export async function writeObject(bucket: Bucket, id: string, chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
  const parts = toParts(takeChunks(chunks, signal), bucket.settings.partBytes)
  try {
    const first = await parts.next()
    const second = first.done === true ? undefined : await parts.next()
    if (second === undefined || second.done === true) return await putObject(bucket, id, first.value ?? new Uint8Array(0), signal)
    await uploadParts(bucket, id, [first.value as Uint8Array, second.value], parts, signal)
  } catch (error) {
    if (signal?.aborted === true) throw new SourceFailure(signal.reason)
    throw error
  } finally {
    await parts.return(undefined)
  }
}

async function uploadParts(bucket: Bucket, id: string, begun: readonly Uint8Array[], rest: AsyncGenerator<Uint8Array, void>, signal: AbortSignal | undefined): Promise<void> {
  const { client, place } = bucket
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...place(id), ContentType: 'application/octet-stream' }), withSignal(signal))
  const hash = createHash('sha256')
  const done: CompletedPart[] = []
  const running = new Set<Promise<void>>()
  let size = 0
  const send = async (bytes: Uint8Array): Promise<void> => {
    hash.update(bytes)
    size += bytes.length
    const PartNumber = done.push({}) // The place is taken now; its tag comes with the answer.
    const work = client.send(new UploadPartCommand({ ...place(id), UploadId, PartNumber, Body: bytes }), withSignal(signal)).then(({ ETag }) => { done[PartNumber - 1] = { PartNumber, ...(ETag === undefined ? {} : { ETag }) } })
    const tracked = work.finally(() => running.delete(tracked))
    running.add(tracked)
    tracked.catch(() => undefined)
    if (running.size >= partsAtOnce) await Promise.race(running)
  }
  try {
    for (const bytes of begun) await send(bytes)
    for await (const bytes of rest) await send(bytes)
    await Promise.all(running)
    await settle(bucket, id, { digest: hash.digest(), size }, (condition) => client.send(new CompleteMultipartUploadCommand({ ...place(id), UploadId, MultipartUpload: { Parts: done }, ...condition }), withSignal(signal)))
  } finally {
    await Promise.allSettled(running)
    // Also after success: then there is no such upload any more, and where the same document stood already its parts must go.
    await client.send(new AbortMultipartUploadCommand({ ...place(id), UploadId })).catch(() => undefined)
  }
}

/**
 * Makes the object, or finds that it stands. With `check` the caller holds the id for this process. Errors: STORE_CONFLICT where other bytes
 * stand under the id.
 */
async function settle(bucket: Bucket, id: string, written: { readonly digest: Uint8Array; readonly size: number }, write: (condition: { readonly IfNoneMatch?: '*' }) => Promise<unknown>): Promise<void> {
  const conditional = bucket.settings.exclusiveWrites === 'conditional'
  if (!conditional && (await standing(bucket, id, written)) === 'same') return
  for (let races = 0; ; races += 1) {
    try {
      await write(conditional ? { IfNoneMatch: '*' } : {})
      return
    } catch (error) {
      if (isTaken(error) && (await standing(bucket, id, written)) === 'same') return
      if (!isTaken(error) && !isRaced(error)) throw toStoreError(error, 'written')
      if (races === racesMax) throw new StoreError('STORE_BUSY', 'Others write the same document. Repeat.', { details: { id } })
    }
  }
}

/** What stands under an id; other bytes are a STORE_CONFLICT. Repeating is told from another document by size and SHA-256. */
async function standing(bucket: Bucket, id: string, { digest, size }: { readonly digest: Uint8Array; readonly size: number }): Promise<'same' | 'none'> {
  const read = await readObjectStream(bucket, id, {})
  if (read === undefined) return 'none'
  const hash = createHash('sha256')
  if (read.size === size) for await (const piece of read.chunks) hash.update(piece)
  if (read.size !== size || !hash.digest().equals(digest)) throw new StoreError('STORE_CONFLICT', 'Another document has this id.', { details: { id } })
  return 'same'
}

/** Joins chunks into parts of `partBytes`, the last as long as it comes; each has bytes of its own. */
async function* toParts(chunks: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Uint8Array, void> {
  let part = new Uint8Array(partBytes)
  let filled = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.subarray(at, at + partBytes - filled)
      part.set(taken, filled)
      filled += taken.length
      at += taken.length
      if (filled < partBytes) continue
      yield part
      part = new Uint8Array(partBytes)
      filled = 0
    }
  }
  if (filled > 0) yield part.subarray(0, filled)
}

function withSignal(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal }
}
