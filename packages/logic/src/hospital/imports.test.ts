import { utf8, type EntrySignature } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { createHospitalWorld, observation, patientResource, signImport, type HospitalWorld, type Member } from './__fixtures__/hospital-world.ts'
import { checkImport } from './check-import.ts'
import { commitImport } from './commit-import.ts'
import { prepareImport, type PreparedImport } from './prepare-import.ts'
import { listRecords, readRecord } from './records.ts'

const number = 'A-1'
const identifiers = [{ system: 'urn:test:mrn', value: number }]
const prepare = (world: HospitalWorld, by: Member = world.people.clerkA): Promise<PreparedImport> => prepareImport(world.parts, by.actor, identifiers)
const signed = (by: Member, prepared: PreparedImport, resources: readonly (object | Uint8Array)[], more: object = {}) => signImport(by, prepared, resources, { identifiers, ...more })
const commit = async (world: HospitalWorld, resources: readonly (object | Uint8Array)[], by: Member = world.people.clerkA) => {
  const prepared = await prepare(world, by)
  return commitImport(world.parts, by.actor, { patient: prepared.patient, entries: await signed(by, prepared, resources) })
}
const stored = (world: HospitalWorld, ids: readonly string[]) => world.parts.store.read((view) => view.entries(ids))
const problems = (...wanted: readonly object[]) => ({ code: 'FHIR_INVALID', details: { problems: wanted } })
const patient = patientResource(number)

describe('preparing an import', () => {
  it('names a new patient, and the same one once a commit has come', async () => {
    const world = await createHospitalWorld()
    const first = await prepare(world)
    expect(first).toMatchObject({ custodian: 'hospital-a', known: false })
    await commitImport(world.parts, world.people.clerkA.actor, { patient: first.patient, entries: await signed(world.people.clerkA, first, [patient]) })
    expect(await prepare(world)).toEqual({ ...first, known: true })
    expect((await prepareImport(world.parts, world.people.doctorB.actor, identifiers)).known).toBe(false)
  })

  it('knows a patient by an identifier that came with a Patient resource', async () => {
    const world = await createHospitalWorld()
    const insurance = { system: 'urn:test:insurance', value: 'X 77' }
    await commit(world, [patientResource(number, { identifier: [{ system: 'urn:test:mrn', value: number }, insurance] })])
    expect(await prepareImport(world.parts, world.people.doctorA.actor, [{ ...insurance, value: 'x  77' }])).toMatchObject({ known: true })
  })

  it('says when the identifiers belong to two patients', async () => {
    const world = await createHospitalWorld()
    await world.admit({ number: 'A-1' })
    await world.admit({ number: 'A-2' })
    const both = ['A-1', 'A-2'].map((value) => ({ system: 'urn:test:mrn', value }))
    await expect(prepareImport(world.parts, world.people.clerkA.actor, both)).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
  })

  it('makes a patient of its own for identifiers that do not say whose they are', async () => {
    const world = await createHospitalWorld()
    const bare = [{ value: '17' }]
    const [one, two] = [await prepareImport(world.parts, world.people.clerkA.actor, bare), await prepareImport(world.parts, world.people.clerkA.actor, bare)]
    expect(one.patient).not.toBe(two.patient)
  })

  it.each(['adminA', 'ada'] as const)('refuses %s', async (who) => {
    const world = await createHospitalWorld()
    await expect(prepare(world, world.people[who])).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })
})

