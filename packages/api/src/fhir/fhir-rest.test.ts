import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importBundle } from '@careledger/client'
import { loadDefinitions, validateResource } from '@careledger/logic'
import { readJson, utf8 } from '@careledger/proof'
import type { JsonArrayNode, JsonObjectNode } from '@careledger/proof'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from '../__fixtures__/bundle.ts'
import { fhirClient } from '../__fixtures__/fhir-client.ts'
import type { FhirClient, FhirEntry, FhirJson } from '../__fixtures__/fhir-client.ts'
import { enrolGateway } from '../__fixtures__/gateway.ts'
import { startInstance } from '../__fixtures__/instance.ts'
import type { TestInstance } from '../__fixtures__/instance.ts'

const cases = `${process.env['CARELEDGER_CASES'] ?? fileURLToPath(new URL('../../../../../shared/cases', import.meta.url))}/synthea`
/** The smallest first; none where the folder is missing. */
const synthea = existsSync(cases) ? readdirSync(cases).filter((name) => name.endsWith('.json')).sort((a, b) => statSync(join(cases, a)).size - statSync(join(cases, b)).size) : []

let instance: TestInstance
let doctor: FhirClient
let outsider: FhirClient
beforeAll(async () => {
  instance = await startInstance()
  await importBundle(await instance.as('clerk-a'), smallBundle(), { linkTo: 'patient-a' })
  const hospital = await instance.as('hospital-a')
  expect((await hospital.hospital.fhir.gateway.query({})).party).toBeUndefined()
  await enrolGateway(instance)
  expect((await hospital.hospital.fhir.gateway.query({})).party).toBe('gateway-a')
  doctor = await fhirClient(instance, 'doctor-a')
  outsider = await fhirClient(instance, 'doctor-b')
})
afterAll(() => instance.stop())

const idsOf = (bundle: FhirJson): readonly string[] => ((bundle.entry as readonly FhirEntry[] | undefined) ?? []).map((entry) => String(entry.fullUrl).split('/').slice(-2).join('/'))
const weight = (id: string, value = '70.10') => `{"resourceType":"Observation", "id":"${id}","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},\n "subject":{"reference":"Patient/p"},"effectiveDateTime":"2025-03-04","valueQuantity":{"value":${value},"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}`

