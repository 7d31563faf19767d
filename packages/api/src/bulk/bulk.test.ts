import { giveConsent, importBundle, runImportJob, uploadAttachment, withdrawConsent } from '@careledger/client'
import { startExportWorker, sweepExports } from '@careledger/logic'
import type { ExportWorker } from '@careledger/logic'
import { oneLine } from '@careledger/logic'
import { utf8 } from '@careledger/proof'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from '../__fixtures__/bundle.ts'
import { fetchAs } from '../__fixtures__/fetch-as.ts'
import { startInstance } from '../__fixtures__/instance.ts'
import type { PersonName, TestInstance } from '../__fixtures__/instance.ts'

let instance: TestInstance
let worker: ExportWorker
const patients: string[] = []
beforeAll(async () => {
  instance = await startInstance()
  const clerk = await instance.as('clerk-a')
  for (const identifier of ['B-1', 'B-2']) patients.push((await importBundle(clerk, smallBundle({ identifier }), identifier === 'B-1' ? { linkTo: 'patient-a' } : {})).patient)
  worker = startExportWorker(instance.parts, { onProblem: (error) => { throw error } })
})
afterAll(async () => {
  await worker.stop()
  await instance.stop()
})

async function kickOff(name: PersonName, path: string) {
  const get = await fetchAs(instance, name)
  const begun = await get(path, { headers: { prefer: 'respond-async' } })
  const location = begun.headers.get('content-location') ?? ''
  const status = async () => get(location.slice(instance.url.length))
  const done = async () => {
    await expect.poll(async () => (await status()).status, { timeout: 20_000, interval: 20 }).toBe(200)
    const manifest = (await (await status()).json()) as { readonly output: readonly { readonly type: string; readonly url: string; readonly count: number }[]; readonly requiresAccessToken: boolean; readonly request: string }
    const files = new Map<string, string>()
    for (const { type, url } of manifest.output) files.set(type, await (await get(url.slice(instance.url.length))).text())
    return { manifest, files }
  }
  return { begun, status, done, get, location }
}

const lines = (text: string | undefined) => (text ?? '').split('\n').filter((line) => line !== '')

