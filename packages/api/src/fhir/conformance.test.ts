import { importBundle } from '@careledger/client'
import { Client } from 'fhir-kit-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from '../__fixtures__/bundle.ts'
import { EVERY_TYPE } from '../__fixtures__/every-type.ts'
import { dpop, fhirClient, personToken } from '../__fixtures__/fhir-client.ts'
import type { FhirClient, FhirJson, FhirResponse } from '../__fixtures__/fhir-client.ts'
import { enrolGateway } from '../__fixtures__/gateway.ts'
import { startInstance } from '../__fixtures__/instance.ts'
import type { TestInstance } from '../__fixtures__/instance.ts'

/** One patient with visits, results, a condition and what they refer to: each rule of R4's search stands against these. */
const RECORDS = [
  { resourceType: 'Encounter', id: 'e-1', status: 'finished', class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' }, subject: { reference: 'Patient/p' }, period: { start: '2024-05-01', end: '2024-05-01' } },
  { resourceType: 'Encounter', id: 'e-2', status: 'planned', class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' }, subject: { reference: 'Patient/p' } },
  { resourceType: 'Condition', id: 'c-1', subject: { reference: 'Patient/p' }, encounter: { reference: 'Encounter/e-1' }, code: { coding: [{ system: 'http://snomed.info/sct', code: '38341003', display: 'Hypertension' }], text: 'High blood pressure' }, recordedDate: '2024-05-01' },
  { resourceType: 'Observation', id: 'g-1', status: 'final', subject: { reference: 'Patient/p' }, encounter: { reference: 'Encounter/e-1' }, code: { coding: [{ system: 'http://loinc.org', code: '2345-7' }] }, effectiveDateTime: '2024-05-01T10:00:00+09:00', valueQuantity: { value: 5.4, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' } },
  { resourceType: 'Observation', id: 'g-2', status: 'preliminary', subject: { reference: 'Patient/p' }, encounter: { reference: 'Encounter/e-2' }, code: { coding: [{ system: 'http://loinc.org', code: '2345-7' }] }, effectiveDateTime: '2024-06-15', valueQuantity: { value: 100, unit: 'mg/dL', system: 'http://unitsofmeasure.org', code: 'mg/dL' } },
  { resourceType: 'DiagnosticReport', id: 'r-1', status: 'final', subject: { reference: 'Patient/p' }, code: { text: 'Sugar' }, result: [{ reference: 'Observation/g-1' }] },
]

let instance: TestInstance
let client: FhirClient
beforeAll(async () => {
  instance = await startInstance()
  await importBundle(await instance.as('clerk-a'), smallBundle({ observations: 2 }), { linkTo: 'patient-a' })
  await enrolGateway(instance)
  client = await fhirClient(instance, 'doctor-a')
  const entry = RECORDS.map((resource) => ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } }))
  expect((await client('', { method: 'POST', body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }) })).status).toBe(200)
})
afterAll(() => instance.stop())

const ids = ({ entry }: FhirJson, mode = 'match'): string => (entry ?? []).filter(({ search }) => search.mode === mode).map(({ fullUrl }) => fullUrl.split('/').at(-1)).sort().join(' ')
const linkOf = ({ link }: FhirJson, wanted: string): string | undefined => link.find(({ relation }) => relation === wanted)?.url

