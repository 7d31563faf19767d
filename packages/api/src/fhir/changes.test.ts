import { consentDraft, importBundle, signAs, uploadAttachment, withdrawalDraft } from '@careledger/client'
import type { CareLedgerClient, SignedEntry } from '@careledger/client'
import { loadDefinitions, validateResource } from '@careledger/logic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from '../__fixtures__/bundle.ts'
import { clientWith, fhirClient, systemToken } from '../__fixtures__/fhir-client.ts'
import type { FhirClient } from '../__fixtures__/fhir-client.ts'
import { enrolGateway } from '../__fixtures__/gateway.ts'
import { startInstance } from '../__fixtures__/instance.ts'
import type { PersonName, TestInstance } from '../__fixtures__/instance.ts'

let instance: TestInstance
let doctor: FhirClient
let person: CareLedgerClient
let patient: string
beforeAll(async () => {
  instance = await startInstance()
  person = await instance.as('doctor-a')
  patient = (await importBundle(person, smallBundle(), { linkTo: 'patient-a' })).patient
  await enrolGateway(instance)
  doctor = await fhirClient(instance, 'doctor-a')
})
afterAll(() => instance.stop())

const PATCH = { 'content-type': 'application/json-patch+json' }
const observation = ({ id, number, value = '70.10' }: { readonly id?: string; readonly number: string; readonly value?: string }): string =>
  `{"resourceType":"Observation",${id === undefined ? '' : `"id":"${id}", `}"identifier":[{"system":"urn:x","value":"${number}"}],"status":"final","code":{"text":"Weight"},"subject":{"reference":"Patient/p"},"valueQuantity":{"value":${value},"unit":"kg"}}`
const put = (query: string, body: string, headers: Record<string, string> = {}) => doctor(`/Observation?${query}`, { method: 'PUT', body, headers })
const patch = (path: string, operations: readonly object[] | string, headers: Record<string, string> = {}) => doctor(path, { method: 'PATCH', body: typeof operations === 'string' ? operations : JSON.stringify(operations), headers: { ...PATCH, ...headers } })
const etag = ({ headers }: { readonly headers: Headers }): string => headers.get('etag') ?? ''

describe('an update under a condition', () => {
  it('creates where nothing is found, updates the one that is, and refuses two', async () => {
    const created = await put('identifier=urn:x|u-1', observation({ number: 'u-1' }))
    const updated = await put('identifier=urn:x|u-1', observation({ number: 'u-1', value: '71.20' }))
    expect([created.status, updated.status]).toEqual([201, 200])
    const address = (created.headers.get('location') ?? '').split('/_history')[0] as string
    expect((await doctor(address)).text).toBe(observation({ number: 'u-1', value: '71.20' }))
    expect((await doctor(`${address}/_history`)).json.entry).toHaveLength(2)
    expect((await put('identifier=urn:x|u-1', observation({ number: 'u-1', id: 'another' }))).status).toBe(400)
    await put('identifier=urn:x|u-2', observation({ number: 'u-2', id: 'u-2' }))
    const both = await put('identifier=urn:x|u-1,urn:x|u-2', observation({ number: 'u-1' }))
    expect([both.status, both.json.issue[0]?.code]).toEqual([412, 'multiple-matches'])
    expect([(await put('colour=red', observation({ number: 'u-1' }))).status, (await doctor('/Observation', { method: 'PUT', body: observation({ number: 'u-3' }) })).status]).toEqual([400, 405])
  })

  it('keeps the id that a former version gave, where the body has none', async () => {
    await put('identifier=urn:x|u-4', observation({ number: 'u-4', id: 'u-4' }))
    expect((await put('identifier=urn:x|u-4', observation({ number: 'u-4', value: '1.50' }))).headers.get('location')).toContain('/Observation/u-4/_history/')
    expect([(await doctor('/Observation/u-4')).text, (await doctor('/Observation?_id=u-4')).json.entry.length]).toEqual([observation({ number: 'u-4', value: '1.50' }), 1])
  })

  it('holds to If-Match and If-None-Match', async () => {
    const first = await put('identifier=urn:x|u-5', observation({ number: 'u-5', id: 'u-5' }))
    const change = (value: string, headers: Record<string, string>) => doctor('/Observation/u-5', { method: 'PUT', body: observation({ number: 'u-5', id: 'u-5', value }), headers })
    expect((await change('2', { 'if-match': `W/"nothing", ${etag(first)}` })).status).toBe(200)
    expect([(await change('3', { 'if-match': etag(first) })).status, (await change('3', { 'if-match': '*' })).status, (await change('4', { 'if-none-match': '*' })).status]).toEqual([412, 200, 412])
    const fresh = { method: 'PUT', body: observation({ number: 'u-6', id: 'u-6' }) }
    expect([(await doctor('/Observation/u-6', { ...fresh, headers: { 'if-match': '*' } })).status, (await doctor('/Observation/u-6', { ...fresh, headers: { 'if-none-match': '*' } })).status]).toEqual([412, 201])
  })
})

