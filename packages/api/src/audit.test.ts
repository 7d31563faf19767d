import { giveConsent, importBundle, readTrust } from '@careledger/client'
import { actionOf, fromStoredDecision, loadDefinitions, validateResource } from '@careledger/logic'
import { fromUtf8, utf8, verifyDecisionProof } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { smallBundle } from './__fixtures__/bundle.ts'
import { fhirClient } from './__fixtures__/fhir-client.ts'
import { enrol, newKey, startInstance } from './__fixtures__/instance.ts'
import type { PersonName, TestInstance } from './__fixtures__/instance.ts'
import { operationsByName } from './operation.ts'
import { createOperations } from './operations/index.ts'

let instance: TestInstance
let patient: string
let record: string
beforeAll(async () => {
  instance = await startInstance()
  const imported = await importBundle(await instance.as('clerk-a'), smallBundle(), { linkTo: 'patient-a' })
  patient = imported.patient
  record = imported.ids[1] as string
})
afterAll(() => instance.stop())

const decisions = async () => (await instance.parts.store.read((view) => view.decisions({ limit: 1000 }))).rows.map(fromStoredDecision)
/** What was recorded while `body` ran. */
const during = async (body: () => Promise<unknown>) => {
  const before = new Set((await decisions()).map(({ id }) => id))
  await body()
  return (await decisions()).filter(({ id }) => !before.has(id))
}
type Event = { readonly id: string; readonly outcome: string; readonly entity?: readonly { readonly what?: { readonly identifier?: { readonly value?: string } } }[]; readonly source: { readonly observer: { readonly identifier: { readonly value: string } } }; readonly subtype: readonly { readonly system: string; readonly code: string }[] }
const eventsOf = async (name: PersonName, question: object = {}) => {
  const client = await instance.as(name)
  const events: Event[] = []
  for (let after: string | undefined; ;) {
    const page = await client.hospital.audit.search.query({ ...question, ...(after === undefined ? {} : { after }) })
    events.push(...page.events.map((text) => JSON.parse(text) as Event))
    if (page.next === undefined) return events
    after = page.next
  }
}
const operationOf = ({ subtype }: Event) => subtype.find(({ system }) => system === 'urn:careledger:operation')?.code

describe('acts and refusals', () => {
  it('leave one decision each, in the write that an act makes', async () => {
    const hospital = await instance.as('hospital-a')
    const { signer } = await newKey()
    const written = vi.spyOn(instance.parts.store, 'write')
    const made = await during(() => enrol(hospital, { party: 'doctor-new', kind: 'person', organisation: 'hospital-a', roles: ['doctor'], key: signer.publicJwk }, 'hospital-a'))
    expect(made).toMatchObject([{ operation: 'identity.enrol', outcome: 'permitted', rule: 'role', party: 'hospital-a' }])
    expect(written.mock.calls.some(([write]) => (write.entries?.length ?? 0) === 1 && write.decisions?.[0]?.id === made[0]?.id)).toBe(true)
    written.mockRestore()
  })

  it('of somebody whose role does not reach are recorded before they are told, in every transport', async () => {
    const doctor = await instance.as('doctor-a')
    const over = await fhirClient(instance, 'patient-a')
    const made = await during(async () => {
      await expect(doctor.platform.overview.query({})).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
      expect((await over('/Patient', { method: 'POST', body: '{}' })).status).toBe(403)
    })
    expect(made.map(({ operation, outcome, party }) => [operation, outcome, party])).toEqual([['platform.overview', 'refused', 'doctor-a'], ['hospital.fhir.create', 'refused', 'patient-a']])
  })

  it('include signing in and out, and nothing where nobody is known', async () => {
    const made = await during(async () => {
      const client = await instance.as('doctor-b')
      await client.session.end.mutate({})
      await fetch(`${instance.url}/trpc/platform.overview`)
    })
    expect(made.map(({ operation, party }) => [operation, party])).toEqual([['session.start', 'doctor-b'], ['session.end', 'doctor-b']])
  })

  it('have a word for what every audited operation does', () => {
    const audited = [...operationsByName(createOperations()).values()].filter(({ contract }) => contract.audit !== 'none')
    const others = ['hospital.fhir.vread', 'hospital.exports.run']
    expect([...audited.map(({ contract }) => contract.name), ...others].filter((name) => actionOf(name) === undefined)).toEqual([])
    expect(others.map(actionOf)).toEqual(['R', 'R'])
  })
})