describe('a search by R4', () => {
  it.each([
    // token, date with precision and prefixes, quantity, string, reference
    ['Observation?code=http://loinc.org|2345-7', 'g-1 g-2'], ['Observation?code=|2345-7', ''], ['Observation?code=2345-7&status=final', 'g-1'], ['Observation?status=final,preliminary&code=2345-7', 'g-1 g-2'],
    ['Observation?code=2345-7&date=2024-05', 'g-1'], ['Observation?code=2345-7&date=ge2024-06', 'g-2'], ['Observation?code=2345-7&date=lt2024-06', 'g-1'], ['Observation?code=2345-7&date=2024-05-01T01:00:00Z', 'g-1'], ['Observation?code=2345-7&date=ne2024-06-15', 'g-1'], ['Observation?code=2345-7&date=sa2024-05-02', 'g-2'], ['Observation?code=2345-7&date=eb2024-06', 'g-1'],
    ['Observation?code=2345-7&value-quantity=gt5|http://unitsofmeasure.org|mmol/L', 'g-1'], ['Observation?code=2345-7&value-quantity=5.4||mmol/L', 'g-1'], ['Observation?code=2345-7&value-quantity=le100', 'g-1 g-2'], ['Observation?code-value-quantity=2345-7$gt50', 'g-2'],
    ['Condition?code:text=high', 'c-1'], ['Patient?family=can', 'p'], ['Patient?family:exact=can', ''], ['Patient?name:contains=anar', 'p'], ['Patient?birthdate=1970', 'p'], ['Patient?gender=female', 'p'], ['Patient?gender:not=female', ''],
    ['Observation?code=2345-7&encounter=e-1', 'g-1'], ['Observation?encounter=Encounter/e-2', 'g-2'], ['Encounter?date:missing=true', 'e-2'], ['Encounter?_id=e-1,e-2', 'e-1 e-2'],
    // chains, backwards too
    ['Observation?encounter.class=AMB', 'g-1'], ['Observation?subject:Patient.family=canary&code=2345-7', 'g-1 g-2'], ['DiagnosticReport?result.code=2345-7', 'r-1'], ['DiagnosticReport?result.encounter.class=AMB', 'r-1'], ['Encounter?_has:Observation:encounter:code=2345-7&status=planned', 'e-2'], ['Encounter?_has:Condition:encounter:code=38341003', 'e-1'], ['Encounter?_has:Observation:encounter:_has:DiagnosticReport:result:status=final', 'e-1'],
  ])('%s finds %s', async (path, wanted) => {
    expect(ids((await client(`/${path}`)).json)).toBe(wanted)
  })

  it.each([
    ['Observation?_id=g-1&_include=Observation:encounter', 'e-1'], ['Observation?_id=g-1&_include=*', 'e-1 p'], ['Observation?_id=g-1&_include=Observation:*', 'e-1 p'], ['DiagnosticReport?_id=r-1&_include=DiagnosticReport:result&_include:iterate=Observation:encounter', 'e-1 g-1'], ['DiagnosticReport?_id=r-1&_include=DiagnosticReport:result&_include=Observation:encounter', 'g-1'],
    ['Encounter?_id=e-1&_revinclude=Observation:encounter', 'g-1'], ['Encounter?_id=e-1&_revinclude=Observation:encounter&_revinclude:iterate=DiagnosticReport:result', 'g-1 r-1'], ['Observation?_id=g-1&_include=Observation:subject:Patient', 'p'], ['Observation?_id=g-1&_include=Observation:subject:Group', ''],
  ])('%s includes %s', async (path, wanted) => {
    expect(ids((await client(`/${path}`)).json, 'include')).toBe(wanted)
  })

  it.each<readonly [string, string, (answer: FhirResponse) => unknown, unknown]>([
    ['_summary=count gives a number and no entries', '/Observation?patient=p&_summary=count', ({ json }) => [json.type, json.total, json.entry], ['searchset', 4, undefined]],
    ['_count=0 is the same', '/Observation?patient=p&_count=0', ({ json }) => [json.total, json.entry, linkOf(json, 'next')], [4, undefined, undefined]],
    ['_total=accurate counts beyond the page', '/Observation?patient=p&_count=1&_total=accurate', ({ json }) => [json.total, json.entry.length], [4, 1]],
    ['_total=none need not', '/Observation?patient=p&_count=1&_total=none', ({ json }) => json.total, undefined],
    ['_count larger than allowed is cut', '/Observation?patient=p&_count=5000', ({ status, json }) => [status, json.entry.length], [200, 4]],
    ['_elements leaves what is mandatory and says so', '/Observation?_id=g-1&_elements=encounter', ({ json }) => [Object.keys(json.entry[0]?.resource ?? {}).sort(), JSON.stringify(json).includes('SUBSETTED')], [['code', 'encounter', 'id', 'meta', 'resourceType', 'status'], true]],
    ['_summary=text', '/Condition?_id=c-1&_summary=text', ({ json }) => Object.keys(json.entry[0]?.resource ?? {}).sort(), ['id', 'meta', 'resourceType', 'subject']],
    ['_summary=true', '/Observation?_id=g-1&_summary=true', ({ text }) => [text.includes('valueQuantity'), text.includes('SUBSETTED')], [true, true]],
    ['_summary=data', '/Observation?_id=g-1&_summary=data', ({ text }) => text.includes('valueQuantity'), true],
    ['_elements of a read', '/Observation/g-1?_elements=status', ({ text }) => [text.includes('valueQuantity'), text.includes('SUBSETTED')], [false, true]],
    ['_sort by two rules', '/Observation?code=2345-7&_sort=status,-date', ({ json }) => json.entry.map(({ fullUrl }) => fullUrl.slice(-3)), ['g-1', 'g-2']],
    ['the self link says what was used', '/Observation?_id=g-1&colour=red', ({ json }) => [linkOf(json, 'self')?.endsWith('/Observation?_id=g-1'), json.entry.at(-1)?.search.mode], [true, 'outcome']],
    ['a search that finds nothing is a Bundle', '/Observation?_id=none', ({ status, json }) => [status, json.total, json.entry], [200, 0, undefined]],
    ['a value that is none of its type is an error', '/Observation?date=tomorrow', ({ status, json }) => [status, json.issue[0]?.expression], [400, ['date']]],
    ['a modifier that is not known is an error', '/Observation?code:in=x', ({ status }) => status, 400],
    ['a type that is not known', '/Observatio?_id=1', ({ status }) => status, 400],
    ['_format=application/fhir+json', '/Observation?_id=g-1&_format=application/fhir%2Bjson', ({ status, headers }) => [status, headers.get('content-type')?.startsWith('application/fhir+json')], [200, true]],
    ['_format=json and _pretty', '/Observation?_id=g-1&_format=json&_pretty=true', ({ status }) => status, 200],
    ['_format=xml', '/Observation/g-1?_format=xml', ({ status, json }) => [status, json.issue[0]?.code], [406, 'not-supported']],
    ['a Patient\'s compartment', '/Patient/p/Observation?code=2345-7&_summary=count', ({ json }) => json.total, 2],
    ['an operation that is not there', '/Observation/$lastn', ({ status }) => status, 404],
    ['an address that means nothing', '/Observation/g-1/x/y/z', ({ status }) => status, 404],
  ])('%s', async (_what, path, look, wanted) => {
    expect(look(await client(path))).toEqual(wanted)
  })

  it('is handled strictly or leniently as the caller prefers', async () => {
    const ask = async (prefer: string) => (await client('/Observation?_id=g-1&colour=red', { headers: { prefer } })).status
    expect([await ask('handling=strict'), await ask('handling=lenient'), await ask('respond-async, handling=strict; wait=10')]).toEqual([400, 200, 400])
  })

  it('answers a conditional read, HEAD and an Accept header by HTTP', async () => {
    const read = await client('/Observation/g-1')
    const etag = read.headers.get('etag') ?? ''
    const accept = async (value: string) => (await client('/Observation/g-1', { headers: { accept: value } })).status
    const same = await client('/Observation/g-1', { headers: { 'if-none-match': `W/"x", ${etag}` } })
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag])
    expect([(await client('/Observation/g-1', { headers: { 'if-none-match': 'W/"x"' } })).status, (await client('/Observation/g-1', { method: 'HEAD', parse: false })).status]).toEqual([200, 200])
    expect(await Promise.all(['application/fhir+json', 'application/fhir+xml, application/fhir+json;q=0.5', '*/*', 'application/fhir+json; fhirVersion=4.0', 'text/html', 'application/fhir+json; fhirVersion=5.0'].map(accept))).toEqual([200, 200, 200, 200, 406, 406])
  })

  it('goes through pages that writes meanwhile neither shorten nor lengthen', async () => {
    const body = (id: string, value: number) => JSON.stringify({ resourceType: 'Observation', id, status: 'final', code: { text: 'paging' }, subject: { reference: 'Patient/p' }, identifier: [{ system: 'urn:x', value: 'paging' }], valueInteger: value })
    for (const id of ['s-1', 's-2', 's-3', 's-4']) await client(`/Observation/${id}`, { method: 'PUT', body: body(id, 1) })
    for (const path of ['/Observation?patient=p&identifier=urn:x|paging&_count=2', '/Patient/p/$everything?_type=Observation&_count=2']) {
      const first = (await client(path)).json
      // One of a later page is amended, one of this page too, and one is new.
      for (const id of ['s-1', 's-4', `s-new-${path.length}`]) await client(`/Observation/${id}`, { method: 'PUT', body: body(id, path.length) })
      const found = ids(first).split(' ')
      for (let next = linkOf(first, 'next'); next !== undefined;) {
        const { json }: { readonly json: FhirJson } = await client(next)
        found.push(...ids(json).split(' '))
        next = linkOf(json, 'next')
      }
      expect([found.filter((id) => /^s-\d$/.test(id)).sort(), new Set(found).size]).toEqual([['s-1', 's-2', 's-3', 's-4'], found.length])
    }
  })

  it('validates without keeping', async () => {
    const validate = (body: object) => client('/Observation/$validate', { method: 'POST', body: JSON.stringify(body) })
    const well = { resourceType: 'Observation', status: 'final', code: { text: 'x' } }
    const [good, bad, carried] = [await validate(well), await validate({ ...well, status: 'done' }), await validate({ resourceType: 'Parameters', parameter: [{ name: 'resource', resource: { ...well, status: 'done' } }] })]
    expect([good.status, good.json.issue[0]?.code, bad.status, bad.json.issue[0]?.expression, carried.json.issue[0]?.expression]).toEqual([200, 'informational', 200, ['Observation.status'], ['Observation.status']])
  })
})

