import { randomUUID } from 'node:crypto'
import { documentStoreConformance } from '@careledger/data-conformance'
import { describe, expect, it } from 'vitest'
import { createS3Documents } from './index.ts'

/**
 * Against the server at S3_URL, for example `http://127.0.0.1:7070`, with S3_BUCKET (default `careledger`) and keys where the AWS SDK looks
 * for them (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY). The server must know conditional writes.
 */
const endpoint = process.env['S3_URL']

describe.skipIf(endpoint === undefined)('a live S3 server (needs S3_URL)', () => {
  const settings = () => ({ bucket: process.env['S3_BUCKET'] ?? 'careledger', endpoint, region: process.env['AWS_REGION'] ?? 'us-east-1', prefix: `conformance/${randomUUID()}/` })

  documentStoreConformance({ describe, it }, {
    name: 'live S3',
    async create() {
      const own = settings()
      const store = await createS3Documents(own)
      return {
        store,
        reopen: () => createS3Documents(own),
        async dispose() {
          const cleaner = await createS3Documents(own)
          for (const id of await cleaner.list({ limit: 1_000 })) await cleaner.delete(id)
          await store.close()
        },
      }
    },
  })

  it('refuses a wrong secret in words that do not hold it', async () => {
    const store = await createS3Documents({ ...settings(), credentials: { accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: 'not-the-secret' } })
    await expect(store.list({ limit: 1 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: 'The secret key is not the one of the access key.' })
    expect((await store.health()).ok).toBe(false)
  })

  it('leaves no unfinished upload behind after a failure', async () => {
    const own = settings()
    const store = await createS3Documents(own)
    expect(await store.health()).toEqual({ ok: true, problems: [] })
    await expect(store.streams?.write('failed', (async function* () {
      yield new Uint8Array(20_000_000)
      throw new Error('gone')
    })())).rejects.toThrow('gone')
    const { ListMultipartUploadsCommand, S3Client } = await import('@aws-sdk/client-s3')
    const client = new S3Client({ endpoint: own.endpoint as string, region: own.region, forcePathStyle: true })
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket: own.bucket, Prefix: own.prefix }))).Uploads ?? []).toEqual([])
  })
})
