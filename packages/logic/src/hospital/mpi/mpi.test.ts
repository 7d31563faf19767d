import fc from 'fast-check'
import { instantText, newEntryId, utf8, verifyProof, type Entry } from '@careledger/proof'
import { beforeAll, describe, expect, it } from 'vitest'
import { sign } from '../../__fixtures__/world.ts'
import { buildProof } from '../../log/build-proof.ts'
import { startLog } from '../../log/start-log.ts'
import { audit } from '../../maintenance/audit/audit.ts'
import { erasePatient } from '../../maintenance/erase-patient.ts'
import { rebuild } from '../../maintenance/rebuild.ts'
import { createHospitalWorld, observation, type Admitted, type HospitalWorld, type Member } from '../__fixtures__/hospital-world.ts'
import { decideIdentity, listIdentityDecisions } from './decide-identity.ts'
import { IDENTITY_DECISION_MEDIA_TYPE, identityDecisionBytes } from './decision-payload.ts'
import { comparePatients, findDuplicates, listDuplicates } from './duplicates.ts'
import { listMergedRecords } from './merged-records.ts'

const tables = ['patient', 'policy', 'patient-token', 'patient-identifier', 'record', 'consent', 'share', 'subject', 'patient-merge', 'patient-distinct']
/** Every row of the hospital, opened bytes aside: what a merge and its undoing must leave as it was. */
const rowsOf = (world: HospitalWorld) => world.parts.store.read(async (view) => Promise.all(tables.map(async (table) => (await view.find({ table, limit: 1000 })).rows.map(({ key, indexes, value }) => [key, indexes, Buffer.from(value).toString('hex')]))))

type Kind = 'patient-merged' | 'patient-unmerged' | 'patient-distinguished' | 'patient-distinction-ended'
async function decide(world: HospitalWorld, type: Kind, patient: Pick<Admitted, 'patient' | 'subject'>, other: Pick<Admitted, 'patient'>, options: { readonly by?: Member; readonly replaces?: string; readonly wait?: 'sequenced' } = {}) {
  const by = options.by ?? world.people.clerkA
  const now = world.clock.now
  const entry: Entry = { v: 1, id: newEntryId(now), network: 'hospital', type, subject: patient.subject, custodian: 'hospital-a', issuedAt: instantText(now), author: by.author, ...(options.replaces === undefined ? {} : { replaces: options.replaces }) }
  return decideIdentity(world.parts, by.actor, { wait: options.wait, entry: await sign(by.signer, entry, { mediaType: IDENTITY_DECISION_MEDIA_TYPE, payload: identityDecisionBytes({ patient: patient.patient, other: other.patient }) }) })
}
const conflict = { code: 'ENTRY_CONFLICT' }

