import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { utf8 } from '@careledger/proof'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadDefinitions, type Definitions } from './definitions.ts'
import { describeResource } from './describe-resource.ts'
import { BUNDLE_LIMITS, readBundle } from './read-bundle.ts'

let definitions: Definitions
beforeAll(async () => {
  definitions = await loadDefinitions()
})

const patientUrl = 'urn:uuid:11111111-1111-4111-8111-111111111111'
const observationUrl = 'urn:uuid:22222222-2222-4222-8222-222222222222'
const patient = { fullUrl: patientUrl, resource: { resourceType: 'Patient', id: 'p', name: [{ family: 'Muster' }] } }
const observation = { fullUrl: observationUrl, resource: { resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'Pulse' }, subject: { reference: patientUrl } } }
type Entry = { readonly fullUrl?: unknown; readonly resource?: object; readonly request?: object; readonly [name: string]: unknown }
const read = (entry: readonly unknown[], more: object = {}) => readBundle(definitions, utf8(JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry, ...more }, undefined, 1)))
const changed = (entry: Entry, resource: object): Entry => ({ ...entry, resource: { ...entry.resource, ...resource } })
const transaction = (entries: readonly Entry[], request: object = { method: 'POST', url: 'Observation' }) => entries.map((entry) => ({ ...entry, request }))