describe('a JSON Patch', () => {
  it('changes what it names, and every number stays as it was written', async () => {
    const first = await put('identifier=urn:x|p-1', observation({ number: 'p-1', id: 'p-1', value: '1.10' }))
    const changed = await patch('/Observation/p-1', '[{"op":"test","path":"/valueQuantity/value","value":1.1},{"op":"replace","path":"/status","value":"amended"},{"op":"add","path":"/referenceRange","value":[{"low":{"value":0.50}}]}]', { 'if-match': etag(first) })
    expect([changed.status, changed.text]).toEqual([200, observation({ number: 'p-1', id: 'p-1', value: '1.10' }).replace(', "identifier', ',"identifier').replace('final', 'amended').replace(/}$/, ',"referenceRange":[{"low":{"value":0.50}}]}')])
    expect([(await doctor('/Observation/p-1')).text, etag(changed) === etag(first)]).toEqual([changed.text, false])
    const nothing = await patch('/Observation/p-1', [{ op: 'replace', path: '/status', value: 'amended' }])
    expect([nothing.status, etag(nothing)]).toEqual([200, etag(changed)])
    expect((await patch('/Observation/p-1', [{ op: 'remove', path: '/status' }], { 'if-match': etag(first) })).status).toBe(412)
    expect((await patch('/Observation?identifier=urn:x|p-1', [{ op: 'replace', path: '/status', value: 'entered-in-error' }])).status).toBe(200)
  })

  it.each([
    ['a test that fails', [{ op: 'test', path: '/status', value: 'final' }, { op: 'replace', path: '/status', value: 'amended' }], 422],
    ['a place that is not there', [{ op: 'replace', path: '/nothing/0', value: 1 }], 422],
    ['a resource that is not FHIR any more', [{ op: 'remove', path: '/status' }], 422],
    ['another id', [{ op: 'replace', path: '/id', value: 'other' }], 400],
    ['a patch that is none', [{ op: 'delete', path: '/status' }], 400],
    ['a prototype', [{ op: 'add', path: '/__proto__/polluted', value: true }], 422],
  ])('is refused whole: %s', async (_what, operations, status) => {
    await doctor('/Observation/p-2', { method: 'PUT', body: observation({ number: 'p-2', id: 'p-2' }).replace('final', 'preliminary') })
    const before = (await doctor('/Observation/p-2')).text
    expect((await patch('/Observation/p-2', operations)).status).toBe(status)
    expect((await doctor('/Observation/p-2')).text).toBe(before)
  })

  it.each<readonly [string, readonly object[], RegExp]>([
    ['inserts into a list', [{ type: 'insert', path: 'Observation.identifier', index: 0, value: { valueIdentifier: { value: 'first' } } }], /"identifier":\[{"value":"first"},{"system"/],
    ['moves within it, and deletes by what it says', [{ type: 'add', path: 'Observation', name: 'identifier', value: { valueIdentifier: { value: 'b' } } }, { type: 'move', path: 'Observation.identifier', source: 1, destination: 0 }, { type: 'delete', path: "Observation.identifier.where(system = 'urn:x')" }], /"identifier":\[{"value":"b"}\],"status"/],
    ['makes a choice another type', [{ type: 'replace', path: 'Observation.value', value: { valueString: 'heavy' } }], /^(?!.*valueQuantity).*"valueString":"heavy"/],
    ['adds an element without a type by its parts', [{ type: 'add', path: 'Observation', name: 'component', value: { part: [{ name: 'code', valueCodeableConcept: { text: 'c' } }, { name: 'value', valueQuantity: { value: 2.5 } }] } }], /"component":\[{"code":{"text":"c"},"valueQuantity":{"value":2.5}}\]/],
    ['passes over a deletion of what is not there', [{ type: 'delete', path: 'Observation.note' }, { type: 'replace', path: 'Observation.status', value: { valueCode: 'amended' } }], /"status":"amended"/],
  ])('by FHIRPath %s', async (what, steps, wanted) => {
    const id = `f-${what.length}`
    await doctor(`/Observation/${id}`, { method: 'PUT', body: observation({ number: id, id }) })
    const parts = steps.map((step) => ({ name: 'operation', part: Object.entries(step).map(([name, value]: [string, unknown]) => ({ name, ...(typeof value === 'object' ? value : { [name === 'type' ? 'valueCode' : typeof value === 'number' ? 'valueInteger' : 'valueString']: value }) })) }))
    const answer = await doctor(`/Observation/${id}`, { method: 'PATCH', body: JSON.stringify({ resourceType: 'Parameters', parameter: parts }) })
    expect([answer.status, answer.text]).toEqual([200, expect.stringMatching(wanted) as string])
  })

  it('needs the right to read, its own media type, and no signature of the author', async () => {
    const { signer } = instance.keyOf('system-a')
    const system = clientWith(instance, signer, (await systemToken(instance, signer, 'system-a')).body.access_token)
    const body = JSON.stringify([{ op: 'replace', path: '/status', value: 'amended' }])
    expect((await system('/Observation/p-1', { method: 'PATCH', body, headers: PATCH })).status).toBe(404)
    expect([(await doctor('/Observation/p-1', { method: 'PATCH', body, headers: { 'content-type': 'text/plain' } })).status, (await doctor('/Observation/p-1', { method: 'PATCH', body: '{"resourceType":"Parameters"}' })).status]).toEqual([415, 400])
    expect((await patch('/Observation/none', body)).status).toBe(404)
    const seen = (await (await instance.as('patient-a')).hospital.access.list.query({ limit: 100 })).items.map(({ operation }) => operation)
    for (const operation of ['hospital.fhir.patch', 'hospital.fhir.update']) expect(seen).toContain(operation)
  })
})

describe('a transaction', () => {
  const send = (entries: readonly object[]) => doctor('', { method: 'POST', body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: entries }) })
  const entry = (number: string, request: object, more: object = {}) => ({ resource: { ...(JSON.parse(observation({ number })) as object), ...more }, request })

  it('updates under a condition, and follows conditional references to one resource or goes in not at all', async () => {
    const method = { method: 'PUT', url: 'Observation?identifier=urn:x|t-1' }
    const [one, two] = [await send([entry('t-1', method)]), await send([entry('t-1', method, { status: 'amended' })])]
    expect([one.json.entry[0]?.response.status, two.json.entry[0]?.response.status]).toEqual(['201 Created', '200 OK'])
    const subject = { reference: 'Patient?identifier=urn:example:mrn|A-1' }
    const kept = await send([entry('t-2', { method: 'POST', url: 'Observation' }, { id: 't-2', subject, hasMember: [{ reference: 'Observation?identifier=urn:x|t-1' }] })])
    expect(kept.status).toBe(200)
    expect((await doctor('/Observation?patient=p&identifier=urn:x|t-2')).json.entry).toHaveLength(1)
    const lost = await send([entry('t-3', { method: 'POST', url: 'Observation' }, { subject, hasMember: [{ reference: 'Observation?identifier=urn:x|nothing' }] })])
    expect([lost.status, lost.json.issue[0]?.code, (await doctor('/Observation?identifier=urn:x|t-3')).json.total]).toEqual([412, 'not-found', 0])
  })

  it('has conditional references that includes, searches and chains follow, to what met the condition then', async () => {
    const subject = { reference: 'Patient/p' }
    expect((await send([entry('v-1', { method: 'POST', url: 'Observation' }, { id: 'v-1', subject })])).status).toBe(200)
    const report = { resourceType: 'DiagnosticReport', id: 'v-r', status: 'final', code: { text: 'x' }, subject, result: [{ reference: 'Observation?identifier=urn:x|v-1' }] }
    expect((await send([{ resource: report, request: { method: 'PUT', url: 'DiagnosticReport/v-r' } }])).status).toBe(200)
    const found = async (path: string, mode = 'match') => ((await doctor(path)).json.entry ?? []).filter(({ search }) => search.mode === mode).map(({ fullUrl }) => fullUrl.split('/').at(-1))
    const everywhere = async () => [
      await found('/DiagnosticReport?_id=v-r&_include=DiagnosticReport:result', 'include'), await found('/Observation?_id=v-1&_revinclude=DiagnosticReport:result', 'include'), await found('/DiagnosticReport?result=Observation/v-1'), await found('/DiagnosticReport?result=v-1'),
      await found('/DiagnosticReport?result.identifier=urn:x|v-1'), await found('/Observation?_has:DiagnosticReport:result:_id=v-r'),
    ]
    const wanted = [['v-1'], ['v-r'], ['v-r'], ['v-r'], ['v-r'], ['v-1']]
    expect(await everywhere()).toEqual(wanted)
    // A second one that meets the condition later does not change where the first reference led, and the text stays what it was.
    expect((await doctor('/Observation', { method: 'POST', body: observation({ number: 'v-1', id: 'v-2' }) })).status).toBe(201)
    expect([await everywhere(), (await doctor('/DiagnosticReport/v-r')).text]).toEqual([wanted, JSON.stringify(report)])
  })

  it('patches by JSON Patch and by FHIRPath Patch with everything else, or changes nothing', async () => {
    const status = async (id: string) => (/"status":"([a-z-]+)"/.exec((await doctor(`/Observation/${id}`)).text) ?? [])[1]
    for (const id of ['x-1', 'x-2']) await doctor(`/Observation/${id}`, { method: 'PUT', body: observation({ number: id, id, value: '1.10' }) })
    const json = (operations: readonly object[]) => ({ resourceType: 'Binary', contentType: 'application/json-patch+json', data: Buffer.from(JSON.stringify(operations)).toString('base64') })
    const paths = (...steps: readonly (readonly [string, string, object])[]) => ({ resourceType: 'Parameters', parameter: steps.map(([type, path, value]) => ({ name: 'operation', part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...Object.entries(value).map(([name, part]) => (typeof part === 'object' ? { name, ...part } : { name, valueString: String(part) }))] })) })
    const one = { resource: json([{ op: 'replace', path: '/status', value: 'amended' }]), request: { method: 'PATCH', url: 'Observation/x-1' } }
    const two = { resource: paths(['replace', 'Observation.status', { value: { valueCode: 'corrected' } }], ['add', 'Observation', { name: 'note', value: { valueAnnotation: { text: 'y' } } }]), request: { method: 'PATCH', url: 'Observation?identifier=urn:x|x-2' } }
    const bad = await send([one, { ...two, resource: paths(['replace', 'Observation.nothing', { value: { valueString: 'z' } }]) }])
    expect([bad.status, bad.json.issue[0]?.expression, await status('x-1')]).toEqual([422, ['Bundle.entry[1].resource'], 'final'])
    const good = await send([one, two, entry('x-3', { method: 'POST', url: 'Observation' }, { id: 'x-3' })])
    expect([good.status, (good.json.entry ?? []).map(({ response }) => response.status.slice(0, 3)), await status('x-1'), await status('x-2')]).toEqual([200, ['200', '200', '201'], 'amended', 'corrected'])
    expect((await doctor('/Observation/x-2')).text).toMatch(/"value":1\.10.*"note":\[{"text":"y"}\]/)
    // The version asked for must hold, and no resource is changed twice.
    expect((await send([{ ...one, resource: json([{ op: 'replace', path: '/status', value: 'final' }]), request: { ...one.request, ifMatch: 'W/"01890a5d-ac96-774b-bcce-b302099a8057"' } }])).status).toBe(412)
    expect((await send([one, { ...one, resource: json([]) }])).json.issue[0]?.code).toBe('duplicate')
  })

  it('of a batch reads an attachment as a Binary', async () => {
    const { id } = await uploadAttachment(person, new Blob(['in a batch'], { type: 'text/plain' }), { patient, title: 'A note' })
    const ask = async (client: FhirClient) => (await client('', { method: 'POST', body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: `Binary/${id}` } }] }) })).json.entry[0]
    expect(await ask(doctor)).toMatchObject({ resource: { resourceType: 'Binary', id, contentType: 'text/plain', data: Buffer.from('in a batch').toString('base64') }, response: { status: '200 OK' } })
    expect((await ask(await fhirClient(instance, 'doctor-b')))?.response.status).toBe('404 Not Found')
  })

  it('of a batch patches by a Binary', async () => {
    const patchOf = { resourceType: 'Binary', contentType: 'application/json-patch+json', data: Buffer.from('[{"op":"add","path":"/note","value":[{"text":"x"}]}]').toString('base64') }
    const answer = await doctor('', { method: 'POST', body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: [{ resource: patchOf, request: { method: 'PATCH', url: 'Observation/p-1' } }] }) })
    expect([answer.json.entry[0]?.response.status, (await doctor('/Observation/p-1')).text.includes('"note"')]).toEqual(['200 OK', true])
  })
})