describe('a bulk export', () => {
  it('gives each resource on one line with its numbers as they were written, and says so in a manifest', async () => {
    const run = await kickOff('clerk-a', '/fhir/r4/$export')
    expect([run.begun.status, run.location]).toEqual([202, expect.stringContaining(`${instance.url}/fhir/r4/$export-status/`) as string])
    const { manifest, files } = await run.done()
    expect(manifest.output.map(({ type, count }) => [type, count])).toEqual([['Observation', 6], ['Patient', 2]])
    expect([manifest.requiresAccessToken, manifest.request]).toEqual([true, `${instance.url}/fhir/r4/$export`])
    const observations = lines(files.get('Observation'))
    expect(observations).toHaveLength(6)
    expect(observations.filter((line) => line.includes('"value":80.10,'))).toHaveLength(2)
    expect(observations.every((line) => (JSON.parse(line) as { readonly resourceType: string }).resourceType === 'Observation')).toBe(true)
    const seen = await (await instance.as('patient-a')).hospital.access.list.query({ limit: 5 })
    expect(seen.items[0]).toMatchObject({ operation: 'hospital.exports.run', party: 'clerk-a', types: { Observation: 3, Patient: 1 } })
  })

  it('is narrowed by type and time, and refuses what it does not know', async () => {
    const { files } = await (await kickOff('doctor-a', '/fhir/r4/Patient/$export?_type=Patient')).done()
    expect([...files.keys()]).toEqual(['Patient'])
    const later = await (await kickOff('doctor-a', `/fhir/r4/Patient/$export?_since=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`)).done()
    expect(later.manifest.output).toEqual([])
    const get = await fetchAs(instance, 'doctor-a')
    const answers = [await get('/fhir/r4/$export'), await get('/fhir/r4/$export?_until=2024', { headers: { prefer: 'respond-async' } }), await get('/fhir/r4/Group/everybody/$export', { headers: { prefer: 'respond-async' } })]
    expect(await Promise.all(answers.map(async (answer) => [answer.status, ((await answer.json()) as { readonly resourceType: string }).resourceType]))).toEqual([[400, 'OperationOutcome'], [400, 'OperationOutcome'], [404, 'OperationOutcome']])
    expect((await fetch(`${instance.url}/fhir/r4/$export`)).status).toBe(401)
  })

  it('holds what consents reach, and no longer gives out what was withdrawn before it was fetched', async () => {
    const patient = await instance.as('patient-a')
    const [at] = (await patient.hospital.consents.subjects.query({})).items
    const consent = await giveConsent(patient, at!, { grantee: 'hospital-b', purpose: 'treatment', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false, types: ['Observation'] })
    const run = await kickOff('doctor-b', '/fhir/r4/Group/shared/$export')
    const { manifest, files } = await run.done()
    expect([manifest.output.map(({ type }) => type), lines(files.get('Observation')).length]).toEqual([['Observation'], 3])
    await withdrawConsent(patient, at!, consent.id)
    const [file] = manifest.output
    expect(await (await run.get(file!.url.slice(instance.url.length))).text()).toBe('')
    // Nobody else's export can be seen, by whatever name.
    const other = await fetchAs(instance, 'doctor-a')
    expect([(await other(run.location.slice(instance.url.length))).status, (await other(file!.url.slice(instance.url.length))).status]).toEqual([404, 404])
  })

  it('is gone with its files when it is cancelled and when its time is over', async () => {
    const documents = async () => (await instance.parts.documents.list({ limit: 1000 })).filter((id) => id.startsWith('export-')).length
    const run = await kickOff('clerk-a', '/fhir/r4/$export')
    await run.done()
    expect((await run.get(run.location.slice(instance.url.length), { method: 'DELETE' })).status).toBe(202)
    expect((await run.status()).status).toBe(404)
    expect(await documents()).toBeGreaterThan(0)
    instance.clock.offsetMs = 25 * 3_600_000
    await sweepExports(instance.parts)
    instance.clock.offsetMs = 0
    expect(await documents()).toBe(0)
  })

  it('takes of a type what one of its filters finds, and refuses a filter that is no search', async () => {
    const filter = (text: string) => `_typeFilter=${encodeURIComponent(text)}`
    const { files } = await (await kickOff('clerk-a', `/fhir/r4/$export?_type=Patient,Observation&${filter('Observation?date=2024-01,Observation?date=2024-02')}`)).done()
    expect([lines(files.get('Patient')).length, lines(files.get('Observation')).map((line) => /"effectiveDateTime":"(.{7})/.exec(line)?.[1]).sort()]).toEqual([2, ['2024-01', '2024-01', '2024-02', '2024-02']])
    const get = await fetchAs(instance, 'clerk-a')
    const parameter = [{ name: '_type', valueString: 'Observation' }, { name: '_typeFilter', valueString: 'Observation?date=2024-03' }]
    const posted = await get('/fhir/r4/$export', { method: 'POST', body: JSON.stringify({ resourceType: 'Parameters', parameter }), headers: { 'prefer': 'respond-async', 'content-type': 'application/fhir+json' } })
    const status = (posted.headers.get('content-location') ?? '').slice(instance.url.length)
    await expect.poll(async () => (await get(status)).status, { timeout: 20_000, interval: 20 }).toBe(200)
    expect((await (await get(status)).json())).toMatchObject({ output: [{ type: 'Observation', count: 2 }] })
    for (const wrong of ['Observation', 'Observation?colour=red', 'Nothing?x=1']) expect((await get(`/fhir/r4/$export?${filter(wrong)}`, { headers: { prefer: 'respond-async' } })).status).toBe(400)
  })

  it('brings attachments as Binaries, and all of it comes back at another instance byte for byte', async () => {
    const clerk = await instance.as('clerk-a')
    const bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ resource: { resourceType: 'Patient', id: 'x-p', identifier: [{ system: 'urn:example:mrn', value: 'X-1' }], name: [{ family: 'Export' }] } }, { resource: { resourceType: 'Observation', id: 'x-o', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/x-p' }, valueQuantity: { value: 'NUMBER' } } }] }
    const { patient } = await importBundle(clerk, utf8(JSON.stringify(bundle).replace('"NUMBER"', '1.10')))
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 251)
    const { id } = await uploadAttachment(clerk, new Blob([bytes], { type: 'image/png' }), { patient, title: 'A scan' })
    const { manifest, files } = await (await kickOff('clerk-a', '/fhir/r4/$export')).done()
    expect([manifest.output.map(({ type }) => type), lines(files.get('Binary')).length]).toEqual([['Binary', 'DocumentReference', 'Observation', 'Patient'], 1])
    expect(JSON.parse(lines(files.get('Binary'))[0] ?? '')).toMatchObject({ id, contentType: 'image/png', securityContext: { reference: 'Patient/x-p' } })
    await using other = await startInstance()
    const { items } = await runImportJob(await other.as('clerk-a'), [...files].map(([type, text]) => ({ name: `${type}.ndjson`, open: async () => utf8(text) })))
    expect(items.find(({ name }) => name.includes('x-p'))).toMatchObject({ state: 'done', records: 3 })
    const get = await fetchAs(other, 'clerk-a')
    for (const line of ['Observation', 'Patient', 'DocumentReference'].flatMap((type) => lines(files.get(type)).filter((each) => each.includes('x-p')))) {
      const { resourceType, id: own } = JSON.parse(line) as { readonly resourceType: string; readonly id?: string }
      const found = own === undefined ? JSON.stringify(((await (await get(`/fhir/r4/${resourceType}?patient=x-p`)).json()) as { readonly entry: readonly { readonly resource: object }[] }).entry[0]?.resource) : await (await get(`/fhir/r4/${resourceType}/${own}`)).text()
      expect(found).toBe(line)
    }
    expect(Buffer.compare(Buffer.from(await (await get(`/fhir/r4/Binary/${id}`)).arrayBuffer()), bytes)).toBe(0)
    // Only what is asked for: no attachments beside one type.
    expect((await (await kickOff('clerk-a', '/fhir/r4/$export?_type=DocumentReference')).done()).manifest.output.map(({ type }) => type)).toEqual(['DocumentReference'])
  })

  it('writes any JSON on one line without changing a token of it', () => {
    fc.assert(fc.property(fc.json(), fc.nat(4), (json, space) => {
      const spaced = JSON.stringify(JSON.parse(json) as unknown, null, space)
      const line = new TextDecoder().decode(oneLine(new TextEncoder().encode(spaced)))
      expect(line).toBe(JSON.stringify(JSON.parse(json) as unknown))
    }))
    const text = '{ "a" : 1.10 , "b\\"\\\\" : [ 1e+05 , "x \\n y" ] }\n'
    expect(new TextDecoder().decode(oneLine(new TextEncoder().encode(text)))).toBe('{"a":1.10,"b\\"\\\\":[1e+05,"x \\n y"]}')
  })
})
