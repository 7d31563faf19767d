import { AbortMultipartUploadCommand, ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { StoreError } from '@careledger/data-spec'
import type { Bucket } from './bucket.ts'
import { isTaken, toStoreError } from './to-store-error.ts'

/** Not an id, so no document has it and `list` leaves it out. */
const probe = '.careledger-conditional-write'

/** Writes one empty object twice under `If-None-Match: *`. Errors: STORE_INVALID where the server takes the second as well. */
export async function checkConditionalWrites({ client, place, settings }: Bucket): Promise<void> {
  if (settings.exclusiveWrites === 'check') return
  for (const _ of [1, 2]) {
    try {
      await client.send(new PutObjectCommand({ ...place(probe), Body: new Uint8Array(0), IfNoneMatch: '*' }))
    } catch (error) {
      if (isTaken(error)) return
      throw toStoreError(error)
    }
  }
  throw new StoreError('STORE_INVALID', "The server ignores If-None-Match, so it cannot keep two writers of one document apart. Use a server that knows conditional writes, or set exclusiveWrites to 'check'.")
}

/** Aborts multipart uploads of ours that a killed process left. Servers that cannot list them keep them: best effort. */
export async function abortUnfinished({ client, name, settings: { prefix, unfinishedHours } }: Bucket): Promise<void> {
  const before = Date.now() - unfinishedHours * 3_600_000
  try {
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: name, Prefix: prefix, MaxUploads: 1_000 }))
    for (const { Key, UploadId, Initiated } of Uploads ?? []) {
      if (Key !== undefined && Initiated !== undefined && Initiated.getTime() < before) await client.send(new AbortMultipartUploadCommand({ Bucket: name, Key, UploadId }))
    }
  } catch {
    // The lifecycle rule of the bucket does it, where there is one.
  }
}