interface Statement {
  readonly rest: readonly [{ readonly resource: readonly { readonly type: string; readonly interaction: readonly { readonly code: string }[]; readonly searchParam: readonly { readonly name: string; readonly type: string; readonly documentation?: string }[]; readonly searchInclude?: readonly string[]; readonly searchRevInclude?: readonly string[]; readonly operation: readonly { readonly name: string }[] }[] }]
}

describe('the CapabilityStatement', () => {
  it('says of each interaction and operation whether it is there, and so it is', async () => {
    const statement = (await client('/metadata')).json as unknown as Statement
    const observation = statement.rest[0].resource.find(({ type }) => type === 'Observation')
    const resource = JSON.stringify({ resourceType: 'Observation', id: 'k-1', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/p' } })
    const asked: Readonly<Record<string, () => Promise<FhirResponse>>> = {
      'update': () => client('/Observation/k-1', { method: 'PUT', body: resource }),
      'read': () => client('/Observation/k-1'),
      'vread': async () => client(`/Observation/k-1/_history/${/"(.+)"/.exec((await client('/Observation/k-1')).headers.get('etag') ?? '')?.[1]}`),
      'patch': () => client('/Observation/k-1', { method: 'PATCH', body: '[]', headers: { 'content-type': 'application/json-patch+json' } }),
      'history-instance': () => client('/Observation/k-1/_history'),
      'history-type': () => client('/Observation/_history'),
      'create': () => client('/Observation', { method: 'POST', body: resource.replace('k-1', 'k-2') }),
      'search-type': () => client('/Observation?_id=k-1'),
      'delete': () => client('/Observation/k-1', { method: 'DELETE' }),
      '$validate': () => client('/Observation/$validate', { method: 'POST', body: resource }),
      '$everything': () => client('/Observation/k-1/$everything'),
    }
    const there = Object.fromEntries(await Promise.all(Object.entries(asked).map(async ([name, ask]) => [name, name === 'update' ? (await ask()).status < 300 : false] as const)))
    for (const [name, ask] of Object.entries(asked)) there[name] ||= (await ask()).status < 300
    const said = new Set([...(observation?.interaction ?? []).map(({ code }) => code), ...(observation?.operation ?? []).map(({ name }) => `$${name}`)])
    expect(Object.entries(there).filter(([, is]) => is).map(([name]) => name).sort()).toEqual([...said].sort())
  })

  it('keeps a resource of every type that it names, in one transaction, and gives each back byte for byte', async () => {
    const statement = (await client('/metadata')).json as unknown as Statement
    const named = EVERY_TYPE.map((text) => [/"resourceType" : "(\w+)"/.exec(text)?.[1] ?? '', text] as const)
    const made = new Set(['AuditEvent', 'Subscription'])
    expect(named.map(([type]) => type).sort()).toEqual(statement.rest[0].resource.map(({ type }) => type).filter((type) => !made.has(type)).sort())
    const entry = named.map(([type, text]) => `{"resource":${text},"request":{"method":"PUT","url":"${type}/every"}}`)
    const written = await client('', { method: 'POST', body: `{"resourceType":"Bundle","type":"transaction","entry":[${entry.join(',')}]}` })
    expect([written.status, written.json.issue]).toEqual([200, undefined])
    expect(new Set(written.json.entry.map(({ response }) => response.status))).toEqual(new Set(['201 Created']))
    for (const [type, text] of named) expect([type, (await client(`/${type}/every`, { headers: { accept: 'application/fhir+json' } })).text]).toEqual([type, text])
    const everything = await client('/Patient/every/$everything?_count=100&_summary=false')
    expect(everything.json.total).toBe(named.length)
  })

  it('names parameters, modifiers, sort orders and includes that are answered, every one of every type', async () => {
    const statement = (await client('/metadata')).json as unknown as Statement
    const examples: Readonly<Record<string, string>> = { number: 'gt1', date: 'ge2024', string: 'a', token: 'a|b', reference: 'Patient/every', quantity: 'le1||kg', uri: 'urn:a', composite: '' }
    const ofModifier: Readonly<Record<string, string>> = { 'missing': 'true', 'of-type': 'a|b|c', 'identifier': 'a|b' }
    const urls = statement.rest[0].resource.filter(({ type }) => type !== 'AuditEvent' && type !== 'Subscription').flatMap(({ type, searchParam, searchInclude = [], searchRevInclude = [] }) => {
      const modifiers = (documentation = '') => [...documentation.matchAll(/:([a-z-]+)/g)].map(([, modifier]) => modifier as string)
      const queries = [
        ...searchParam.flatMap(({ name, type: kind, documentation }) => [...(kind === 'composite' ? [] : [`${name}=${examples[kind]}`]), ...modifiers(documentation).map((modifier) => `${name}:${modifier}=${ofModifier[modifier] ?? examples[kind]}`)]),
        ...searchParam.filter(({ type: kind }) => kind !== 'composite').map(({ name }) => `_sort=-${name}`), ...searchInclude.map((include) => `_include=${include}`), ...searchRevInclude.map((include) => `_revinclude=${include}`),
      ]
      return Array.from({ length: Math.ceil(queries.length / 40) }, (_, page) => `${type}?_id=every&${queries.slice(page * 40, page * 40 + 40).join('&')}`)
    })
    for (let from = 0; from < urls.length; from += 100) {
      const some = urls.slice(from, from + 100)
      const body = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: some.map((url) => ({ request: { method: 'GET', url } })) })
      const { json } = await client('', { method: 'POST', body, headers: { prefer: 'handling=strict' } })
      expect(json.entry.flatMap(({ response, ...rest }, place) => (response.status === '200 OK' ? [] : [[some[place]?.slice(0, 60), response.status, JSON.stringify(rest).slice(0, 300)]]))).toEqual([])
    }
  })
})

