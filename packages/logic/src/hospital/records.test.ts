import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { allergy, createHospitalWorld, dayMs, immunization, observation, type HospitalWorld, type Member } from './__fixtures__/hospital-world.ts'
import { listAccess } from './access-list.ts'
import { findPatients, listPatients, readPatientBanner } from './patients.ts'
import { listRecords, readRecord } from './records.ts'

const number = 'A-100'
const resources = [observation(number, '2019-03-01'), observation(number, '2020-06-15', 83), immunization(number, '2020-10-01'), allergy(number, 'Peanut')]
const list = (world: HospitalWorld, member: Member, patient: string, more: object = {}) => listRecords(world.parts, member.actor, { patient, purpose: 'treatment', limit: 50, ...more })
const refusal = { name: 'LogicError', code: 'NOT_ALLOWED', message: 'This does not exist or you may not use it.' }

describe('reading records', () => {
  it('lets the custodian\'s doctors and clerks read, newest first, with counts and exact bytes', async () => {
    const world = await createHospitalWorld()
    const { patient, records, entries } = await world.admit({ resources, number })
    for (const member of [world.people.doctorA, world.people.clerkA]) {
      const { value, decision } = await list(world, member, patient)
      expect(decision).toMatchObject({ outcome: 'permitted', rule: 'custodian-staff', purpose: 'treatment' })
      expect(value.items.map(({ title }) => title)).toEqual(['Peanut', 'Influenza', 'Body Weight 83 kg', 'Body Weight 82.4 kg', 'Ada Muster'])
      expect(value.counts).toEqual({ Patient: 1, Observation: 2, Immunization: 1, AllergyIntolerance: 1 })
      expect(value.next).toBeUndefined()
    }
    const { value } = await readRecord(world.parts, world.people.doctorA.actor, { id: records[1]!, purpose: 'treatment' })
    expect(value.opening.payload).toEqual(entries[2]?.opening?.payload)
    expect(value).toMatchObject({ patient, item: { type: 'Observation', date: '2019-03-01', status: 'final', author: { party: 'clerk-a' }, state: 'stored' } })
  })

  it('lets patients read their own records and nobody else\'s', async () => {
    const world = await createHospitalWorld()
    const { patient } = await world.admit({ person: world.people.ada, resources, number })
    expect((await list(world, world.people.ada, patient)).decision.rule).toBe('self')
    await expect(list(world, world.people.bob, patient)).rejects.toMatchObject(refusal)
  })

  it.each(['adminA', 'systemA', 'doctorB', 'bob'] as const)('refuses %s without consent, in the same words as for a patient who does not exist', async (who) => {
    const world = await createHospitalWorld()
    const { patient, records } = await world.admit({ resources, number })
    const member = world.people[who]
    const answers = await Promise.all([
      list(world, member, patient), list(world, member, randomUUID()),
      readRecord(world.parts, member.actor, { id: records[1]!, purpose: 'treatment' }), readRecord(world.parts, member.actor, { id: '01890a5d-ac96-774b-bcce-b302099a8057', purpose: 'treatment' }),
      readPatientBanner(world.parts, member.actor, { patient, purpose: 'treatment' }), readPatientBanner(world.parts, member.actor, { patient: randomUUID(), purpose: 'treatment' }),
    ].map((call) => call.catch((error: unknown) => error)))
    for (const answer of answers) expect(answer).toMatchObject({ ...refusal, details: {} })
  })

  it('refuses the custodian\'s own doctors for research without consent', async () => {
    const world = await createHospitalWorld()
    const { patient } = await world.admit({ resources, number })
    await expect(list(world, world.people.doctorA, patient, { purpose: 'research' })).rejects.toMatchObject(refusal)
  })

  it('shows the patient who read and who was refused', async () => {
    const world = await createHospitalWorld()
    const { patient } = await world.admit({ person: world.people.ada, resources, number })
    await list(world, world.people.doctorA, patient)
    await list(world, world.people.doctorB, patient).catch(() => {})
    await findPatients(world.parts, world.people.doctorB.actor, { identifier: { value: number } })
    const { items } = await listAccess(world.parts, world.people.ada.actor, { limit: 50 })
    expect(items.map(({ operation, party, decision, types }) => [operation, party, decision.outcome, decision.rule, types])).toEqual([
      ['hospital.patients.find', 'doctor-b', 'refused', 'none', {}],
      ['hospital.records.list', 'doctor-b', 'refused', 'none', {}],
      ['hospital.records.list', 'doctor-a', 'permitted', 'custodian-staff', { Patient: 1, Observation: 2, Immunization: 1, AllergyIntolerance: 1 }],
      ['hospital.imports.commit', 'clerk-a', 'permitted', 'custodian-staff', { Patient: 1, Observation: 2, Immunization: 1, AllergyIntolerance: 1 }],
      ['hospital.imports.prepare', 'clerk-a', 'permitted', 'custodian-staff', {}],
    ])
    expect(items[0]).toMatchObject({ organisationName: 'hospital-b', kind: 'person' })
    const first = await listAccess(world.parts, world.people.ada.actor, { limit: 2 })
    const second = await listAccess(world.parts, world.people.ada.actor, { limit: 50, after: first.next })
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(items.map(({ id }) => id))
    expect((await listAccess(world.parts, world.people.bob.actor, { limit: 50 })).items).toEqual([])
  })
})