it('a deletion is refused with what to do instead', async () => {
  for (const path of ['/Observation/p-1', '/Observation?identifier=urn:x|p-1']) {
    const { status, headers, json } = await doctor(path, { method: 'DELETE' })
    expect([status, json.issue[0]?.code, headers.get('allow')?.includes('PATCH')]).toEqual([405, 'not-supported', true])
    expect(json.issue[0]?.details.text).toContain('entered-in-error')
  }
})

describe('a Consent', () => {
  const expires = new Date(Date.now() + 86_400_000).toISOString()
  const terms = { grantee: 'hospital-b', purpose: 'treatment' as const, expires, direct: false, types: ['Observation'] }
  const code = (system: string, value: string) => ({ system: `http://terminology.hl7.org/CodeSystem/${system}`, code: value })
  const resource = {
    resourceType: 'Consent', status: 'active', scope: { coding: [code('consentscope', 'patient-privacy')] }, category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }], patient: { reference: 'Patient/p' }, policyRule: { coding: [code('v3-ActCode', 'OPTOUT')] },
    provision: {
      type: 'permit', period: { end: expires }, actor: [{ role: { coding: [code('v3-ParticipationType', 'IRCP')] }, reference: { identifier: { system: 'urn:careledger:party', value: 'hospital-b' } } }], action: [{ coding: [code('consentaction', 'access')] }],
      securityLabel: [code('v3-Confidentiality', 'N')], purpose: [code('v3-ActReason', 'TREAT')], class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Observation' }],
    },
  }
  const signed = ({ entry, signature, opening }: SignedEntry): Record<string, string> => ({ 'careledger-entry': Buffer.from(JSON.stringify({ entry, signature })).toString('base64url'), ...(opening === undefined ? {} : { 'careledger-opening': opening.salt }) })
  const consentsOf = async (name: PersonName, query: string) => ((await (await fhirClient(instance, name))(`/Consent?patient=p${query}`)).json.entry ?? []).map(({ fullUrl }) => fullUrl.split('/').at(-1))

  it('is given, read, searched and withdrawn by REST, with its versions, and seen by those whom it concerns and nobody else', async () => {
    const client = await instance.as('patient-a')
    const ada = await fhirClient(instance, 'patient-a')
    const [at] = (await client.hospital.consents.subjects.query({})).items
    const grantee = await fhirClient(instance, 'doctor-b')
    expect((await grantee('/Observation?patient=p')).json.entry).toBeUndefined()
    const given = await ada('/Consent', { method: 'POST', body: JSON.stringify(resource), headers: signed(await signAs(client, consentDraft(at!, terms))) })
    const [, id = ''] = /\/Consent\/([^/]+)\/_history\//.exec(given.headers.get('location') ?? '') ?? []
    expect([given.status, etag(given)]).toEqual([201, `W/"${id}"`])
    expect((await grantee('/Observation?patient=p')).json.entry.length).toBeGreaterThan(0)
    const read = await grantee(`/Consent/${id}`)
    expect([read.status, read.json]).toMatchObject([200, { id, status: 'active', provision: resource.provision }])
    for (const name of ['patient-a', 'doctor-b', 'clerk-a'] as const) for (const query of ['', '&status=active', '&actor:identifier=urn:careledger:party|hospital-b', '&period=gt2020&purpose=TREAT', `&_id=${id}`]) expect([name, query, await consentsOf(name, query)]).toEqual([name, query, [id]])
    for (const name of ['doctor-a', 'officer-a', 'patient-b'] as const) expect([name, await consentsOf(name, ''), (await (await fhirClient(instance, name))(`/Consent/${id}`)).status]).toEqual([name, [], 404])
    expect((await (await fhirClient(instance, 'clerk-a', 'user/Observation.rs'))(`/Consent/${id}`)).status).toBe(404)
    expect(await consentsOf('patient-a', '&status=inactive')).toEqual([])

    const ended = await ada(`/Consent/${id}`, { method: 'PUT', body: JSON.stringify({ ...resource, id, status: 'inactive' }), headers: signed(await signAs(client, withdrawalDraft(at!, id))) })
    expect([ended.status, ended.json]).toMatchObject([200, { id, status: 'inactive' }])
    expect([(await grantee('/Observation?patient=p')).json.entry, (await grantee(`/Consent/${id}`)).status, await consentsOf('doctor-b', '')]).toEqual([undefined, 404, []])
    expect([await consentsOf('patient-a', '&status=inactive'), await consentsOf('clerk-a', '&status=active')]).toEqual([[id], []])
    const history = (await ada(`/Consent/${id}/_history`)).json.entry as unknown as readonly { readonly resource: { readonly status: string }; readonly request: { readonly method: string } }[]
    expect(history.map((each) => [each.request.method, each.resource.status])).toEqual([['PUT', 'inactive'], ['POST', 'active']])
    expect((await ada(`/Consent/${id}/_history/${id}`)).json).toMatchObject({ status: 'active' })
    expect(validateResource(await loadDefinitions(), (await ada(`/Consent/${id}`)).json).problems).toEqual([])
  })

  it('is the patient\'s own to sign, and says what they signed; one that staff write is a record and permits nothing', async () => {
    const client = await instance.as('patient-a')
    const ada = await fhirClient(instance, 'patient-a')
    const [at] = (await client.hospital.consents.subjects.query({})).items
    const headers = signed(await signAs(client, consentDraft(at!, { ...terms, types: ['Condition'] })))
    const answers = [
      await ada('/Consent', { method: 'POST', body: JSON.stringify(resource) }), await ada('/Consent', { method: 'POST', body: JSON.stringify(resource), headers }), await ada('/Consent', { method: 'POST', body: JSON.stringify({ ...resource, status: 'draft' }), headers }),
      await doctor('/Consent', { method: 'POST', body: JSON.stringify(resource), headers }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([403, 422, 400, 403])
    expect((await doctor('/Consent', { method: 'POST', body: JSON.stringify({ ...resource, id: 'scan-1' }) })).status).toBe(201)
    expect([(await doctor('/Consent/scan-1')).status, (await (await fhirClient(instance, 'doctor-b'))('/Observation?patient=p')).json.entry]).toEqual([200, undefined])
  })
})