describe('committing an import', () => {
  it.each(['clerkA', 'doctorA', 'systemA'] as const)('takes the entries of %s', async (who) => {
    const world = await createHospitalWorld()
    const { receipts, decision } = await commit(world, [patient, observation(number, '2020-01-01')], world.people[who])
    expect(receipts.map(({ state, duplicate }) => [state, duplicate])).toEqual([['stored', false], ['stored', false], ['stored', false]])
    expect(decision).toMatchObject({ outcome: 'permitted', rule: 'custodian-staff' })
  })

  it('changes nothing when it comes again', async () => {
    const world = await createHospitalWorld()
    const { clerkA } = world.people
    const prepared = await prepare(world)
    const entries = await signed(clerkA, prepared, [patient, observation(number, '2020-01-01')])
    const first = await commitImport(world.parts, clerkA.actor, { patient: prepared.patient, entries })
    const again = await commitImport(world.parts, clerkA.actor, { patient: prepared.patient, entries })
    expect(again.receipts).toEqual(first.receipts.map((receipt) => ({ ...receipt, duplicate: true })))
    expect(again).not.toHaveProperty('decision')
    expect((await listRecords(world.parts, clerkA.actor, { patient: prepared.patient, purpose: 'treatment', limit: 10 })).value.items).toHaveLength(2)
  })

  it('finishes one that arrives a hundred times at once as one', async () => {
    const world = await createHospitalWorld()
    const { clerkA } = world.people
    const prepared = await prepare(world)
    const entries = await signed(clerkA, prepared, [patient])
    const all = await Promise.all(Array.from({ length: 100 }, () => commitImport(world.parts, clerkA.actor, { patient: prepared.patient, entries })))
    expect(all.filter(({ receipts }) => receipts.every(({ duplicate }) => !duplicate))).toHaveLength(1)
    expect((await listRecords(world.parts, clerkA.actor, { patient: prepared.patient, purpose: 'treatment', limit: 10 })).value.items).toHaveLength(1)
  })

  it('lets one of two registrations of the same person win', async () => {
    const world = await createHospitalWorld()
    const { clerkA, doctorA } = world.people
    const [one, two] = [await prepare(world), await prepare(world, doctorA)]
    await commitImport(world.parts, clerkA.actor, { patient: one.patient, entries: await signed(clerkA, one, [patient]) })
    await expect(commitImport(world.parts, doctorA.actor, { patient: two.patient, entries: await signed(doctorA, two, [patient]) })).rejects.toMatchObject({ code: 'STALE' })
    expect(await prepare(world)).toEqual({ ...one, known: true })
  })

  it('lets one of two registrations of the same person win when both come at once', async () => {
    const world = await createHospitalWorld()
    const members = [world.people.clerkA, world.people.doctorA]
    const prepared = await Promise.all(members.map((member) => prepare(world, member)))
    const entries = await Promise.all(members.map((member, place) => signed(member, prepared[place]!, [patient])))
    const outcomes = await Promise.allSettled(members.map((member, place) => commitImport(world.parts, member.actor, { patient: prepared[place]!.patient, entries: entries[place]! })))
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'STALE' } })
  })

  it('keeps nothing at all when one resource is wrong, and lists every problem with its place', async () => {
    const world = await createHospitalWorld()
    const prepared = await prepare(world)
    const bad = [patient, { ...observation(number, '2020-01-01'), status: 'bananas' }, { ...observation(number, '2020-02-31'), extra: 1 }, { resourceType: 'Dragon' }]
    const entries = await signed(world.people.clerkA, prepared, bad)
    const call = commitImport(world.parts, world.people.clerkA.actor, { patient: prepared.patient, entries })
    await expect(call).rejects.toMatchObject(problems(
      { path: 'entries[2].resource.status', code: 'code' },
      { path: 'entries[3].resource.effective[x]', code: 'structure' },
      { path: 'entries[3].resource.extra', code: 'structure' },
      { path: 'entries[4].resource.resourceType', code: 'resource-type' },
    ))
    expect((await stored(world, entries.map(({ entry }) => (JSON.parse(new TextDecoder().decode(entry as Uint8Array)) as { id: string }).id))).every((entry) => entry === undefined)).toBe(true)
    expect((await prepare(world)).known).toBe(false)
  })

  it.each([
    ['a resource of another patient', [patient, { ...observation(number, '2020-01-01'), subject: { reference: 'Patient/somebody-else' } }], { path: 'entries[2].resource.subject.reference', code: 'reference-foreign' }],
    ['a patient hidden in another resource', [patient, { ...observation(number, '2020-01-01'), contained: [{ resourceType: 'Patient', id: 'x' }], subject: { reference: '#x' } }], { path: 'entries[2].resource.contained[0]', code: 'patient' }],
    ['two Patient resources', [patient, patientResource('A-2')], { path: 'entries', code: 'patient' }],
    ['no Patient resource', [observation(number, '2020-01-01')], { path: 'entries', code: 'patient' }],
    ['a Patient resource of somebody else', [patientResource('A-2')], { path: 'entries[1].resource.identifier', code: 'patient' }],
    ['one resource twice', [patient, { ...observation(number, '2020-01-01'), id: 'o' }, { ...observation(number, '2020-01-01'), id: 'o' }], { path: 'entries[3].resource', code: 'duplicate' }],
  ] as const)('refuses %s', async (_name, resources, problem) => {
    const world = await createHospitalWorld()
    await expect(commit(world, resources)).rejects.toMatchObject({ code: 'FHIR_INVALID', details: { problems: expect.arrayContaining([expect.objectContaining(problem)]) } })
  })

  it('adds to a known patient without a Patient resource, by the references known of it, and not to another', async () => {
    const world = await createHospitalWorld()
    await commit(world, [patient])
    await world.admit({ number: 'A-2' })
    await expect(commit(world, [observation(number, '2021-01-01')])).resolves.toMatchObject({ receipts: [{ duplicate: false }] })
    await expect(commit(world, [observation('A-2', '2021-01-01')])).rejects.toMatchObject({ code: 'FHIR_INVALID' })
  })

  it('keeps the exact bytes of a resource', async () => {
    const world = await createHospitalWorld()
    const text = utf8(JSON.stringify(observation(number, '2020-01-01')).replace('82.4', '82.40').replace('{"resource', '{ \n"resource'))
    const { receipts } = await commit(world, [patient, text])
    const { value } = await readRecord(world.parts, world.people.doctorA.actor, { id: receipts[2]!.id, purpose: 'treatment' })
    expect(value.opening.payload).toEqual(text)
    expect(value.item.title).toBe('Body Weight 82.40 kg')
  })

  it.each([
    ['duplicate member names', utf8('{"resourceType":"Observation","status":"final","status":"final"}')],
    ['something that is no JSON', utf8('{"resourceType":')],
    ['JSON that is no object', utf8('[]')],
  ])('refuses %s', async (_name, bytes) => {
    const world = await createHospitalWorld()
    await expect(commit(world, [patient, bytes])).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
  })

  it('refuses entries for another subject, custodian or patient than prepared', async () => {
    const world = await createHospitalWorld()
    const { clerkA } = world.people
    const [mine, other] = [await prepare(world), await prepareImport(world.parts, clerkA.actor, [])]
    const call = async (prepared: PreparedImport, frame = mine, more: object = {}) => commitImport(world.parts, clerkA.actor, { patient: frame.patient, entries: await signed(clerkA, prepared, [patient], more) })
    await expect(call({ ...mine, subject: other.subject })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await expect(call({ ...mine, patient: other.patient })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await expect(call(mine, mine, { custodian: 'hospital-b' })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await expect(call({ ...mine, known: true })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await expect(call(mine, { ...mine, patient: '00000000-0000-4000-8000-000000000000' })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('refuses entries for another patient of the same custodian', async () => {
    const world = await createHospitalWorld()
    const { clerkA } = world.people
    const [one, two] = [await world.admit({ number }), await world.admit({ number: 'A-2' })]
    const entries = await signed(clerkA, { ...two, known: true }, [observation(number, '2020-01-01')])
    await expect(commitImport(world.parts, clerkA.actor, { patient: one.patient, entries })).rejects.toMatchObject({ code: 'INPUT_MALFORMED', details: { index: 0 } })
  })

  it('refuses a patient of another custodian like one who does not exist, and shows that patient the attempt', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit({ person: world.people.ada, number })
    const entries = await signed(world.people.doctorB, { ...admitted, custodian: 'hospital-b', known: true }, [observation(number, '2020-01-01')])
    await expect(commitImport(world.parts, world.people.doctorB.actor, { patient: admitted.patient, entries })).rejects.toMatchObject({ code: 'NOT_ALLOWED', message: 'This does not exist or you may not use it.' })
    const [decision] = (await world.parts.store.read((view) => view.decisions({ about: admitted.patient, limit: 1, newestFirst: true }))).rows
    expect(JSON.parse(new TextDecoder().decode(decision?.bytes))).toMatchObject({ operation: 'hospital.imports.commit', outcome: 'refused', party: 'doctor-b' })
  })

  it('refuses entries that somebody else signed, and signatures that were tampered with', async () => {
    const world = await createHospitalWorld()
    const { clerkA, doctorA } = world.people
    const prepared = await prepare(world)
    const entries = await signed(clerkA, prepared, [patient])
    await expect(commitImport(world.parts, doctorA.actor, { patient: prepared.patient, entries })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const broken = entries.map((entry) => ({ ...entry, signature: { ...entry.signature, jws: entry.signature.jws.replace(/.{4}$/, 'AAAA') } as EntrySignature }))
    await expect(commitImport(world.parts, clerkA.actor, { patient: prepared.patient, entries: broken })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
    const other = entries.map((entry, place) => (place === 1 ? { ...entry, opening: { ...entry.opening!, payload: utf8(JSON.stringify(patientResource(number, { gender: 'male' }))) } } : entry))
    await expect(commitImport(world.parts, clerkA.actor, { patient: prepared.patient, entries: other })).rejects.toMatchObject({ code: 'COMMITMENT_MISMATCH' })
  })

  it('refuses a second person for a linked patient, and a party that is no patient', async () => {
    const world = await createHospitalWorld()
    const { ada, bob, clerkA, doctorB } = world.people
    await world.admit({ person: ada, number })
    const again = async (person: Member) => commitImport(world.parts, clerkA.actor, { patient: (await prepare(world)).patient, entries: await signed(clerkA, await prepare(world), [observation(number, '2020-01-01')], { person }) })
    await expect(again(bob)).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
    await expect(again(doctorB)).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await expect(again(ada)).resolves.toBeDefined()
  })
})

describe('checking a bundle', () => {
  it('says what would be imported and keeps nothing', async () => {
    const bundle = { resourceType: 'Bundle', type: 'collection', entry: [patient, observation(number, '2020-01-01')].map((resource) => ({ resource })) }
    expect(await checkImport(utf8(JSON.stringify(bundle)))).toEqual({ ok: true, counts: { Patient: 1, Observation: 1 }, total: 2, problems: [], more: 0, patient: { name: 'Ada Muster', birthDate: '1980-05-17', gender: 'female' } })
  })
})