describe('reading under a consent', () => {
  it('reaches an organisation\'s doctors, and explains the decision', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit({ person: world.people.ada, resources, number })
    const consent = await world.give(world.people.ada, admitted, {})
    const { value, decision } = await list(world, world.people.doctorB, admitted.patient)
    expect(value.items).toHaveLength(5)
    expect(decision).toMatchObject({ outcome: 'permitted', rule: 'consent', consent: consent.id, expires: expect.stringMatching(/Z$/) })
  })

  it('shows records of its types only, in lists, counts, single reads and banners', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit({ person: world.people.ada, resources, number })
    await world.give(world.people.ada, admitted, { types: ['Observation', 'Immunization'] })
    const { value } = await list(world, world.people.doctorB, admitted.patient)
    expect(value.items.map(({ type }) => type)).toEqual(['Immunization', 'Observation', 'Observation'])
    expect(value.counts).toEqual({ Observation: 2, Immunization: 1 })
    expect((await list(world, world.people.doctorB, admitted.patient, { types: ['Patient', 'Observation'] })).value.counts).toEqual({ Observation: 2 })
    await expect(readRecord(world.parts, world.people.doctorB.actor, { id: admitted.records[0]!, purpose: 'treatment' })).rejects.toMatchObject(refusal)
    const { value: banner } = await readPatientBanner(world.parts, world.people.doctorB.actor, { patient: admitted.patient, purpose: 'treatment' })
    expect(banner).toEqual({ patient: admitted.patient, custodian: 'hospital-a', custodianName: 'hospital-a' })
  })

  it('shows records of its dates only, both ends included, and none without a certain date', async () => {
    const world = await createHospitalWorld()
    const dated = [observation(number, '2019'), observation(number, '2019-12-31'), observation(number, '2020-01-01T23:59:00-05:00'), observation(number, '2020-06'), observation(number, '2020-12-31'), observation(number, '2021-01-01')]
    const admitted = await world.admit({ person: world.people.ada, resources: dated, number })
    await world.give(world.people.ada, admitted, { from: '2020-01-01', to: '2020-12-31' })
    const { value } = await list(world, world.people.doctorB, admitted.patient)
    expect(value.items.map(({ date }) => date)).toEqual(['2020-12-31', '2020-06', '2020-01-01T23:59:00-05:00', undefined])
    expect(value.counts).toEqual({ Observation: 3, Patient: 1 })
  })

  it.each([
    ['another purpose', {}, { purpose: 'research' }],
    ['another grantee', { grantee: 'doctor-b2' }, {}],
  ] as const)('does not reach %s', async (_name, terms, query) => {
    const world = await createHospitalWorld()
    const admitted = await world.admit({ person: world.people.ada, resources, number })
    await world.give(world.people.ada, admitted, terms)
    await expect(list(world, world.people.doctorB, admitted.patient, query)).rejects.toMatchObject(refusal)
  })

  it('ends by itself at its instant and not a second later', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit({ person: world.people.ada, resources, number })
    await world.give(world.people.ada, admitted, { expires: new Date(world.clock.now.getTime() + dayMs).toISOString() })
    world.clock.now = new Date(world.clock.now.getTime() + dayMs - 1)
    await expect(list(world, world.people.doctorB, admitted.patient)).resolves.toBeDefined()
    world.clock.now = new Date(world.clock.now.getTime() + 1)
    await expect(list(world, world.people.doctorB, admitted.patient)).rejects.toMatchObject(refusal)
    expect((await listPatients(world.parts, world.people.doctorB.actor, { limit: 50 })).items).toEqual([])
  })

  it('ends with its withdrawal', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit({ person: world.people.ada, resources, number })
    const consent = await world.give(world.people.ada, admitted, {})
    await expect(list(world, world.people.doctorB, admitted.patient)).resolves.toBeDefined()
    await world.withdraw(world.people.ada, admitted, consent.id)
    await expect(list(world, world.people.doctorB, admitted.patient)).rejects.toMatchObject(refusal)
    await expect(readRecord(world.parts, world.people.doctorB.actor, { id: admitted.records[0]!, purpose: 'treatment' })).rejects.toMatchObject(refusal)
  })
})