describe('a Binary', () => {
  const bytes = Uint8Array.from({ length: 300_001 }, (_, index) => (index * 7919) % 256)
  it('is an attachment: its bytes, a part of them, or FHIR JSON where that is asked for', async () => {
    const { id } = await uploadAttachment(person, new Blob([bytes], { type: 'image/png' }), { patient, title: 'A scan' })
    const get = (path: string, headers: Record<string, string> = {}) => person.fetch(`/fhir/r4${path}`, { headers })
    const whole = await get(`/Binary/${id}`, { accept: 'image/*' })
    expect([whole.status, whole.headers.get('content-type'), Buffer.compare(Buffer.from(await whole.arrayBuffer()), bytes)]).toEqual([200, 'image/png', 0])
    const part = await get(`/Binary/${id}`, { range: 'bytes=10-19' })
    expect([part.status, part.headers.get('content-range'), Buffer.from(await part.arrayBuffer())]).toEqual([206, `bytes 10-19/${bytes.length}`, Buffer.from(bytes.subarray(10, 20))])
    for (const json of [await get(`/Binary/${id}`, { accept: 'application/fhir+json' }), await get(`/Binary/${id}?_format=json`)]) {
      const text = await json.text()
      expect([json.headers.get('content-type'), json.headers.get('content-length')]).toEqual(['application/fhir+json; charset=utf-8; fhirVersion=4.0', String(text.length)])
      const binary = JSON.parse(text) as { readonly data: string }
      expect(binary).toMatchObject({ resourceType: 'Binary', id, contentType: 'image/png' })
      expect(Buffer.compare(Buffer.from(binary.data, 'base64'), bytes)).toBe(0)
    }
    expect([(await get(`/Binary/${id}`, { accept: 'application/fhir+xml' })).status, (await get(`/Binary/${id}`, { 'if-none-match': `"${id}"` })).status]).toEqual([406, 304])
    // Refused and absent are one answer.
    const other = await fhirClient(instance, 'doctor-b')
    const [refused, absent] = [await other(`/Binary/${id}`), await other('/Binary/01890a5d-ac96-774b-bcce-b302099a8057')]
    expect([refused.status, refused.text]).toEqual([404, absent.text])
    const [narrow, wide] = [await fhirClient(instance, 'doctor-a', 'user/DocumentReference.rs'), await fhirClient(instance, 'doctor-a', 'user/Binary.r')]
    expect([(await narrow(`/Binary/${id}`)).status, (await wide(`/Binary/${id}`, { parse: false })).status]).toEqual([404, 200])
  })

  it('that was written as a resource gives the bytes it holds', async () => {
    const body = `{"resourceType":"Binary","id":"b-1","contentType":"text/plain","securityContext":{"reference":"Patient/p"},"data":"${Buffer.from('hello').toString('base64')}"}`
    expect((await doctor('/Binary', { method: 'POST', body })).status).toBe(201)
    expect([(await doctor('/Binary/b-1', { parse: false })).text, (await doctor('/Binary/b-1', { headers: { accept: 'application/fhir+json' } })).text]).toEqual(['hello', body])
  })
})
