import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { importBundle } from '@careledger/client'
import { startSubscriptionWorker } from '@careledger/logic'
import type { SubscriptionWorker } from '@careledger/logic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from '../__fixtures__/bundle.ts'
import { startInstance } from '../__fixtures__/instance.ts'
import type { TestInstance } from '../__fixtures__/instance.ts'
import { createOperations } from '../operations/index.ts'
import { endpointList, sendByHttp } from './create-send.ts'

let instance: TestInstance
let worker: SubscriptionWorker
let url = ''
const told: { readonly body: string; readonly headers: IncomingHttpHeaders }[] = []
let answer = 200
const endpoint = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
    told.push({ body: Buffer.concat(chunks).toString(), headers: request.headers })
    response.writeHead(answer, { location: 'http://127.0.0.1:1/elsewhere' }).end()
  })
})
beforeAll(async () => {
  endpoint.listen(0, '127.0.0.1')
  await once(endpoint, 'listening')
  url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`
  const allowed = endpointList(`hospital-a=${url} https://ehr.example; hospital-b=https://other.example`)
  instance = await startInstance({ operations: createOperations({ endpointAllowed: allowed }) })
  worker = startSubscriptionWorker(instance.parts, { send: sendByHttp, allowed, retryMs: 1, onProblem: (error) => { throw error } })
})
afterAll(async () => {
  await worker.stop()
  await instance.stop()
  endpoint.close()
})

interface Notification { readonly entry: readonly [{ readonly resource: { readonly parameter: readonly { readonly name: string; readonly valueString?: string; readonly part?: readonly { readonly valueReference?: { readonly identifier: { readonly value: string }; readonly display: string } }[] }[] } }] }
const eventsOf = (body: string) => (JSON.parse(body) as Notification).entry[0].resource.parameter.filter(({ name }) => name === 'notification-event').map(({ part }) => part?.[1]?.valueReference)
const bring = async (identifier: string) => importBundle(await instance.as('clerk-a'), smallBundle({ identifier, observations: 1 }), { wait: 'sequenced' })

describe('a subscription', () => {
  it('tells a listed endpoint of the organisation\'s entries in their order, ids only, signed', async () => {
    const admin = await instance.as('hospital-a')
    const { item, secret } = await admin.hospital.subscriptions.create.mutate({ endpoint: `${url}/hook` })
    const { receipts } = await bring('S-1')
    await expect.poll(() => told.flatMap(({ body }) => eventsOf(body)).length, { timeout: 20_000, interval: 20 }).toBe(3)
    expect(told.flatMap(({ body }) => eventsOf(body)).map((focus) => [focus?.identifier.value, focus?.display])).toEqual(receipts.map(({ id }, place) => [`urn:uuid:${id}`, place === 0 ? 'patient-registered' : 'record-created']))
    for (const { body, headers } of told) {
      const [, at, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['careledger-signature'])) ?? []
      expect(signature).toBe(createHmac('sha256', Buffer.from(secret, 'base64url')).update(`${at}.${body}`).digest('hex'))
      expect(body).not.toMatch(/Canary|Wilhelmina|Body Weight|valueQuantity/)
    }
    await expect.poll(async () => (await admin.hospital.subscriptions.list.query({})).items, { timeout: 10_000, interval: 20 }).toEqual([{ ...item, events: 3, lastSuccess: expect.any(String) as string }])
  })

  it('repeats what failed, gives up after twelve, and goes on from there when told to', async () => {
    const admin = await instance.as('hospital-a')
    const before = told.length
    answer = 302
    const { receipts } = await bring('S-2')
    const state = async () => (await (await instance.as('operator')).hospital.subscriptions.list.query({})).items[0]
    await expect.poll(async () => (await state())?.state, { timeout: 30_000, interval: 50 }).toBe('parked')
    expect(await state()).toMatchObject({ failures: 12, problem: '302' })
    expect(new Set(told.slice(before).map(({ body }) => JSON.stringify(eventsOf(body)))).size).toBe(1)
    answer = 200
    await admin.hospital.subscriptions.retry.mutate({ id: (await state())!.id })
    await expect.poll(async () => (await state())?.events, { timeout: 10_000, interval: 20 }).toBe(6)
    expect(eventsOf(told.at(-1)!.body).map((focus) => focus?.identifier.value)).toEqual(receipts.map(({ id }) => `urn:uuid:${id}`))
    await admin.hospital.subscriptions.remove.mutate({ id: (await state())!.id })
    expect(await state()).toBeUndefined()
  })

  it('goes to no address that is not listed for this organisation, and is made by nobody else', async () => {
    const admin = await instance.as('hospital-a')
    for (const address of ['https://other.example/', 'http://127.0.0.1:9/', `${url.replace('127.0.0.1', 'user:x@127.0.0.1')}/`, 'file:///etc/passwd']) {
      await expect(admin.hospital.subscriptions.create.mutate({ endpoint: address })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    }
    await expect((await instance.as('doctor-a')).hospital.subscriptions.create.mutate({ endpoint: `${url}/` })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(() => endpointList('hospital-a=http://ehr.example')).toThrow(TypeError)
    expect((await (await instance.as('hospital-b')).hospital.subscriptions.list.query({})).items).toEqual([])
  })
})