describe('the audit trail', () => {
  beforeAll(async () => {
    const [owner, outsider] = [await instance.as('patient-a'), await instance.as('doctor-b')]
    await outsider.hospital.records.list.query({ patient }).catch(() => undefined)
    const [at] = (await owner.hospital.consents.subjects.query({})).items
    if (at === undefined) throw new Error('The patient has no record.')
    await giveConsent(owner, at, { grantee: 'hospital-b', purpose: 'treatment', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false })
    await outsider.hospital.records.read.query({ id: record })
    await outsider.hospital.records.read.query({ id: crypto.randomUUID() }).catch(() => undefined)
  })

  it('is told to both ends of a disclosure, each from its own side, and to the patient', async () => {
    const find = async (name: PersonName) => (await eventsOf(name)).filter((event) => operationOf(event) === 'hospital.records.read' && event.outcome === '0').map(({ id, source }) => [id.endsWith('.recipient'), source.observer.identifier.value])
    expect(await find('officer-a')).toEqual([[false, 'hospital-a']])
    expect(await find('hospital-b')).toEqual([[true, 'hospital-b']])
    expect(await find('patient-a')).toEqual([[false, 'hospital-a']])
  })

  it('tells an organisation that its person was refused elsewhere, and nothing of whom', async () => {
    const refusals = (await eventsOf('hospital-b', { outcome: 'refused' })).filter((event) => operationOf(event)?.startsWith('hospital.records'))
    expect(refusals).toHaveLength(2)
    expect(JSON.stringify(refusals)).not.toContain(patient)
    expect(JSON.stringify(refusals)).not.toContain('Patient')
  })

  it('is nobody else\'s: a doctor and an operator see their own as a patient, which is nothing', async () => {
    for (const name of ['doctor-a', 'operator', 'clerk-a', 'system-a'] as const) expect(await eventsOf(name), name).toEqual([])
    expect((await eventsOf('patient-b')).filter((event) => JSON.stringify(event).includes(patient))).toEqual([])
  })

  it('comes page after page, each once, and an officer\'s reading is an event itself', async () => {
    const all = (await eventsOf('officer-a')).map(({ id }) => id)
    const inPages = (await eventsOf('officer-a', { limit: 3 })).map(({ id }) => id)
    expect(inPages.slice(0, all.length)).toEqual(all)
    expect(new Set(inPages).size).toBe(inPages.length)
    expect((await eventsOf('officer-a')).filter((event) => operationOf(event) === 'hospital.audit.search').length).toBeGreaterThan(3)
    await expect((await instance.as('officer-a')).hospital.audit.search.query({ after: 'x' })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
  })

  it('is searched and read as FHIR, and every event is valid', async () => {
    const officer = await fhirClient(instance, 'officer-a')
    const definitions = await loadDefinitions()
    const answer = await officer(`/AuditEvent?patient=${patient}&date=ge2020-01-01&_count=2`)
    expect([answer.status, answer.json.type]).toEqual([200, 'searchset'])
    for (const { resource } of answer.json.entry) expect(validateResource(definitions, resource).problems).toEqual([])
    const next = answer.json.link.find(({ relation }) => relation === 'next')?.url as string
    expect((await officer(next)).json.entry[0]).not.toEqual(answer.json.entry[0])
    const { id } = answer.json.entry[0]?.resource as unknown as Event
    expect((await officer(`/AuditEvent/${id}`)).text).toBe(JSON.stringify(answer.json.entry[0]?.resource))
    expect((await officer(`/AuditEvent/${crypto.randomUUID()}`)).status).toBe(404)
    expect((await officer('/AuditEvent?subtype=x')).status).toBe(400)
    expect((await (await fhirClient(instance, 'doctor-a'))('/AuditEvent', { method: 'POST', body: '{}' })).status).toBe(405)
  })

  it('proves a single decision offline: what was altered, or is of others, does not hold', async () => {
    const owner = await instance.as('patient-a')
    const [event] = (await eventsOf('patient-a')).filter((one) => operationOf(one) === 'hospital.records.read')
    const ask = () => owner.hospital.audit.proof.query({ id: event?.id as string })
    const { proof } = await vi.waitFor(ask, { timeout: 10_000, interval: 20 })
    const trust = await readTrust(owner)
    const result = await verifyDecisionProof(utf8(proof), trust)
    expect(result.steps.filter(({ outcome }) => outcome === 'fail')).toEqual([])
    expect([result.valid, result.record]).toMatchObject([true, { id: event?.id, party: 'doctor-b', about: patient }])

    const file = JSON.parse(proof) as { decision: { bytes: string; id: string } }
    const altered = fromUtf8(Buffer.from(file.decision.bytes, 'base64url')).replace('doctor-b', 'doctor-a')
    const forged = proof.replace(file.decision.bytes, Buffer.from(altered).toString('base64url'))
    expect(await verifyDecisionProof(utf8(forged), trust)).toMatchObject({ valid: false, steps: expect.arrayContaining([expect.objectContaining({ name: 'covered', outcome: 'fail' })]) as never })
    await expect((await instance.as('doctor-b')).hospital.audit.proof.query({ id: event?.id as string })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })
})