async function kitClient(scope?: string): Promise<Client> {
  const { signer } = instance.keyOf('doctor-a')
  const token = await personToken(instance, signer, scope)
  return new Client({
    baseUrl: `${instance.url}/fhir/r4`,
    requestSigner: async (url, options) => {
      const headers = options.headers as Headers
      headers.set('authorization', `DPoP ${token}`)
      headers.set('dpop', await dpop(signer, options.method ?? 'GET', url, token))
    },
  })
}

it('a FHIR client of somebody else discovers what SMART asks for, and a token with scopes lets it do that much', async () => {
  const smart = (await (await fetch(`${instance.url}/fhir/r4/.well-known/smart-configuration`)).json()) as Readonly<Record<string, unknown>>
  expect(smart).toMatchObject({ token_endpoint: `${instance.url}/oauth/token`, grant_types_supported: ['client_credentials'], code_challenge_methods_supported: ['S256'], capabilities: expect.arrayContaining(['client-confidential-asymmetric', 'permission-v2', 'permission-user', 'permission-patient']) as unknown })
  // Only who signs people in by OpenID Connect has these.
  expect([smart['issuer'], smart['jwks_uri'], smart['authorization_endpoint']]).toEqual([undefined, undefined, undefined])
  const body = { resourceType: 'Observation', id: 'kit-s', status: 'final', code: { text: 'kit' }, subject: { reference: 'Patient/p' } }
  const reader = await kitClient('user/Observation.rs')
  expect(await reader.read({ resourceType: 'Observation', id: 'g-1' })).toMatchObject({ id: 'g-1' })
  await expect(reader.read({ resourceType: 'Patient', id: 'p' })).rejects.toMatchObject({ response: { status: 404 } })
  await expect(reader.create({ resourceType: 'Observation', body })).rejects.toMatchObject({ response: { status: 403 } })
  const writer = await kitClient('user/Observation.c')
  expect(await writer.create({ resourceType: 'Observation', body })).toMatchObject({ id: 'kit-s' })
  await expect(writer.read({ resourceType: 'Observation', id: 'kit-s' })).rejects.toMatchObject({ response: { status: 404 } })
})

