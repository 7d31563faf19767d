import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { checkRange } from '@careledger/data-kit'
import { StoreError, type DocumentRange, type DocumentRead } from '@careledger/data-spec'
import type { Bucket } from './bucket.ts'
import { isNotFound, toStoreError } from './to-store-error.ts'

/** The whole document; `undefined`: there is none. */
export async function readObject({ client, place }: Bucket, id: string): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand(place(id)))
    return new Uint8Array((await Body?.transformToByteArray()) ?? [])
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Bytes of the document; `undefined`: there is none. */
export async function sizeOf({ client, place }: Bucket, id: string): Promise<number | undefined> {
  try {
    return (await client.send(new HeadObjectCommand(place(id)))).ContentLength ?? 0
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

export async function readObjectStream(bucket: Bucket, id: string, range: DocumentRange): Promise<DocumentRead | undefined> {
  const size = await sizeOf(bucket, id)
  if (size === undefined) return undefined
  const { from, to } = checkRange(range, size)
  return { size, chunks: pieces(bucket, id, from, to) }
}

/** How often a broken connection is taken up again where it broke, without a piece in between. */
const resumesMax = 3

/** Asks when the first piece is asked for. A connection that breaks is taken up again behind what has been given. */
async function* pieces({ client, place }: Bucket, id: string, from: number, to: number): AsyncGenerator<Uint8Array> {
  let at = from
  for (let resumes = 0; at < to; resumes += 1) {
    try {
      const { Body, ContentRange } = await client.send(new GetObjectCommand({ ...place(id), Range: `bytes=${at}-${to - 1}` }))
      for await (const piece of cut((Body ?? []) as AsyncIterable<Buffer>, at - startOf(ContentRange), to - at)) {
        at += piece.length
        resumes = 0
        yield piece
      }
    } catch (error) {
      if (resumes >= resumesMax || isNotFound(error)) throw toStoreError(error)
    }
    if (at < to && resumes >= resumesMax) throw new StoreError('STORE_UNAVAILABLE', 'The server broke off.')
  }
}

/** Where the answer begins; a server may leave the range aside and give all (RFC 9110 §14.2). */
function startOf(contentRange: string | undefined): number {
  return Number(/^bytes (\d+)-/.exec(contentRange ?? '')?.[1] ?? 0)
}

/** `length` bytes behind the first `skip`; what a server gives beyond is not read. */
async function* cut(body: AsyncIterable<Buffer>, skip: number, length: number): AsyncGenerator<Uint8Array> {
  if (skip < 0) throw new StoreError('STORE_CORRUPTION', 'The server gave another range than was asked for.')
  let [ahead, left] = [skip, length]
  for await (const { buffer, byteOffset, length: bytes } of body) {
    const dropped = Math.min(ahead, bytes)
    const taken = Math.min(bytes - dropped, left)
    ahead -= dropped
    left -= taken
    if (taken > 0) yield new Uint8Array(buffer, byteOffset + dropped, taken)
    if (left === 0) return
  }
}

const idForm = /^[a-z0-9][a-z0-9_-]{0,127}$/

/** S3 lists keys in the order of their UTF-8 bytes ("ListObjectsV2"), which for ids is that of the port. Keys that are no documents are left out. */
export async function listObjects({ client, name, settings: { prefix } }: Bucket, after: string | undefined, limit: number): Promise<readonly string[]> {
  const found: string[] = []
  let token: string | undefined
  for (;;) {
    const page = await client.send(new ListObjectsV2Command({
      Bucket: name, Prefix: prefix, MaxKeys: limit - found.length,
      ...(after === undefined ? {} : { StartAfter: `${prefix}${after}` }), ...(token === undefined ? {} : { ContinuationToken: token }),
    }))
    for (const { Key } of page.Contents ?? []) {
      const id = Key?.slice(prefix.length)
      if (id !== undefined && idForm.test(id)) found.push(id)
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined
    if (token === undefined || found.length === limit) return found
  }
}
