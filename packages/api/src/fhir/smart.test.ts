import { authorOf, buildEntry, giveConsent, importBundle, revocationDraft, signAs, signBuiltEntry } from '@careledger/client'
import { startExportWorker } from '@careledger/logic'
import { toBase64url, utf8 } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from '../__fixtures__/bundle.ts'
import { clientWith, fhirClient, systemToken } from '../__fixtures__/fhir-client.ts'
import { enrolGateway } from '../__fixtures__/gateway.ts'
import { startInstance } from '../__fixtures__/instance.ts'
import type { TestInstance } from '../__fixtures__/instance.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await startInstance()
  await importBundle(await instance.as('clerk-a'), smallBundle(), { linkTo: 'patient-a' })
  const patient = await instance.as('patient-a')
  const [at] = (await patient.hospital.consents.subjects.query({})).items
  if (at === undefined) throw new Error('The patient has no record.')
  await giveConsent(patient, at, { grantee: 'system-a', purpose: 'treatment', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false })
})
afterAll(() => instance.stop())

const observation = (value: string, id = 'o-1') => `{"resourceType":"Observation","id":"${id}","status":"final","code":{"text":"Weight"},"subject":{"reference":"Patient/p"},"valueQuantity":{"value":${value},"unit":"kg"}}`

describe('scopes narrow what a token may do', () => {
  it('for a patient: types and actions that were not granted look as if nothing were there', async () => {
    const whole = await fhirClient(instance, 'patient-a')
    const narrow = await fhirClient(instance, 'patient-a', 'patient/Observation.s')
    const of = async (client: typeof whole, path: string) => {
      const { status, json } = await client(path)
      return [status, (json.entry as readonly unknown[] | undefined)?.length ?? 0]
    }
    expect(await of(whole, '/Observation?patient=p')).toEqual([200, 3])
    expect(await of(narrow, '/Observation?patient=p')).toEqual([200, 3])
    expect(await of(narrow, '/Patient?_id=p')).toEqual([200, 0])
    expect(await of(narrow, '/Observation?patient=p&_include=Observation:subject')).toEqual([200, 3])
    expect(await of(narrow, '/Patient/p/$everything')).toEqual([200, 3])
    const first = (await whole('/Observation?patient=p')).json.entry[0]?.fullUrl ?? ''
    expect([(await whole(first)).status, (await narrow(first)).status]).toEqual([200, 404])
    expect((await narrow(first)).text).toBe((await narrow('/Observation/none')).text)
  })

  it('close every operation that does not hold each resource against them', async () => {
    const narrow = await fhirClient(instance, 'doctor-a', 'user/*.cruds')
    for (const name of ['hospital.records.list', 'hospital.patients.list', 'hospital.grants.list', 'identity.directory']) {
      const answer = await narrow(`${instance.url}/trpc/${name}`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
      expect([name, answer.status]).toEqual([name, 403])
    }
    expect((await narrow(`${instance.url}/trpc/session.me`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status).toBe(200)
  })

  it('hold for a bulk export as well, and for each of its files', async () => {
    const { signer } = instance.keyOf('system-a')
    const client = async (scope: string) => clientWith(instance, signer, (await systemToken(instance, signer, 'system-a', scope)).body.access_token)
    const worker = startExportWorker(instance.parts, { onProblem: (error) => { throw error } })
    try {
      const whole = await client('system/*.rs')
      const begun = await whole('/Group/shared/$export', { headers: { prefer: 'respond-async' } })
      const location = begun.headers.get('content-location') ?? ''
      await expect.poll(async () => (await whole(location)).status, { timeout: 20_000, interval: 20 }).toBe(200)
      const files = new Map((JSON.parse((await whole(location)).text) as { readonly output: readonly { readonly type: string; readonly url: string }[] }).output.map(({ type, url }) => [type, url]))
      expect([...files.keys()]).toEqual(['Observation', 'Patient'])
      const narrow = await client('system/Patient.rs')
      const lines = async (type: string) => (await narrow(files.get(type) ?? '', { parse: false })).text.split('\n').filter((line) => line !== '').length
      expect([await lines('Patient'), await lines('Observation')]).toEqual([1, 0])
    } finally {
      await worker.stop()
    }
  })

  it('of systems come by Backend Services: granted, told, and held to', async () => {
    const { signer } = instance.keyOf('system-a')
    const granted = await systemToken(instance, signer, 'system-a', 'system/Observation.rs')
    expect([granted.status, granted.body.scope]).toEqual([200, 'system/Observation.rs'])
    const system = clientWith(instance, signer, granted.body.access_token)
    expect((await system('/Observation?patient=p')).json.entry).toHaveLength(3)
    expect((await system('/Patient?_id=p')).json.total).toBe(0)
    expect((await system('/Observation/o-1', { method: 'PUT', body: observation('1.0') })).status).toBe(403)
    for (const scope of ['user/Observation.rs', 'system/Observation.rs?code=1', 'everything', '']) expect([scope, (await systemToken(instance, signer, 'system-a', scope)).body.error]).toEqual([scope, 'invalid_scope'])
  })
})

describe('who signs what comes by REST', () => {
  it('the author where an entry comes along, and it is refused when it does not fit the body', async () => {
    const clerk = await fhirClient(instance, 'clerk-a')
    expect((await clerk('/Observation', { method: 'POST', body: observation('1.10') })).status).toBe(403)
    const client = await instance.as('clerk-a')
    const { subject, custodian, patient } = await client.hospital.imports.prepare.mutate({ identifiers: [{ system: 'urn:example:mrn', value: 'A-1' }] })
    const signed = async (body: string, replaces?: string) => {
      const built = buildEntry({ network: 'hospital', type: 'record-created', custodian, subject, payload: { mediaType: 'application/fhir+json', bytes: utf8(body) }, replaces }, authorOf(client.actor as NonNullable<typeof client.actor>), new Date())
      const { entry, signature, opening } = await signBuiltEntry(built, client.signer as NonNullable<typeof client.signer>)
      return { id: built.entry.id, headers: { 'careledger-entry': toBase64url(utf8(JSON.stringify({ entry, signature }))), 'careledger-opening': opening?.salt ?? '' } }
    }
    const one = await signed(observation('1.10'))
    const other = await clerk('/Observation', { method: 'POST', body: observation('1.1'), headers: one.headers })
    expect([other.status, other.json.issue[0]?.code]).toEqual([422, 'security'])
    const kept = await clerk('/Observation', { method: 'POST', body: observation('1.10'), headers: one.headers })
    expect([kept.status, kept.headers.get('etag')]).toEqual([201, `W/"${one.id}"`])
    const unrelated = await signed(observation('1.20'))
    expect((await clerk('/Observation/o-1', { method: 'PUT', body: observation('1.20'), headers: unrelated.headers })).status).toBe(409)
    const amending = await signed(observation('1.20'), one.id)
    expect((await clerk('/Observation/o-1', { method: 'PUT', body: observation('1.20'), headers: amending.headers })).status).toBe(200)
    const read = await (await instance.as('doctor-a')).hospital.records.read.query({ id: amending.id })
    expect([read.patient, JSON.parse(read.entry)]).toEqual([patient, expect.objectContaining({ author: expect.objectContaining({ party: 'clerk-a' }), replaces: one.id })])
  })

  it('the custodian\'s gateway otherwise, once it is enrolled and not after it was revoked', async () => {
    const clerk = await fhirClient(instance, 'clerk-a')
    await enrolGateway(instance)
    const created = await clerk('/Observation', { method: 'POST', body: observation('2.10', 'o-2') })
    expect(created.status).toBe(201)
    const hospital = await instance.as('hospital-a')
    const { key } = await hospital.hospital.fhir.gateway.query({})
    await hospital.identity.revoke.mutate({ entry: await signAs(hospital, revocationDraft(key, 'hospital-a')) })
    expect((await clerk('/Observation', { method: 'POST', body: observation('2.20', 'o-3') })).status).toBe(403)
    const next = await hospital.hospital.fhir.gateway.query({})
    expect([next.key === key, next.party]).toEqual([false, undefined])
    const seen = async (name: 'clerk-a' | 'operator' | 'hospital-b' | 'doctor-b' | 'patient-a') => (await (await instance.as(name)).hospital.fhir.gateways.query({})).items
    expect(await seen('clerk-a')).toMatchObject([{ custodian: 'hospital-a', key: next.key, state: 'ready' }, { name: 'Hospital A', key, state: 'revoked', party: 'gateway-a', since: expect.any(String) as string, until: expect.any(String) as string }])
    expect((await seen('operator')).map(({ custodian, state }) => `${custodian} ${state}`)).toEqual(['hospital-a ready', 'hospital-a revoked', 'hospital-b ready', 'platform ready'])
    expect([(await seen('hospital-b')).map(({ custodian }) => custodian), await seen('doctor-b'), await seen('patient-a')]).toEqual([['hospital-b'], [], []])
    await enrolGateway(instance)
    expect((await clerk('/Observation', { method: 'POST', body: observation('2.30', 'o-4') })).status).toBe(201)
  })
})