describe('patients', () => {
  it('lists those of the own organisation, those shared, and oneself, page by page', async () => {
    const world = await createHospitalWorld()
    const { ada, doctorA, doctorB, bob } = world.people
    const mine = await world.admit({ person: ada, number: 'A-1' })
    const others = [await world.admit({ number: 'A-2' }), await world.admit({ number: 'A-3' })]
    await world.give(ada, mine, {})
    await world.give(ada, mine, { grantee: 'doctor-b', types: ['Observation'] })
    const page = (member: Member, limit = 50, after?: string) => listPatients(world.parts, member.actor, { limit, after })
    const all = [mine, ...others].map(({ patient }) => patient).sort()
    expect((await page(doctorA)).items.map(({ value }) => value.patient)).toEqual(all)
    const first = await page(doctorA, 2)
    expect(first.items.map(({ value }) => value.patient)).toEqual(all.slice(0, 2))
    expect((await page(doctorA, 2, first.next)).items.map(({ value }) => value.patient)).toEqual(all.slice(2))
    expect((await page(doctorB)).items.map(({ value, decision }) => [value.patient, value.name, decision.rule])).toEqual([[mine.patient, 'Ada Muster', 'consent']])
    expect((await page(ada)).items.map(({ value, decision }) => [value.patient, decision.rule])).toEqual([[mine.patient, 'self']])
    expect((await page(bob)).items).toEqual([])
    expect((await page(world.people.adminA)).items).toEqual([])
  })

  it.each([
    ['an identifier with its system', { identifier: { system: 'urn:test:mrn', value: number } }],
    ['an identifier alone', { identifier: { value: number } }],
    ['family name and birth date, whatever the case', { family: 'MUSTER', birthDate: '1980-05-17' }],
  ] as const)('are found by %s, by those who may read them', async (_name, query) => {
    const world = await createHospitalWorld()
    const { patient } = await world.admit({ resources, number })
    const found = await findPatients(world.parts, world.people.doctorA.actor, query)
    expect(found.items.map(({ value }) => value)).toEqual([{ patient, custodian: 'hospital-a', custodianName: 'hospital-a', name: 'Ada Muster', birthDate: '1980-05-17', gender: 'female', localNumber: number, allergies: ['Peanut'] }])
    expect(await findPatients(world.parts, world.people.doctorB.actor, query)).toEqual({ items: [] })
  })

  it.each([
    ['another system', { identifier: { system: 'urn:other', value: number } }],
    ['another birth date', { family: 'Muster', birthDate: '1980-05-18' }],
  ] as const)('are not found by %s', async (_name, query) => {
    const world = await createHospitalWorld()
    await world.admit({ resources, number })
    expect(await findPatients(world.parts, world.people.doctorA.actor, query)).toEqual({ items: [] })
  })

  it('keep a list of allergies back where a consent covers only a part of the time and shows none', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit({ person: world.people.ada, resources: [allergy(number, 'Peanut', '2010-01-01')], number })
    await world.give(world.people.ada, admitted, { from: '2020-01-01' })
    const { value } = await readPatientBanner(world.parts, world.people.doctorB.actor, { patient: admitted.patient, purpose: 'treatment' })
    expect(value).not.toHaveProperty('allergies')
  })
})