describe('the index', () => {
  it('offers a double registration to the custodian\'s clerks with reasons, and to nobody who may not read both', async () => {
    const world = await createHospitalWorld()
    const { clerkA, doctorB, ada } = world.people
    const [one, two] = [await world.admit({ number: 'A-1', person: ada }), await world.admit({ number: 'A-2' })]
    const { items, next } = await listDuplicates(world.parts, clerkA.actor, { limit: 10 })
    expect([items.length, next, new Set([items[0]?.left.patient, items[0]?.right.patient])]).toEqual([1, undefined, new Set([one.patient, two.patient])])
    expect(items[0]).toMatchObject({ outcome: 'automatic', reasons: [{ field: 'phone', level: 'same' }, { field: 'birthDate', level: 'same' }, { field: 'family' }, { field: 'given' }, { field: 'sex' }] })
    expect((await findDuplicates(world.parts, clerkA.actor, two.patient)).map(({ right }) => right.patient)).toEqual([one.patient])
    for (const { actor } of [doctorB, world.people.systemA]) expect(await listDuplicates(world.parts, actor, { limit: 10 })).toEqual({ items: [] })
    await expect(findDuplicates(world.parts, doctorB.actor, two.patient)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await world.give(ada, one, { purpose: 'treatment', grantee: 'hospital-b' })
    expect(await findDuplicates(world.parts, doctorB.actor, one.patient)).toEqual([])
    await expect(comparePatients(world.parts, doctorB.actor, { patient: one.patient, other: two.patient })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('remembers that two are different people, until that is taken back', async () => {
    const world = await createHospitalWorld()
    const { clerkA } = world.people
    const [one, two] = [await world.admit({ number: 'A-1' }), await world.admit({ number: 'A-2' })]
    const { id } = await decide(world, 'patient-distinguished', one, two)
    expect((await listDuplicates(world.parts, clerkA.actor, { limit: 10 })).items).toEqual([])
    expect((await listIdentityDecisions(world.parts, clerkA.actor, { limit: 10 })).items).toMatchObject([{ kind: 'different', entry: id }])
    await expect(listIdentityDecisions(world.parts, clerkA.actor, { after: 'patient:', limit: 10 })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    expect(await comparePatients(world.parts, clerkA.actor, { patient: two.patient, other: one.patient })).toMatchObject({ decided: { kind: 'different', entry: id } })
    await expect(decide(world, 'patient-merged', two, one)).rejects.toMatchObject(conflict)
    await decide(world, 'patient-distinction-ended', one, two, { replaces: id })
    expect((await listDuplicates(world.parts, clerkA.actor, { limit: 10 })).items).toHaveLength(1)
    await expect(decide(world, 'patient-distinction-ended', one, two, { replaces: id })).rejects.toMatchObject(conflict)
  })
})

describe('a merge', () => {
  it('shows the records of both under both policies: a consent of either reaches its own, and its withdrawal ends that', async () => {
    const world = await createHospitalWorld()
    const { clerkA, doctorB, ada } = world.people
    const [one, two] = [await world.admit({ number: 'A-1', person: ada, resources: [observation('A-1', '2020-01-01')] }), await world.admit({ number: 'A-2', person: ada, resources: [observation('A-2', '2021-01-01')] })]
    const given = [await world.give(ada, one, {}), await world.give(ada, two, {})]
    const read = async (member: Member, patient = one.patient) => (await listMergedRecords(world.parts, member.actor, { patient, purpose: 'treatment', limit: 50 })).items.map(({ id }) => id).sort()
    const [own, others] = [[...one.records].sort(), [...two.records].sort()]
    expect(await read(doctorB)).toEqual(own)
    const { id } = await decide(world, 'patient-merged', one, two)
    expect([await read(clerkA), await read(doctorB), await read(doctorB, two.patient)]).toEqual(Array.from({ length: 3 }, () => [...own, ...others].sort()))
    await world.withdraw(ada, two, given[1]!.id)
    expect(await read(doctorB)).toEqual(own)
    await expect(read(doctorB, two.patient)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await decide(world, 'patient-unmerged', one, two, { replaces: id })
    expect([await read(clerkA), await read(clerkA, two.patient)]).toEqual([own, others])
  })

  it('is paged in one order over all, each record once', async () => {
    const world = await createHospitalWorld()
    const [one, two] = [await world.admit({ number: 'A-1', resources: [observation('A-1', '2020-01-01'), observation('A-1', '2020-01-02')] }), await world.admit({ number: 'A-2', resources: [observation('A-2', '2021-01-01')] })]
    await decide(world, 'patient-merged', two, one)
    const seen: string[] = []
    for (let after: string | undefined; ; ) {
      const page = await listMergedRecords(world.parts, world.people.clerkA.actor, { patient: two.patient, purpose: 'treatment', limit: 2, after })
      seen.push(...page.items.map(({ id }) => id))
      if (page.next === undefined) break
      after = page.next
    }
    expect(seen).toEqual([...one.records, ...two.records].sort().reverse())
  })

  it('is refused in a circle, twice, by others than the custodian\'s people, and for two people who sign in', async () => {
    const world = await createHospitalWorld()
    const { ada, bob, doctorB, adminA, systemA } = world.people
    const [one, two, three, four] = [await world.admit({ number: 'A-1', person: ada }), await world.admit({ number: 'A-2' }), await world.admit({ number: 'A-3' }), await world.admit({ number: 'A-4', person: bob })]
    await decide(world, 'patient-merged', one, two, { by: systemA })
    await decide(world, 'patient-merged', two, three)
    await expect(decide(world, 'patient-merged', three, one)).rejects.toMatchObject(conflict)
    await expect(decide(world, 'patient-merged', one, one)).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await expect(decide(world, 'patient-merged', one, three)).rejects.toMatchObject(conflict)
    await expect(decide(world, 'patient-merged', one, four)).rejects.toMatchObject(conflict)
    await expect(decide(world, 'patient-distinguished', one, two)).rejects.toMatchObject(conflict)
    await expect(decide(world, 'patient-unmerged', one, two, { replaces: newEntryId() })).rejects.toMatchObject(conflict)
    for (const by of [doctorB, adminA]) await expect(decide(world, 'patient-merged', one, four, { by })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(decide(world, 'patient-merged', one, { patient: '00000000-0000-4000-8000-000000000000' })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('made by two at once in opposite directions is made by one of them', async () => {
    const world = await createHospitalWorld()
    const [one, two] = [await world.admit({ number: 'A-1' }), await world.admit({ number: 'A-2' })]
    const outcomes = await Promise.allSettled([decide(world, 'patient-merged', one, two), decide(world, 'patient-merged', two, one)])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await listIdentityDecisions(world.parts, world.people.clerkA.actor, { limit: 10 })).items).toHaveLength(1)
  })

  it('leaves entries and proofs of both as they are', async () => {
    const world = await createHospitalWorld()
    const log = await startLog(world.parts)
    const [one, two] = [await world.admit({ number: 'A-1' }), await world.admit({ number: 'A-2' })]
    const entries = () => world.parts.store.read((view) => view.entries([...one.records, ...two.records]))
    const before = await entries()
    await decide(world, 'patient-merged', one, two, { wait: 'sequenced' })
    expect((await entries()).map((entry) => entry?.canonical)).toEqual(before.map((entry) => entry?.canonical))
    await log.stop()
    const proof = await buildProof(world.parts, two.records[0]!, { opening: true })
    expect(await verifyProof(utf8(proof!), world.trust)).toMatchObject({ valid: true, file: { entry: { subject: two.subject } } })
  })
})

describe('merging and undoing', () => {
  let world: HospitalWorld
  const patients: Admitted[] = []
  beforeAll(async () => {
    world = await createHospitalWorld()
    for (let n = 0; n < 4; n++) patients.push(await world.admit({ number: `A-${n}` }))
  })

  it('ends byte for byte where it began, whatever the order of merges and of their undoing', async () => {
    const before = await rowsOf(world)
    const steps = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 6 })
    await fc.assert(fc.asyncProperty(steps, fc.array(fc.nat(100), { minLength: 6, maxLength: 6 }), async (pairs, order) => {
      const made: { readonly id: string; readonly into: Admitted; readonly from: Admitted }[] = []
      for (const [into, from] of pairs) {
        const [a, b] = [patients[into]!, patients[from]!]
        const receipt = await decide(world, 'patient-merged', a, b).catch(() => undefined)
        if (receipt !== undefined) made.push({ id: receipt.id, into: a, from: b })
      }
      const undone = made.map((merge, place) => ({ merge, at: order[place]! })).sort((a, b) => a.at - b.at)
      for (const { merge } of undone) await decide(world, 'patient-unmerged', merge.into, merge.from, { replaces: merge.id })
      expect(await rowsOf(world)).toEqual(before)
    }), { numRuns: 12 })
  }, 30_000)

  it('is known to rebuild, audit and erasure', async () => {
    const log = await startLog(world.parts)
    const [a, b, c, d] = patients as [Admitted, Admitted, Admitted, Admitted]
    const first = await decide(world, 'patient-merged', a, b)
    await decide(world, 'patient-merged', c, a)
    await decide(world, 'patient-distinguished', d, b)
    await decide(world, 'patient-unmerged', a, b, { replaces: first.id })
    await decide(world, 'patient-merged', a, b)
    const { clerkA } = world.people
    await erasePatient(world.parts, { custodian: 'hospital-a', patient: b.patient, subjects: [b.subject], signer: clerkA.signer, author: clerkA.author })
    expect((await listMergedRecords(world.parts, clerkA.actor, { patient: a.patient, purpose: 'treatment', limit: 50 })).patients.toSorted()).toEqual([a.patient, c.patient].sort())
    await erasePatient(world.parts, { custodian: 'hospital-a', patient: d.patient, subjects: [d.subject], signer: clerkA.signer, author: clerkA.author })
    await log.stop()
    const rows = async () => (await world.parts.store.read((view) => Promise.all(['patient-merge', 'patient-distinct'].map((table) => view.find({ table, limit: 100 }))))).map((page) => page.rows.map(({ key, indexes, value }) => [key, indexes, Buffer.from(value).toString()]))
    const before = await rows()
    expect(before.map(({ length }) => length)).toEqual([2, 0])
    await rebuild(world.parts)
    expect(await rows()).toEqual(before)
    expect((await audit(world.parts)).findings).toEqual([])
  })
})

