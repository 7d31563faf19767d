import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { giveConsent, importBundle, withdrawConsent } from '@careledger/client'
import { startSubscriptionWorker } from '@careledger/logic'
import type { SubscriptionWorker } from '@careledger/logic'
import { utf8 } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from '../__fixtures__/bundle.ts'
import { fhirClient } from '../__fixtures__/fhir-client.ts'
import { enrolGateway } from '../__fixtures__/gateway.ts'
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
  const allowed = endpointList(`hospital-a=${url} https://ehr.example; hospital-b=https://other.example ${url}`)
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

describe('a FHIR Subscription', () => {
  const ID_ONLY = { payload: 'application/fhir+json', _payload: { extension: [{ url: 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content', valueCode: 'id-only' }] } }
  const wish = (criteria: string, channel: object = ID_ONLY, more: object = {}) => JSON.stringify({ resourceType: 'Subscription', status: 'requested', reason: 'To know', criteria, channel: { type: 'rest-hook', endpoint: `${url}/fhir`, ...channel }, ...more })
  const observation = (id: string, code: string) => JSON.stringify({ resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: 'http://loinc.org', code }] }, subject: { reference: 'Patient/f' } })
  interface Note { readonly entry: readonly { readonly fullUrl: string; readonly resource?: { readonly parameter: readonly { readonly name: string; readonly valueCode?: string }[] } }[] }
  const notes = () => told.filter(({ headers }) => headers['x-tag'] === 'f').map(({ body }) => JSON.parse(body) as Note)
  const typesOf = () => notes().map(({ entry: [status] }) => status?.resource?.parameter.find(({ name }) => name === 'type')?.valueCode)

  it('tells who may read it, and only what they may read, of what meets the criteria, without a word of it; and ends with the consent', async () => {
    await importBundle(await instance.as('clerk-a'), utf8(new TextDecoder().decode(smallBundle({ identifier: 'F-1' })).replace('"id": "p"', '"id": "f"').replaceAll('0a0001', '0a0009')), { linkTo: 'patient-a' })
    await enrolGateway(instance)
    const [doctor, reader] = [await fhirClient(instance, 'doctor-a'), await fhirClient(instance, 'doctor-b')]
    const create = async (body: string) => reader('/Subscription', { method: 'POST', body })
    const body = wish('Observation?patient=f&code=29463-7', { ...ID_ONLY, header: ['X-Tag: f'] })
    const [refused, absent] = [await create(body), await create(body.replace('patient=f', 'patient=nobody'))]
    expect([refused.status, refused.text]).toEqual([403, absent.text])
    const patient = await instance.as('patient-a')
    const [at] = (await patient.hospital.consents.subjects.query({})).items
    const consent = await giveConsent(patient, at!, { grantee: 'hospital-b', purpose: 'treatment', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false, types: ['Observation'] })
    const made = await create(body)
    const address = made.headers.get('location') ?? ''
    expect([made.status, made.json]).toMatchObject([201, { resourceType: 'Subscription', status: 'requested', criteria: 'Observation?patient=f&code=29463-7' }])
    const status = async () => ((await reader(address)).json as unknown as { readonly status: string }).status
    await expect.poll(status, { timeout: 10_000, interval: 20 }).toBe('active')
    expect(typesOf()).toEqual(['handshake'])
    expect((await reader('/Subscription?status=active&criteria=Observation')).json.total).toBe(1)
    expect([(await doctor('/Subscription')).json.total, (await doctor(address)).status, (await doctor(address, { method: 'DELETE' })).status]).toEqual([0, 404, 404])

    await doctor('/Observation', { method: 'POST', body: observation('n-1', '8302-2') })
    await doctor('/Observation', { method: 'POST', body: observation('n-2', '29463-7') })
    await expect.poll(() => notes().length, { timeout: 10_000, interval: 20 }).toBe(2)
    const [, note] = notes()
    const focus = note?.entry[1]?.fullUrl ?? ''
    expect([typesOf()[1], note?.entry.length, (await reader(focus)).text]).toEqual(['event-notification', 2, observation('n-2', '29463-7')])
    const last = told.findLast(({ headers }) => headers['x-tag'] === 'f')
    expect(last?.body).not.toMatch(/n-2|29463|Patient/)
    const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(last?.headers['careledger-signature'])) ?? []
    expect(signature).toBe(createHmac('sha256', Buffer.from(made.headers.get('careledger-subscription-secret') ?? '', 'base64url')).update(`${time}.${last?.body}`).digest('hex'))
    expect((await patient.hospital.access.list.query({ limit: 100 })).items.some(({ operation, party }) => operation === 'hospital.events.read' && party === 'doctor-b')).toBe(true)

    expect((await reader(`${address}/$status`)).json).toMatchObject({ type: 'searchset', entry: [{ resource: { parameter: [{}, { valueCode: 'active' }, { valueCode: 'query-status' }, { valueString: '1' }] } }] })
    await withdrawConsent(patient, at!, consent.id, { wait: 'sequenced' })
    expect(await status()).toBe('off')
    await doctor('/Observation', { method: 'POST', body: observation('n-3', '29463-7') })
    await expect.poll(async () => ((await (await instance.as('hospital-b')).hospital.subscriptions.list.query({})).items)[0], { timeout: 10_000, interval: 20 }).toMatchObject({ state: 'parked', problem: 'right-ended', watches: 'Observation' })
    expect(notes()).toHaveLength(2)
    expect([(await reader(address, { method: 'DELETE' })).status, (await reader(address)).status]).toEqual([204, 404])
  })

  it('without a payload sends nothing but the request, is switched off and on, and repeats what failed', async () => {
    const doctor = await fhirClient(instance, 'doctor-a')
    const empty = () => told.filter(({ headers }) => headers['x-tag'] === 'e').map(({ body }) => body)
    answer = 500
    const made = await doctor('/Subscription', { method: 'POST', body: wish('Observation?code=29463-7', { header: ['X-Tag: e'] }) })
    const address = made.headers.get('location') ?? ''
    const shown = async () => (await doctor(address)).json as unknown as { readonly status: string; readonly error?: string }
    await expect.poll(async () => (await shown()).status, { timeout: 10_000, interval: 20 }).not.toBe('requested')
    answer = 200
    const put = async (status: string) => doctor(address, { method: 'PUT', body: JSON.stringify({ ...(JSON.parse((await doctor(address)).text) as object), status }) })
    expect((await put('requested')).status).toBe(200)
    await expect.poll(async () => (await shown()).status, { timeout: 10_000, interval: 20 }).toBe('active')
    const before = empty().length
    await doctor('/Observation', { method: 'POST', body: observation('n-4', '29463-7') })
    await expect.poll(() => empty().length, { timeout: 10_000, interval: 20 }).toBe(before + 1)
    expect(new Set(empty())).toEqual(new Set(['']))
    expect([(await put('off')).json, await shown()]).toMatchObject([{ status: 'off' }, { status: 'off', error: 'switched-off' }])
    expect((await doctor(address, { method: 'PUT', body: wish('Condition', { header: ['X-Tag: e'] }) })).status).toBe(422)
  })

  it.each<readonly [string, string, number]>([
    ['an address that the operator has not listed', wish('Observation').replace('/fhir', '').replace('http://127.0.0.1', 'https://169.254.169.254'), 422],
    ['a whole resource in the notification', wish('Observation', { payload: 'application/fhir+json' }), 422],
    ['another channel', wish('Observation', { type: 'email', endpoint: 'mailto:a@b.example' }), 422],
    ['a header of the request itself', wish('Observation', { header: ['Host: elsewhere'] }), 422],
    ['a header that goes on', wish('Observation', { header: ['X-A: b\r\nHost: elsewhere'] }), 422],
    ['criteria that are no search', wish('Observation?colour=red'), 400],
    ['a patient by name', wish('Patient?family=Canary'), 400],
    ['a chain', wish('Observation?patient.identifier=A-1'), 400],
  ])('is refused with %s', async (_what, body, status) => {
    const { status: found, json } = await (await fhirClient(instance, 'doctor-a'))('/Subscription', { method: 'POST', body: body.replace('undefined', url).replaceAll('"endpoint":"/fhir"', `"endpoint":"${url}/fhir"`) })
    expect([found, json.issue.length > 0]).toEqual([status, true])
  })
})