describe('reading a bundle', () => {
  it('gives each resource with its exact bytes', async () => {
    const text = '{"resourceType":"Bundle","type":"collection","entry":[ {"fullUrl":"urn:uuid:11111111-1111-4111-8111-111111111111","resource": { "resourceType":"Patient" , "active":true } } ]}'
    const reading = await readBundle(definitions, utf8(text))
    expect(reading).toMatchObject({ ok: true, total: 1, counts: { Patient: 1 }, problems: [], more: 0 })
    const [resource] = reading.resources
    expect(text.slice(resource?.start, resource?.end)).toBe('{ "resourceType":"Patient" , "active":true }')
  })

  it('takes collections and transactions', async () => {
    expect((await read([patient, observation])).problems).toEqual([])
    expect((await read(transaction([patient, observation]), { type: 'transaction' })).problems).toEqual([])
  })

  it.each<readonly [string, readonly unknown[], object, object]>([
    ['another resource than a Bundle', [patient], { resourceType: 'Patient' }, { path: 'Bundle.resourceType', code: 'resource-type' }],
    ['a Bundle of another type', [patient], { type: 'batch' }, { path: 'Bundle.type', code: 'bundle-type' }],
    ['a document without its Composition first', [patient], { type: 'document' }, { path: 'Bundle.entry[0]', code: 'structure' }],
    ['a member that Bundles do not have', [patient], { note: 'x' }, { path: 'Bundle', code: 'structure' }],
    ['a bundle without entries', [], {}, { path: 'Bundle.entry', code: 'structure' }],
    ['an entry without a resource', [patient, { fullUrl: observationUrl }], {}, { path: 'Bundle.entry[1]', code: 'bundle-entry' }],
    ['an entry that is no object', [patient, 7], {}, { path: 'Bundle.entry[1]', code: 'structure' }],
    ['a fullUrl that is no absolute URI', [patient, { ...observation, fullUrl: 'Observation/o' }], {}, { path: 'Bundle.entry[1].fullUrl', code: 'structure' }],
    ['a transaction entry without a request', [patient], { type: 'transaction' }, { path: 'Bundle.entry[0].request', code: 'bundle-entry' }],
    ['a deletion', transaction([patient], { method: 'DELETE', url: 'Patient/p' }), { type: 'transaction' }, { path: 'Bundle.entry[0].request.method', code: 'bundle-entry' }],
    ['two entries of one fullUrl', [patient, observation, { ...observation, resource: { ...observation.resource, id: 'o2' } }], {}, { path: 'Bundle.entry[2].resource', code: 'duplicate' }],
    ['two resources of one type and id', [patient, observation, { ...observation, fullUrl: undefined }], {}, { path: 'Bundle.entry[2].resource', code: 'duplicate' }],
    ['no Patient', [{ ...observation, resource: { ...observation.resource, subject: undefined } }], {}, { path: 'Bundle.entry', code: 'patient' }],
    ['two Patients', [patient, { resource: { resourceType: 'Patient', id: 'q' } }], {}, { path: 'Bundle.entry', code: 'patient' }],
    ['a resource type that FHIR R4 does not have', [patient, changed(observation, { resourceType: 'Dragon' })], {}, { path: 'Bundle.entry[1].resource.resourceType', code: 'resource-type' }],
    ['a bundle in the bundle', [patient, { resource: { resourceType: 'Bundle', type: 'collection' } }], {}, { path: 'Bundle.entry[1].resource.resourceType', code: 'resource-type' }],
    ['a missing member', [patient, changed(observation, { code: undefined })], {}, { path: 'Bundle.entry[1].resource.code', code: 'structure' }],
    ['an unknown member', [patient, changed(observation, { colour: 'red' })], {}, { path: 'Bundle.entry[1].resource.colour', code: 'structure' }],
    ['a wrong JSON type', [patient, changed(observation, { status: 7 })], {}, { path: 'Bundle.entry[1].resource.status', code: 'structure' }],
    ['a list where there is one value', [patient, changed(observation, { status: ['final'] })], {}, { path: 'Bundle.entry[1].resource.status', code: 'structure' }],
    ['null', [patient, changed(observation, { issued: null })], {}, { path: 'Bundle.entry[1].resource.issued', code: 'structure' }],
    ['a day that does not exist', [patient, changed(observation, { effectiveDateTime: '2021-02-29' })], {}, { path: 'Bundle.entry[1].resource.effective[x]', code: 'structure' }],
    ['a code outside a required value set', [patient, changed(observation, { status: 'finished' })], {}, { path: 'Bundle.entry[1].resource.status', code: 'code' }],
    ['a concept outside a required value set', [patient, { resource: { resourceType: 'Condition', clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'better' }] }, subject: { reference: patientUrl } } }], {}, { path: 'Bundle.entry[1].resource.clinicalStatus', code: 'code' }],
    ['an invariant that does not hold', [patient, changed(observation, { dataAbsentReason: { text: 'x' }, valueString: 'y' })], {}, { path: 'Bundle.entry[1].resource', code: 'invariant' }],
    ['a reference that leads nowhere', [patient, changed(observation, { encounter: { reference: 'urn:uuid:99999999-9999-4999-8999-999999999999' } })], {}, { path: 'Bundle.entry[1].resource.encounter.reference', code: 'reference-unresolved' }],
    ['a relative reference that leads nowhere', [patient, changed(observation, { encounter: { reference: 'Encounter/e' } })], {}, { path: 'Bundle.entry[1].resource.encounter.reference', code: 'reference-unresolved' }],
    ['a contained reference that leads nowhere', [patient, changed(observation, { encounter: { reference: '#e' } })], {}, { path: 'Bundle.entry[1].resource.encounter.reference', code: 'reference-unresolved' }],
    ['a reference to a resource of the wrong type', [patient, changed(observation, { encounter: { reference: patientUrl } })], {}, { path: 'Bundle.entry[1].resource.encounter.reference', code: 'reference-type' }],
    ['a relative reference to another patient', [patient, changed(observation, { subject: { reference: 'Patient/other' } })], {}, { path: 'Bundle.entry[1].resource.subject.reference', code: 'reference-foreign' }],
    ['an absolute reference to another patient', [patient, changed(observation, { subject: { reference: 'https://example.org/fhir/Patient/p' } })], {}, { path: 'Bundle.entry[1].resource.subject.reference', code: 'reference-foreign' }],
    ['a search for a patient', [patient, changed(observation, { subject: { reference: 'Patient?identifier=1' } })], {}, { path: 'Bundle.entry[1].resource.subject.reference', code: 'reference-foreign' }],
    ['a patient hidden in another resource', [patient, changed(observation, { contained: [{ resourceType: 'Patient', id: 'x' }], subject: { reference: '#x' } })], {}, { path: 'Bundle.entry[1].resource.contained[0]', code: 'patient' }],
  ])('refuses %s', async (_name, entry, more, problem) => {
    const reading = await read(entry, more)
    expect(reading.ok).toBe(false)
    expect(reading.problems).toContainEqual(expect.objectContaining(problem))
    expect(reading).not.toHaveProperty('patient')
  })

  it.each([
    ['to a resource by type and id', { encounter: { reference: 'Encounter/e' } }, [{ resource: { resourceType: 'Encounter', id: 'e', status: 'finished', class: { code: 'AMB' } } }]],
    ['to a version of it', { subject: { reference: 'Patient/p/_history/2' } }, []],
    ['to something contained', { contained: [{ resourceType: 'Practitioner', id: 'x' }], performer: [{ reference: '#x' }] }, []],
    ['to somewhere else on the web', { performer: [{ reference: 'https://example.org/fhir/Practitioner/7' }] }, []],
    ['to whoever a search finds', { performer: [{ reference: 'Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9' }] }, []],
    ['by words only', { performer: [{ display: 'Dr. Stark' }] }, []],
  ] as const)('takes references %s', async (_name, resource, more) => {
    expect((await read([patient, changed(observation, resource), ...more])).problems).toEqual([])
  })

  it('names the line of each problem', async () => {
    const reading = await readBundle(definitions, utf8('{\n"resourceType":"Bundle",\n"type":"collection",\n"entry":[{"resource":\n{"resourceType":"Patient",\n"gender":\n"martian"}}]}'))
    expect(reading.problems).toEqual([{ path: 'Bundle.entry[0].resource.gender', code: 'code', message: 'The code is not in the value set http://hl7.org/fhir/ValueSet/administrative-gender.', line: 7 }])
  })

  it.each([
    ['text that is no JSON', '{"resourceType":"Bundle",\n"type"\n:x}', { path: 'Bundle.type', code: 'json', line: 3 }],
    ['a member name twice', '{"resourceType":"Bundle",\n"entry":[{"a":1,\n"a":2}]}', { path: 'Bundle.entry[0].a', code: 'json', line: 3 }],
    ['nothing', '', { code: 'json', line: 1 }],
    ['nesting deeper than 64', `{"resourceType":"Bundle","entry":${'['.repeat(64)}`, { code: 'json' }],
    ['a JSON value that is no object', '[1]', { path: 'Bundle', code: 'resource-type' }],
  ])('refuses %s with its place', async (_name, text, problem) => {
    const { ok, problems } = await readBundle(definitions, utf8(text))
    expect(ok).toBe(false)
    expect(problems[0]).toMatchObject(problem)
  })

  it('refuses more bytes, resources and members than one import takes, at once', async () => {
    expect((await readBundle(definitions, new Uint8Array(BUNDLE_LIMITS.bytesMax + 1))).problems).toMatchObject([{ code: 'too-large' }])
    const many = `{"resourceType":"Bundle","type":"collection","entry":[${Array(BUNDLE_LIMITS.resourcesMax + 1).fill('{}').join()}]}`
    expect((await readBundle(definitions, utf8(many))).problems).toMatchObject([{ path: 'Bundle.entry', code: 'too-large' }])
    const members = `{"resourceType":"Bundle","entry":[${'0,'.repeat(BUNDLE_LIMITS.membersMax)}0]}`
    expect((await readBundle(definitions, utf8(members))).problems).toMatchObject([{ code: 'too-large' }])
  })

  it('lists two hundred problems and counts the rest', async () => {
    const { problems, more } = await read([patient, ...Array.from({ length: 250 }, () => ({ resource: { resourceType: 'Observation' } }))])
    expect(problems).toHaveLength(200)
    expect(more).toBe(300)
  })

  it('never repeats a value out of the bundle in a problem', async () => {
    const canary = 'Canary-Person'
    const { problems } = await read([changed(patient, { gender: canary, birthDate: canary, active: canary, name: canary }), changed(observation, { subject: { reference: `Patient/${canary}` }, status: canary })])
    expect(problems.length).toBeGreaterThan(3)
    expect(JSON.stringify(problems)).not.toContain(canary)
  })

  it('stops when the caller goes away', async () => {
    const entry = [patient, ...Array.from({ length: 100 }, () => ({ resource: { ...observation.resource, id: undefined } }))]
    const bytes = utf8(JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }))
    await expect(readBundle(definitions, bytes, { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone')
  })
})

const cases = process.env['CARELEDGER_CASES'] ?? fileURLToPath(new URL('../../../../../shared/cases', import.meta.url))
const synthea = `${cases}/synthea`
const files = existsSync(synthea) ? readdirSync(synthea).filter((name) => name.endsWith('.json')) : []

describe('Synthea bundles', () => {
  it.skipIf(files.length === 0)('are found (skipped where the cases folder is missing)', () => expect(files).toHaveLength(4))
  it.each(files)('%s is valid whole, and every resource has a title', async (name) => {
    const bytes = readFileSync(`${synthea}/${name}`)
    const reading = await readBundle(definitions, bytes)
    expect(reading.problems).toEqual([])
    expect(reading.ok).toBe(true)
    expect(reading.patient?.name).toBe(name.replace('.json', '').replace('_', ' '))
    for (const { value, type } of reading.resources) {
      const { title, date } = describeResource(value)
      expect(title).not.toBe(type)
      if (!['Patient', 'Practitioner', 'Organization', 'Goal'].includes(type)) expect(date).toMatch(/^\d{4}-\d{2}-\d{2}T/)
    }
  })
})
