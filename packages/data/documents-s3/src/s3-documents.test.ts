import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { documentStoreConformance } from '@careledger/data-conformance'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createS3Documents } from './index.ts'
import { startS3Server, type RunningS3 } from './testing/start-s3-server.ts'

let server: RunningS3
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'careledger-s3-'))
  server = await startS3Server(directory)
})
afterAll(async () => {
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

let stores = 0
const settings = () => ({ ...server.settings, prefix: `documents-${stores++}/`, exclusiveWrites: 'check' as const })

documentStoreConformance({ describe, it }, {
  name: 'an S3 server',
  async create() {
    const own = settings()
    const store = await createS3Documents(own)
    return { store, reopen: () => createS3Documents(own), dispose: () => store.close() }
  },
})

describe('documents on S3', () => {
  it('refuse a server that ignores conditional writes, unless told to check instead', async () => {
    const store = await createS3Documents({ ...settings(), exclusiveWrites: 'conditional' })
    await expect(store.put('one', new Uint8Array(10))).rejects.toMatchObject({ code: 'STORE_INVALID', message: expect.stringContaining('exclusiveWrites') as string })
    expect((await store.health()).problems).toEqual([expect.stringContaining('If-None-Match')])
    expect(await store.list({ limit: 10 })).toEqual([])
  })

  it('say what is wrong with bucket and settings, and never a key', async () => {
    const wrong = await createS3Documents({ ...settings(), bucket: 'no-such-bucket' })
    await expect(wrong.get('one')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: 'There is no such bucket.' })
    expect((await wrong.health()).ok).toBe(false)
    const keys = { accessKeyId: 'somebody', secretAccessKey: 'not-the-secret' }
    const refusing = await listen(createServer((_request, response) => response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code><Message>not-the-secret</Message></Error>')))
    try {
      const refused = await createS3Documents({ ...settings(), credentials: keys, endpoint: addressOf(refusing) })
      const error = await refused.get('one').catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', message: 'The secret key is not the one of the access key.' })
      expect(JSON.stringify([error, String(error), (error as Error).cause ?? null])).not.toContain('not-the-secret')
    } finally {
      refusing.close()
    }
    await expect(createS3Documents({ ...settings(), endpoint: 'http://user:secret@localhost' })).rejects.toThrow(/^The settings of the S3 documents are wrong\. endpoint: Give the keys/)
  })

  it('take a server that leaves the range aside, and one that breaks off, for what they are', async () => {
    const document = Buffer.from('0123456789'.repeat(1000))
    let cuts = 2
    const odd = await listen(createServer((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(200, { 'content-length': document.length }).end()
      response.writeHead(200, { 'content-length': document.length })
      if (cuts-- > 0) response.write(document.subarray(0, 5000), () => request.socket.destroy())
      else response.end(document)
    }))
    try {
      const store = await createS3Documents({ ...settings(), endpoint: addressOf(odd) })
      const parts: Uint8Array[] = []
      for await (const piece of (await store.streams?.read('one', { from: 4_997, to: 9_003 }))?.chunks ?? []) parts.push(piece)
      expect(Buffer.concat(parts).toString()).toBe(document.subarray(4_997, 9_003).toString())
    } finally {
      odd.close()
    }
  })

  it('answer STORE_UNAVAILABLE where nobody listens, and STORE_OUTCOME_UNKNOWN where the answer to a write is lost', async () => {
    const nobody = await createS3Documents({ ...settings(), endpoint: 'http://127.0.0.1:9' })
    await expect(nobody.get('one')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const cut = await listen(createServer((request, response) => {
      if (request.method === 'PUT') return void request.resume().on('end', () => request.socket.destroy())
      response.writeHead(404).end()
    }))
    try {
      const store = await createS3Documents({ ...settings(), endpoint: addressOf(cut) })
      await expect(store.put('one', new Uint8Array(10))).rejects.toMatchObject({ code: 'STORE_OUTCOME_UNKNOWN' })
    } finally {
      cut.close()
    }
  })
})

const addressOf = (http: Server): string => `http://127.0.0.1:${(http.address() as AddressInfo).port}`

async function listen(http: Server): Promise<Server> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', () => resolve()))
  return http
}