describe('FHIR R4 over HTTP', () => {
  it('keeps what is created byte for byte, with version and time in headers', async () => {
    const body = weight('w-1')
    const created = await doctor('/Observation', { method: 'POST', body })
    expect([created.status, created.text]).toEqual([201, body])
    const version = /^W\/"(.+)"$/.exec(created.headers.get('etag') ?? '')?.[1]
    expect(created.headers.get('location')).toBe(`${instance.url}/fhir/r4/Observation/w-1/_history/${version}`)
    const read = await doctor('/Observation/w-1')
    expect([read.status, read.text, read.headers.get('etag')]).toEqual([200, body, `W/"${version}"`])
    expect(read.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8; fhirVersion=4.0')
    expect(Date.parse(read.headers.get('last-modified') ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect((await doctor(`/Observation/${version}`)).text).toBe(body)
    expect((await doctor('/Observation/w-1', { headers: { 'if-none-match': `W/"${version}"` } })).status).toBe(304)
    const entry = await (await instance.as('doctor-a')).hospital.records.read.query({ id: version as string })
    expect(JSON.parse(entry.entry)).toMatchObject({ author: { party: 'gateway-a' }, type: 'record-created' })
    const seen = await (await instance.as('patient-a')).hospital.access.list.query({})
    expect(seen.items.find((item) => item.operation === 'hospital.fhir.create' && item.party === 'doctor-a')).toMatchObject({ types: { Observation: 1 } })
  })

  it('updates by amending: the former version stays, and a stale one is told', async () => {
    const first = await doctor('/Observation', { method: 'POST', body: weight('w-2', '1.10') })
    const [v1] = /[\w-]{36}/.exec(first.headers.get('etag') ?? '') ?? []
    const second = await doctor('/Observation/w-2', { method: 'PUT', body: weight('w-2', '1.20'), headers: { 'if-match': `W/"${v1}"` } })
    expect(second.status).toBe(200)
    const late = await doctor('/Observation/w-2', { method: 'PUT', body: weight('w-2', '1.30'), headers: { 'if-match': `W/"${v1}"` } })
    expect([late.status, late.json.issue[0]?.code]).toEqual([412, 'conflict'])
    expect((await doctor('/Observation/w-2')).text).toBe(weight('w-2', '1.20'))
    expect((await doctor(`/Observation/w-2/_history/${v1}`)).text).toBe(weight('w-2', '1.10'))
    const history = await doctor('/Observation/w-2/_history')
    expect(history.json.entry.map((entry) => [entry.request.method, entry.resource.valueQuantity.value])).toEqual([['PUT', 1.2], ['POST', 1.1]])
    expect(history.text).toContain('"value":1.20')
    const page = await doctor('/Observation/w-2/_history?_count=1')
    const next = page.json.link.find((link) => link.relation === 'next')
    expect((await doctor(String(next?.url))).json.entry.map((entry) => entry.resource.valueQuantity.value)).toEqual([1.1])
    expect((await doctor('/Observation?_id=w-2')).json.entry).toHaveLength(1)
    const same = await doctor('/Observation/w-2', { method: 'PUT', body: weight('w-2', '1.20') })
    expect([same.status, same.headers.get('etag')]).toEqual([200, second.headers.get('etag')])
    const back = await doctor('/Observation/w-2', { method: 'PUT', body: weight('w-2', '1.10') })
    expect([back.status, back.headers.get('etag') === first.headers.get('etag')]).toEqual([200, false])
    expect((await doctor('/Observation/w-2/_history')).json.entry).toHaveLength(3)
    expect((await doctor('/Observation/_history?_count=100')).json.entry.length).toBeGreaterThanOrEqual(5)
  })

  it('gives back any text that is valid, alone and in a Bundle, whatever its spaces, numbers and letters', async () => {
    const space = fc.constantFrom('', ' ', '\n', '\t ', '\r\n  ')
    const number = fc.tuple(fc.integer({ min: -999, max: 999 }), fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 12 })).map(([whole, decimals]) => `${whole}.${decimals}`)
    const note = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((text) => /\S/.test(text) && !/[\p{C}]/u.test(text))
    let at = 0
    await fc.assert(fc.asyncProperty(space, number, note, async (gap, value, text) => {
      const id = `any-${at++}`
      const body = `{${gap}"resourceType" :${gap}"Observation","note":[${gap}{"text":${JSON.stringify(text)}}],"id":"${id}","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"}${gap},"valueQuantity":{"value":${value}${gap}}}`
      expect((await doctor('/Observation', { method: 'POST', body })).status).toBe(201)
      expect((await doctor(`/Observation/${id}`)).text).toBe(body)
      expect((await doctor(`/Observation?_id=${id}`)).text).toContain(`"resource":${body},"search"`)
    }), { numRuns: 25 })
  })

  it('lets one of two amendments of one version win, and tells the other', async () => {
    const first = await doctor('/Observation', { method: 'POST', body: weight('w-5', '1') })
    const both = await Promise.all(['2', '3'].map((value) => doctor('/Observation/w-5', { method: 'PUT', body: weight('w-5', value), headers: { 'if-match': first.headers.get('etag') ?? '' } })))
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412])
    expect((await doctor('/Observation/w-5/_history')).json.entry).toHaveLength(2)
  })

  it('creates under a condition once, and refuses an id that is taken', async () => {
    const body = (value: string) => weight('w-3', value).replace('"status"', '"identifier":[{"system":"urn:x","value":"c-1"}],"status"')
    const first = await doctor('/Observation', { method: 'POST', body: body('5'), headers: { 'if-none-exist': 'identifier=urn:x|c-1' } })
    const again = await doctor('/Observation', { method: 'POST', body: body('6'), headers: { 'if-none-exist': 'identifier=urn:x|c-1' } })
    expect([first.status, again.status, again.headers.get('etag'), again.text]).toEqual([201, 200, first.headers.get('etag'), body('5')])
    expect((await doctor('/Observation', { method: 'POST', body: weight('w-3') })).status).toBe(409)
    expect((await doctor('/Observation/w-3', { method: 'PUT', body: weight('w-4') })).status).toBe(400)
  })

  it('answers what is refused and what does not exist with the same bytes', async () => {
    for (const path of ['/Observation/$', '/Observation/$/_history', '/Observation/$/_history/01890a5d-ac96-774b-bcce-b302099a8057', '/Observation?_id=$', '/Observation?patient=$', '/Patient?identifier=urn:example:mrn|$', '/Patient?_has:Observation:subject:_id=$']) {
      const [refused, absent] = await Promise.all([path.includes('patient') ? 'p' : path.includes('mrn') ? 'A-1' : 'w-1', 'n-1'].map(async (id) => {
        const { status, text } = await outsider(path.replace('$', id))
        return [status, text.replace(`${encodeURIComponent(id)}"`, '$"')]
      }))
      expect([path, refused]).toEqual([path, absent])
    }
    const [refused, absent] = await Promise.all([outsider('/Observation/w-1'), outsider('/Observation/none')])
    expect([refused.status, refused.text]).toEqual([404, absent.text])
    const [one, none] = await Promise.all([outsider('/Patient/p/$everything'), outsider('/Patient/none/$everything')])
    expect([one.status, one.text]).toEqual([404, none.text])
    const [found, nothing] = await Promise.all([outsider('/Observation?patient=p'), outsider('/Observation?patient=q')])
    expect(found.text.replace('patient=p', 'patient=q')).toBe(nothing.text)
  })

  it('searches with modifiers, prefixes, chains, includes, order and pages', async () => {
    const search = async (query: string) => idsOf((await doctor(`/Observation?${query}`)).json)
    expect((await doctor('/Patient?identifier=urn:example:mrn|A-1')).json.total).toBe(1)
    expect((await doctor('/Patient?name=cANaRY&birthdate=ge1970-01-01&gender=female')).json.total).toBe(1)
    expect((await doctor('/Patient?name:exact=canary')).json.total).toBe(0)
    expect((await doctor('/Patient?family:exact=Canary&birthdate=1970-01-02')).json.total).toBe(1)
    expect((await doctor('/Patient?family:exact=canary&birthdate=1970-01-02')).json.total).toBe(0)
    expect(await search('patient=p&code=http://loinc.org|29463-7&value-quantity=gt81||kg')).toHaveLength(1)
    expect(await search('subject=Patient/p&date=2024-01')).toHaveLength(1)
    expect(await search('patient.identifier=urn:example:mrn|A-1&date=lt2024-03-01')).toHaveLength(2)
    expect(await search('subject:Patient.name=canary&code-value-quantity=29463-7$lt70')).not.toHaveLength(0)
    expect(idsOf((await doctor('/Patient?_has:Observation:subject:code=29463-7')).json)).toEqual(['Patient/p'])
    expect(idsOf((await doctor('/Patient?_has:Observation:subject:code=nothing')).json)).toEqual([])
    expect(await search('patient=p&code=http://loinc.org|&code:not=29463-7')).toEqual([])
    expect(await search('patient=p&component-code:missing=false')).toEqual([])
    const included = (await doctor('/Observation?_id=w-1&_include=Observation:subject')).json
    expect(included.entry.map((entry) => entry.search.mode)).toEqual(['match', 'include'])
    const reverse = (await doctor('/Patient?_id=p&_revinclude=Observation:subject')).json
    expect(reverse.entry.length).toBeGreaterThan(4)
    const sorted = (await doctor('/Observation?patient=p&_sort=-date&_count=2')).json
    const dates = sorted.entry.map((entry) => entry.resource.effectiveDateTime)
    expect(dates).toEqual([...dates].sort().reverse())
    const all: string[] = []
    for (let next: string | undefined = '/Observation?patient=p&_sort=date&_count=2&_total=accurate'; next !== undefined;) {
      const page: FhirJson = (await doctor(next)).json
      all.push(...idsOf(page))
      next = page.link.find((link) => link.relation === 'next')?.url
    }
    const whole = (await doctor('/Observation?patient=p&_summary=count')).json
    expect([all.length, new Set(all).size, whole.entry]).toEqual([whole.total, whole.total, undefined])
    const posted = await doctor('/Observation/_search', { method: 'POST', body: 'patient=p&_count=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    expect([posted.status, posted.json.entry.length, posted.json.link.length]).toEqual([200, 1, 2])
    expect(posted.json.link[1]?.url).not.toContain('patient')
    expect((await outsider(String(posted.json.link[1]?.url))).status).toBe(400)
  })

  it('records a refusal for whom was named, and none for those who were only looked through', async () => {
    const seen = async () => (await (await instance.as('patient-a')).hospital.access.list.query({ limit: 100 })).items.filter(({ operation, party }) => operation === 'hospital.fhir.search' && party.startsWith('doctor-')).map(({ party, decision }) => `${party} ${decision.outcome}`)
    const before = (await seen()).length
    await doctor('/Observation?encounter=Encounter/none')
    await outsider('/Observation?encounter=Encounter/none')
    expect((await seen()).length).toBe(before)
    await outsider('/Observation?patient=p&code=nothing')
    await doctor('/Observation?patient=p&code=nothing')
    expect((await seen()).slice(0, 2)).toEqual(['doctor-a permitted', 'doctor-b refused'])
  })

  it('shows summaries and elements without touching what it shows', async () => {
    const text = (await doctor('/Observation?_id=w-1&_elements=valueQuantity')).text
    expect(text).toContain('"valueQuantity":{"value":70.10,')
    expect(text).toContain('"code":"SUBSETTED"')
    expect(text).not.toContain('effectiveDateTime')
    expect((await doctor('/Observation?_id=w-1&_summary=data')).text).toContain('effectiveDateTime')
  })

  it('names what it does not know: left aside or refused, as the caller prefers', async () => {
    const lenient = await doctor('/Observation?patient=p&colour=red')
    expect([lenient.status, lenient.json.entry.at(-1)?.search.mode]).toEqual([200, 'outcome'])
    const strict = await doctor('/Observation?patient=p&colour=red', { headers: { prefer: 'handling=strict' } })
    expect([strict.status, strict.json.issue[0]?.expression]).toEqual([400, ['colour']])
    expect((await doctor('/Observation?date=yesterday')).status).toBe(400)
    expect((await doctor('/Observatory')).status).toBe(400)
    expect((await doctor('/Observation?code:above=1')).status).toBe(400)
    expect((await doctor('/Observation', { headers: { accept: 'application/fhir+xml' } })).status).toBe(406)
    expect((await doctor('/Observation?_format=xml')).status).toBe(406)
    expect((await doctor('/Observation/w-1', { method: 'DELETE' })).status).toBe(405)
    expect((await doctor('/Observation', { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } })).status).toBe(415)
    const invalid = await doctor('/Observation', { method: 'POST', body: weight('w-9').replace('"final"', '"finished"') })
    expect([invalid.status, invalid.json.issue[0]?.expression]).toEqual([422, ['Observation.status']])
  })

  it('gives everything of a patient, in pages and by type', async () => {
    const whole = (await doctor('/Patient/p/$everything?_count=100')).json
    expect(new Set(idsOf(whole).map((id) => id.split('/')[0]))).toEqual(new Set(['Observation', 'Patient']))
    const page = (await doctor('/Patient/p/$everything?_count=2&_type=Observation')).json
    expect([page.entry.length, page.total]).toEqual([2, whole.total - 1])
    const next = (await doctor(String(page.link[1]?.url))).json
    expect(idsOf(next).some((id) => idsOf(page).includes(id))).toBe(false)
    expect((await doctor('/Patient/p/$everything?start=2025-01-01&_type=Observation')).json.total).toBeLessThan(page.total)
  })

  it('runs a transaction whole or not at all, and a batch entry by entry', async () => {
    const entry = (id: string, more = '') => ({ fullUrl: `urn:uuid:00000000-0000-4000-8000-0000000000${id}`, resource: JSON.parse(weight(`t-${id}`, '3')) as object, request: { method: 'PUT', url: `Observation/t-${id}${more}` } })
    const send = (type: string, entries: readonly object[]) => doctor('', { method: 'POST', body: JSON.stringify({ resourceType: 'Bundle', type, entry: entries }) })
    const bad = await send('transaction', [entry('01'), { ...entry('02'), resource: { ...entry('02').resource, status: 'finished' } }])
    expect([bad.status, bad.json.issue[0]?.expression]).toEqual([422, ['Bundle.entry[1].resource.status']])
    expect((await doctor('/Observation/t-01')).status).toBe(404)
    const good = await send('transaction', [entry('01'), entry('02')])
    expect([good.status, good.json.type, good.json.entry.map((each) => each.response.status)]).toEqual([200, 'transaction-response', ['201 Created', '201 Created']])
    const again = await send('transaction', [entry('01')])
    expect(again.json.entry[0]?.response.status).toBe('200 OK')
    const batch = await send('batch', [{ request: { method: 'GET', url: 'Observation/t-01' } }, { request: { method: 'GET', url: 'Observation/none' } }, { request: { method: 'GET', url: 'Observation?patient=p&_count=1' } }, { ...entry('03'), request: { method: 'POST', url: 'Observation' } }])
    expect(batch.json.entry.map((each) => String(each.response.status).slice(0, 3))).toEqual(['200', '404', '200', '201'])
  })

  it.skipIf(synthea.length === 0)('takes a Synthea bundle as a transaction and gives each resource back byte for byte', async () => {
    const text = readFileSync(join(cases, synthea[0] as string), 'utf8')
    const bundle = readJson(utf8(text)) as JsonObjectNode
    const items = (bundle.members.get('entry') as JsonArrayNode).items as readonly JsonObjectNode[]
    const texts = items.map((item) => item.members.get('resource') as JsonObjectNode).map(({ start, end }) => Buffer.from(text).subarray(start, end).toString())
    const sent = await doctor('', { method: 'POST', body: text })
    expect([sent.status, new Set(sent.json.entry.map(({ response }) => response.status))]).toEqual([200, new Set(['201 Created'])])
    const locations = sent.json.entry.map(({ response }) => (response as unknown as { readonly location: string }).location)
    for (const [place, location] of locations.entries()) expect((await doctor(location)).text === texts[place]).toBe(true)
    const again = await doctor('', { method: 'POST', body: text })
    expect(new Set(again.json.entry.map(({ response }) => response.status))).toEqual(new Set(['200 OK']))
    const patient = locations.find((location) => location.includes('/Patient/'))?.split('/_history')[0] ?? ''
    expect((await doctor(`${patient}/$everything?_count=100`)).json.total).toBe(texts.length)
    expect((await doctor(`${patient}/Observation?_summary=count`)).json.total).toBe(texts.filter((each) => each.includes('"resourceType": "Observation"')).length)
  })

  it('states what it can do in a CapabilityStatement that is valid FHIR', async () => {
    const answer = await fetch(`${instance.url}/fhir/r4/metadata`)
    const text = await answer.text()
    expect(validateResource(await loadDefinitions(), JSON.parse(text)).problems).toEqual([])
    const smart = (await (await fetch(`${instance.url}/fhir/r4/.well-known/smart-configuration`)).json()) as { token_endpoint: string }
    expect(smart.token_endpoint).toBe(`${instance.url}/oauth/token`)
  })

  it('asks for a token in FHIR\'s words', async () => {
    const answer = await fetch(`${instance.url}/fhir/r4/Patient`)
    expect([answer.status, ((await answer.json()) as FhirJson).issue[0]?.code]).toEqual([401, 'login'])
    expect(answer.headers.get('www-authenticate')).toContain('DPoP')
  })
})