it('a FHIR client of somebody else reads, searches, goes through pages, writes, patches and runs a transaction', async () => {
  const kit = await kitClient()
  expect(await kit.capabilityStatement()).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' })
  expect(await kit.smartAuthMetadata()).toMatchObject({ tokenUrl: new URL(`${instance.url}/oauth/token`) })
  expect(await kit.read({ resourceType: 'Patient', id: 'p' })).toMatchObject({ resourceType: 'Patient', id: 'p' })
  const first = await kit.search({ resourceType: 'Observation', searchParams: { patient: 'p', _count: 2 } })
  expect([first, await kit.nextPage({ bundle: first as never })]).toMatchObject([{ entry: [{}, {}] }, { entry: [{}, {}] }])
  expect(await kit.search({ resourceType: 'Observation', searchParams: { patient: 'p' }, options: { postSearch: true } })).toMatchObject({ type: 'searchset' })
  const body = { resourceType: 'Observation', id: 'kit-1', status: 'preliminary', code: { text: 'kit' }, subject: { reference: 'Patient/p' } }
  expect(await kit.create({ resourceType: 'Observation', body })).toMatchObject({ id: 'kit-1' })
  expect(await kit.update({ resourceType: 'Observation', id: 'kit-1', body: { ...body, status: 'final' } })).toMatchObject({ status: 'final' })
  expect(await kit.patch({ resourceType: 'Observation', id: 'kit-1', jsonPatch: [{ op: 'replace', path: '/status', value: 'amended' }] })).toMatchObject({ status: 'amended' })
  expect(await kit.history({ resourceType: 'Observation', id: 'kit-1' })).toMatchObject({ type: 'history', entry: [{}, {}, {}] })
  expect(await kit.resolve({ reference: 'Patient/p', context: body as never })).toMatchObject({ id: 'p' })
  expect(await kit.operation({ name: 'everything', resourceType: 'Patient', id: 'p', method: 'GET' })).toMatchObject({ type: 'searchset' })
  expect(await kit.transaction({ body: { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: { ...body, id: 'kit-2' }, request: { method: 'PUT', url: 'Observation/kit-2' } }] } as never })).toMatchObject({ type: 'transaction-response', entry: [{ response: { status: '201 Created' } }] })
  expect(await kit.operation({ name: 'everything', resourceType: 'Patient', id: 'p', method: 'POST', input: { resourceType: 'Parameters', parameter: [{ name: '_type', valueCode: 'Patient' }] } as never })).toMatchObject({ type: 'searchset', total: 1 })
  await expect(kit.delete({ resourceType: 'Observation', id: 'kit-1' })).rejects.toMatchObject({ response: { status: 405, data: { resourceType: 'OperationOutcome' } } })
})
