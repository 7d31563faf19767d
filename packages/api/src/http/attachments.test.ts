import { createHash, randomBytes } from 'node:crypto'
import { closeSync, openAsBlob, openSync, rmSync, truncateSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { downloadAttachment, importBundle, readAttachmentStream, uploadAttachment, type CareLedgerClient } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from '../__fixtures__/bundle.ts'
import { startInstance, type TestInstance } from '../__fixtures__/instance.ts'

const MIB = 1_048_576

let instance: TestInstance
let doctor: CareLedgerClient
let patient: string
beforeAll(async () => {
  instance = await startInstance({ limits: { attachmentBytesMax: 512 * MIB, slowMs: 1000 } })
  doctor = await instance.as('doctor-a')
  patient = (await importBundle(doctor, smallBundle(), { linkTo: 'patient-a' })).patient
})
afterAll(() => instance.stop())

const documents = (): Promise<readonly string[]> => instance.parts.documents.list({ limit: 1000 })
const put = (bytes: Uint8Array<ArrayBuffer>, type: string, title?: string) => uploadAttachment(doctor, new Blob([bytes], { type }), { patient, title })
/** A request under a session, as it goes out. */
const get = (client: CareLedgerClient, id: string, headers: Record<string, string> = {}) => client.fetch(`/attachments/${id}`, { headers })

describe('attachments over HTTP', () => {
  it('come back whole and by any range, under headers that let nothing in them run', async () => {
    const bytes = new Uint8Array(randomBytes(3 * MIB + 17))
    const steps: string[] = []
    const { id, record } = await uploadAttachment(doctor, new Blob([bytes], { type: 'image/png' }), { patient, title: 'A scan', onProgress: ({ step, done, total }) => steps.push(`${step} ${done === total}`) })
    expect([...new Set(steps)]).toEqual(['reading true', 'signing false', 'sending false', 'sending true', 'done true'])
    expect(Buffer.compare(Buffer.from(await (await downloadAttachment(doctor, id)).arrayBuffer()), bytes)).toBe(0)
    for (const [range, status, content, from, to] of [
      ['bytes=0-0', 206, `bytes 0-0/${bytes.length}`, 0, 1],
      [`bytes=${MIB - 5}-${MIB + 5}`, 206, `bytes ${MIB - 5}-${MIB + 5}/${bytes.length}`, MIB - 5, MIB + 6],
      ['bytes=-10', 206, `bytes ${bytes.length - 10}-${bytes.length - 1}/${bytes.length}`, bytes.length - 10, bytes.length],
      [`bytes=${bytes.length - 3}-`, 206, `bytes ${bytes.length - 3}-${bytes.length - 1}/${bytes.length}`, bytes.length - 3, bytes.length],
      [`bytes=${bytes.length}-`, 416, `bytes */${bytes.length}`, 0, 0],
      ['bytes=5-2', 200, null, 0, bytes.length],
      ['bytes=0-1,5-6', 200, null, 0, bytes.length],
    ] as const) {
      const answer = await get(doctor, id, { range })
      expect([range, answer.status, answer.headers.get('content-range')]).toEqual([range, status, content])
      expect(Buffer.compare(Buffer.from(await answer.arrayBuffer()), bytes.subarray(from, to))).toBe(0)
    }
    const head = await doctor.fetch(`/attachments/${id}`, { method: 'HEAD' })
    expect(Object.fromEntries(['content-type', 'content-length', 'content-disposition', 'x-content-type-options', 'cache-control', 'content-security-policy'].map((name) => [name, head.headers.get(name)]))).toEqual({
      'content-type': 'image/png', 'content-length': String(bytes.length), 'content-disposition': `inline; filename="attachment-${id}.png"`,
      'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    })
    const reference = await doctor.hospital.records.read.query({ id: record as string })
    expect(JSON.parse(Buffer.from(reference.opening.payload, 'base64url').toString())).toMatchObject({ resourceType: 'DocumentReference', content: [{ attachment: { url: `urn:uuid:${id}`, size: bytes.length } }] })
  })

  it.each(['text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/xml', 'application/javascript'])('hands %s out as bytes to be saved', async (type) => {
    const { id } = await put(new TextEncoder().encode('<script>alert(1)</script>'), type)
    const { headers } = await get(doctor, id)
    expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual(['application/octet-stream', `attachment; filename="attachment-${id}.bin"`])
  })

  it('answer the same for what may not be read and what does not exist, before a byte', async () => {
    const { id } = await put(new Uint8Array(randomBytes(100)), 'image/png', 'A scan')
    const [other, self] = [await instance.as('doctor-b'), await instance.as('patient-a')]
    const refusals = await Promise.all([get(other, id), get(other, '01890a5d-ac96-774b-bcce-b302099a8057'), get(self, '01890a5d-ac96-774b-bcce-b302099a8057')])
    expect(new Set(await Promise.all(refusals.map(async (answer) => `${answer.status} ${await answer.text()}`))).size).toBe(1)
    expect([refusals[0]?.status, (await get(self, id)).status, (await fetch(`${instance.url}/attachments/${id}`)).status]).toEqual([403, 200, 401])
    await expect(uploadAttachment(other, new Blob([new Uint8Array(5)]), { patient })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(uploadAttachment(self, new Blob([new Uint8Array(5)]), { patient })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('refuse what is too large, not announced, or not what was signed, and keep none of it', async () => {
    const before = await documents()
    const bytes = new Uint8Array(randomBytes(2 * MIB))
    const header = (change: (input: { size: number; entry: string }) => object) => async (client: CareLedgerClient): Promise<Response> => {
      let sent: RequestInit | undefined
      await uploadAttachment(interceptFetch(client, (init) => { sent = init }), new Blob([bytes], { type: 'image/png' }), { patient }).catch(() => undefined)
      const input = JSON.parse(Buffer.from((sent?.headers as Record<string, string>)['careledger-attachment'] as string, 'base64url').toString()) as { size: number; entry: string }
      const { id } = JSON.parse(input.entry) as { id: string }
      const body = Buffer.from(JSON.stringify({ ...input, ...change(input) })).toString('base64url')
      return client.fetch(`/attachments/${id}`, { method: 'PUT', headers: { 'careledger-attachment': body }, body: new Blob([bytes]) })
    }
    const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code]
    expect(await codeOf(await header(() => ({ size: 513 * MIB }))(doctor))).toEqual([413, 'INPUT_TOO_LARGE'])
    expect(await codeOf(await header(({ size }) => ({ size: size - 1 }))(doctor))).toEqual([400, 'INPUT_MALFORMED'])
    expect(await codeOf(await header(() => ({ opening: { salt: Buffer.alloc(32, 7).toString('base64url'), mediaType: 'image/png' } }))(doctor))).toEqual([422, 'COMMITMENT_MISMATCH'])
    expect(await codeOf(await header(() => ({ opening: { salt: Buffer.from(randomBytes(32)).toString('base64url'), mediaType: 'image/png' } }))(doctor))).toEqual([422, 'COMMITMENT_MISMATCH'])
    expect(await codeOf(await doctor.fetch('/attachments/01890a5d-ac96-774b-bcce-b302099a8057', { method: 'PUT', body: 'x' }))).toEqual([400, 'INPUT_MALFORMED'])
    expect((await doctor.fetch('/attachments/01890a5d-ac96-774b-bcce-b302099a8057', { method: 'DELETE' })).status).toBe(405)
    expect(await documents()).toEqual(before)
  })

  it('leave nothing behind when the sender goes away, stops sending or sends too slowly', async () => {
    const before = await documents()
    const bytes = new Uint8Array(8 * MIB)
    let headers: Record<string, string> = {}
    let path = ''
    const captured = interceptFetch(doctor, (init, over) => {
      path = over
      headers = init.headers as Record<string, string>
    })
    for (const manner of ['gone', 'silent'] as const) {
      await uploadAttachment(captured, new Blob([bytes]), { patient }).catch(() => undefined)
      const proofs = await credentials(doctor, path)
      const socket = connect(instance.port, '127.0.0.1')
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
      socket.on('error', () => undefined).resume()
      socket.write([`PUT ${path} HTTP/1.1`, `Host: ${new URL(instance.url).host}`, `Content-Length: ${bytes.length}`, ...Object.entries({ ...headers, ...proofs }).map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n'))
      await new Promise<void>((resolve) => socket.write(bytes.subarray(0, 3 * MIB), () => resolve()))
      if (manner === 'gone') socket.destroy()
      await closed
    }
    await expect.poll(async () => [await documents(), await metric('careledger_http_requests_open')]).toEqual([before, 0])
  })

  it('stream hundreds of MiB in and out with memory for a few chunks', async () => {
    const size = 192 * MIB
    const path = join(tmpdir(), `careledger-sparse-${process.pid}`)
    closeSync(openSync(path, 'w'))
    truncateSync(path, size)
    const file = await openAsBlob(path, { type: 'application/dicom' })
    const rest = held()
    let peak = 0
    let looked = 0
    const look = (done: number): void => {
      if (Math.abs(done - looked) < 24 * MIB) return
      looked = done
      peak = Math.max(peak, held() - rest)
    }
    const hash = createHash('sha256')
    const { id } = await uploadAttachment(doctor, file, { patient, onProgress: ({ done }) => look(done) })
    const { chunks, size: told } = await readAttachmentStream(doctor, id)
    looked = 0
    let taken = 0
    for await (const piece of chunks) {
      hash.update(piece)
      look(taken += piece.length)
    }
    rmSync(path)
    expect([told, hash.digest('hex')]).toEqual([size, createHash('sha256').update(new Uint8Array(size)).digest('hex')])
    expect(peak).toBeGreaterThan(0)
    // Client and server are one process here: a chunk being filled, one sealed, and what sockets hold on either side.
    expect(peak / MIB).toBeLessThan(96)
  }, 120_000)

  it('go on where they stood after lost connections, and from another client with the same file, without sending twice what was kept', async () => {
    const bytes = new Uint8Array(randomBytes(34 * MIB + 5))
    const file = new Blob([bytes], { type: 'application/dicom' })
    const offsets: number[] = []
    let parts = 0
    const flaky = (dropAt: readonly number[], from: CareLedgerClient): CareLedgerClient => {
      const fetch: CareLedgerClient['fetch'] = async (path, init = {}, send) => {
        if (init.method !== 'PATCH') return from.fetch(path, init, send)
        offsets.push(Number((init.headers as Record<string, string>)['upload-offset']))
        // The connection breaks before the part goes out, or after it came and before the answer.
        if (dropAt[0] === ++parts) throw new TypeError('fetch failed')
        const response = await from.fetch(path, init, send)
        if (dropAt[1] === parts) throw new TypeError('fetch failed')
        return response
      }
      return new Proxy(from, { get: (target, name) => (name === 'fetch' ? fetch : Reflect.get(target, name)) })
    }
    const controller = new AbortController()
    const stopping = { onProgress: ({ step, done }: { readonly step: string; readonly done: number }) => { if (step === 'sending' && done >= 24 * MIB) controller.abort(new Error('the page was closed')) } }
    await expect(uploadAttachment(flaky([2, 3], doctor), file, { patient, title: 'CT', pauseMs: 1, signal: controller.signal, ...stopping })).rejects.toThrow('the page was closed')
    // The second part was asked for twice, as nothing of it had come; the answer of the third attempt was lost, and its part was kept.
    expect(offsets).toEqual([0, 8 * MIB, 8 * MIB, 16 * MIB])
    const [unfinished] = (await doctor.hospital.attachments.uploads.query({ patient })).items
    expect(unfinished?.offset).toBe(24 * MIB)
    const another = await instance.as('doctor-a')
    await expect(uploadAttachment(another, new Blob([new Uint8Array(34 * MIB + 5)]), { patient, resume: unfinished!.id })).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
    offsets.length = 0
    const { id, record } = await uploadAttachment(flaky([], another), file, { patient, resume: unfinished!.id })
    expect([offsets, id, record]).toEqual([[24 * MIB, 32 * MIB], unfinished!.id, expect.any(String)])
    expect(createHash('sha256').update(new Uint8Array(await (await downloadAttachment(doctor, id)).arrayBuffer())).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect((await doctor.hospital.attachments.uploads.query({ patient })).items).toEqual([])
    const patch = async (headers: Record<string, string>) => (await doctor.fetch(`/attachments/${id}`, { method: 'PATCH', headers, body: new Uint8Array(4) })).status
    expect([await patch({}), await patch({ 'upload-offset': '0' })]).toEqual([400, 403])
  }, 60_000)
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes in use; garbage that waits for its turn is collected first, since when that comes is nobody's promise. */
function held(): number {
  collect()
  const { external, heapUsed } = process.memoryUsage()
  return external + heapUsed
}

/** The same client, whose first request of a file is handed to `seen` and not sent. */
function interceptFetch(client: CareLedgerClient, seen: (init: RequestInit, path: string) => void): CareLedgerClient {
  const fetch: CareLedgerClient['fetch'] = (path, init = {}) => {
    seen(init, path)
    return Promise.resolve(new Response('{"code":"INPUT_MALFORMED","message":"Not sent."}', { status: 400 }))
  }
  return new Proxy(client, { get: (target, name) => (name === 'fetch' ? fetch : Reflect.get(target, name)) })
}

/** Token and proof for one PUT of this path. */
async function credentials(client: CareLedgerClient, path: string): Promise<Record<string, string>> {
  let found: Record<string, string> = {}
  await client.fetch(path, { method: 'PUT' }, async (_url, init) => {
    const headers = new Headers(init?.headers)
    found = { authorization: headers.get('authorization') ?? '', dpop: headers.get('dpop') ?? '' }
    return new Response('{}')
  })
  return found
}

async function metric(name: string): Promise<number> {
  const text = await instance.server.metrics.registry.metrics()
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
}
