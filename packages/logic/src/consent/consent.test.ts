import { openSealed } from '@careledger/identity'
import { epochKey, instantText, newEntryId, type Entry } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { sign } from '../__fixtures__/world.ts'
import { createHospitalWorld, dayMs, observation, type Admitted, type HospitalWorld } from '../hospital/__fixtures__/hospital-world.ts'
import { listRecords } from '../hospital/records.ts'
import { readRow } from '../entries/rows.ts'
import { acceptEntries } from '../entries/accept-entries.ts'
import { closeEndedConsents } from './close-ended-consents.ts'
import { CONSENT_MEDIA_TYPE, consentTermsBytes, parseConsentTerms, type ConsentTerms } from './consent-terms.ts'
import { listGrants } from './list-grants.ts'
import { listConsents, listSubjects } from './own-consents.ts'
import { giveConsent } from './write-consent.ts'

const admit = (world: HospitalWorld, number = 'A-1'): Promise<Admitted> => world.admit({ person: world.people.ada, number, resources: [observation(number, '2020-01-01')] })
const problem = (code: string) => ({ code: 'INPUT_MALFORMED', details: { problems: [{ code }] } })
const thrownBy = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return error
  }
}
const epochOf = async (world: HospitalWorld, subject: string): Promise<number> => (readRow((await world.parts.store.read((view) => view.projection('subject', subject)))!) as { epoch: number }).epoch

describe('giving consent', () => {
  it('is listed with names and state, newest first, and pages', async () => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    const first = await world.give(world.people.ada, admitted, {})
    const second = await world.give(world.people.ada, admitted, { grantee: 'doctor-b', types: ['Observation'], expires: new Date(world.clock.now.getTime() + dayMs).toISOString() })
    await world.withdraw(world.people.ada, admitted, first.id)
    world.clock.now = new Date(world.clock.now.getTime() + 2 * dayMs)
    const { items } = await listConsents(world.parts, world.people.ada.actor, { limit: 50 })
    expect(items.map(({ id, state, granteeName, custodian, entry }) => [id, state, granteeName, custodian, entry])).toEqual([
      [second.id, 'expired', 'doctor-b', 'hospital-a', 'stored'],
      [first.id, 'withdrawn', 'hospital-b', 'hospital-a', 'stored'],
    ])
    const page = await listConsents(world.parts, world.people.ada.actor, { limit: 1 })
    expect((await listConsents(world.parts, world.people.ada.actor, { limit: 1, after: page.next })).items.map(({ id }) => id)).toEqual([first.id])
    expect((await listConsents(world.parts, world.people.bob.actor, { limit: 50 })).items).toEqual([])
  })

  it('starts from the pseudonyms that only the patient is told', async () => {
    const world = await createHospitalWorld()
    const { patient, subject } = await admit(world)
    expect(await listSubjects(world.parts, world.people.ada.actor)).toEqual([{ patient, subject, custodian: 'hospital-a', custodianName: 'hospital-a' }])
    expect(await listSubjects(world.parts, world.people.doctorA.actor)).toEqual([])
  })

  it.each(['bob', 'doctorA', 'doctorB'] as const)('is the patient\'s alone: %s is refused, and the patient sees it', async (who) => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    await expect(world.give(world.people[who], admitted, {})).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const [decision] = (await world.parts.store.read((view) => view.decisions({ about: admitted.patient, limit: 1, newestFirst: true }))).rows
    expect(new TextDecoder().decode(decision?.bytes)).toContain('"outcome":"refused"')
  })

  it('is the patient\'s alone for whoever replays the log, too', async () => {
    const world = await createHospitalWorld()
    const { subject } = await admit(world)
    const { bob } = world.people
    const terms = consentTermsBytes({ v: 1, grantee: 'hospital-b', purpose: 'treatment', expires: instantText(new Date(world.clock.now.getTime() + dayMs)), direct: false }, world.clock.now)
    const entry: Entry = { v: 1, id: newEntryId(), network: 'hospital', type: 'consent-given', subject, custodian: 'hospital-a', issuedAt: instantText(world.clock.now), author: bob.author }
    await expect(acceptEntries(world.parts, [await sign(bob.signer, entry, { mediaType: CONSENT_MEDIA_TYPE, payload: terms })], { actor: bob.actor })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it.each([
    ['over a second ago', { expires: -1000 }, 'expired'],
    ['longer than a year', { expires: 367 * dayMs }, 'too-long'],
  ] as const)('refuses terms that are %s', async (_name, { expires }, code) => {
    const now = new Date()
    expect(thrownBy(() => consentTermsBytes({ v: 1, grantee: 'x', purpose: 'treatment', expires: instantText(new Date(now.getTime() + expires)), direct: false }, now))).toMatchObject(problem(code))
  })

  it('refuses terms that were fine when signed but are over when they arrive', async () => {
    const world = await createHospitalWorld()
    const { subject } = await admit(world)
    const signedAt = world.clock.now
    const terms: ConsentTerms = { v: 1, grantee: 'hospital-b', purpose: 'treatment', expires: instantText(new Date(signedAt.getTime() + 1000)), direct: false }
    const { ada } = world.people
    const entry: Entry = { v: 1, id: newEntryId(signedAt), network: 'hospital', type: 'consent-given', subject, custodian: 'hospital-a', issuedAt: instantText(signedAt), author: ada.author }
    const signed = await sign(ada.signer, entry, { mediaType: CONSENT_MEDIA_TYPE, payload: consentTermsBytes(terms, signedAt) })
    world.clock.now = new Date(signedAt.getTime() + 1000)
    await expect(giveConsent(world.parts, ada.actor, { entry: signed })).rejects.toMatchObject(problem('expired'))
  })

  it.each([
    ['a range that ends before it begins', { from: '2020-01-02', to: '2020-01-01' }, 'range'],
    ['direct query for some types', { direct: true, types: ['Observation'] }, 'direct-bounded'],
    ['direct query for some dates', { direct: true, from: '2020-01-01' }, 'direct-bounded'],
    ['an unknown grantee', { grantee: 'nobody' }, 'unknown'],
    ['another patient as grantee', { grantee: 'bob' }, 'unknown'],
    ['oneself as grantee', { grantee: 'ada' }, 'own'],
    ['direct query by somebody whose only key is Ed25519', { grantee: 'doctor-b2', direct: true }, 'grantee-cannot-receive'],
  ] as const)('refuses %s', async (_name, terms, code) => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    await expect(world.give(world.people.ada, admitted, terms)).rejects.toMatchObject(problem(code))
  })

  it('reads terms strictly', () => {
    const now = new Date()
    const good: ConsentTerms = { v: 1, grantee: 'hospital-b', purpose: 'treatment', expires: instantText(new Date(now.getTime() + dayMs)), direct: false }
    expect(parseConsentTerms(consentTermsBytes(good, now), now)).toEqual(good)
    const text = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
    expect(thrownBy(() => parseConsentTerms(text(good), now))).toMatchObject(problem('not-canonical'))
    const sorted = Object.fromEntries(Object.entries({ ...good, note: 'x' }).sort(([a], [b]) => (a < b ? -1 : 1)))
    expect(thrownBy(() => parseConsentTerms(text(sorted), now))).toMatchObject(problem('shape'))
  })
})

describe('withdrawing consent', () => {
  it('is refused twice, for another patient\'s consent, and for one that does not exist', async () => {
    const world = await createHospitalWorld()
    const { ada, bob } = world.people
    const [mine, his] = [await admit(world), await world.admit({ person: bob, number: 'A-2' })]
    const consent = await world.give(ada, mine, {})
    const other = await world.give(bob, his, {})
    await world.withdraw(ada, mine, consent.id)
    await expect(world.withdraw(ada, mine, consent.id)).rejects.toMatchObject(problem('withdrawn'))
    await expect(world.withdraw(ada, mine, other.id)).rejects.toMatchObject(problem('unknown'))
    await expect(world.withdraw(ada, mine, newEntryId())).rejects.toMatchObject(problem('unknown'))
    await expect(world.withdraw(bob, mine, consent.id)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(listRecords(world.parts, world.people.doctorB.actor, { patient: his.patient, purpose: 'treatment', limit: 5 })).resolves.toBeDefined()
  })

  it('lets the other consents stand', async () => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    const wide = await world.give(world.people.ada, admitted, {})
    await world.give(world.people.ada, admitted, { types: ['Patient'] })
    await world.withdraw(world.people.ada, admitted, wide.id)
    const { value } = await listRecords(world.parts, world.people.doctorB.actor, { patient: admitted.patient, purpose: 'treatment', limit: 5 })
    expect(value.items.map(({ type }) => type)).toEqual(['Patient'])
  })
})

describe('epoch keys', () => {
  it('are handed to the grantee of a direct consent, sealed to its key, and shown to the patient', async () => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    const consent = await world.give(world.people.ada, admitted, { direct: true })
    const { items } = await listGrants(world.parts, world.people.doctorB.actor, { limit: 50 })
    expect(items).toEqual([{ consent: consent.id, custodian: 'hospital-a', network: 'hospital', ledger: world.parts.targets[0]?.ledger.describe().ledgerId, stream: 'hospital', key: world.people.doctorB.actor.key, epochs: [{ epoch: 0, sealed: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+$/) }] }])
    const [decision] = (await world.parts.store.read((view) => view.decisions({ about: admitted.patient, limit: 1, newestFirst: true }))).rows
    expect(new TextDecoder().decode(decision?.bytes)).toContain('hospital.grants.list')
    const vault = world.parts.vaults.get('hospital-a')
    const secret = await (await vault?.patient(admitted.patient))?.subjectSecret('hospital')
    expect(await openSealed(items[0]!.epochs[0]!.sealed, world.people.doctorB.privateJwk!)).toEqual(epochKey(secret!, 0))
  })

  it('cannot be received with an Ed25519 key, and the answer says so', async () => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    await world.give(world.people.ada, admitted, { direct: true })
    await expect(listGrants(world.parts, world.people.doctorB2.actor, { limit: 50 })).rejects.toMatchObject(problem('key-cannot-receive'))
  })

  it('are not handed out by a consent without direct query, nor recorded as if they were', async () => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    await world.give(world.people.ada, admitted, {})
    const before = (await world.parts.store.read((view) => view.decisions({ limit: 1000 }))).rows.length
    expect(await listGrants(world.parts, world.people.doctorB.actor, { limit: 50 })).toEqual({ items: [] })
    expect((await world.parts.store.read((view) => view.decisions({ limit: 1000 }))).rows).toHaveLength(before)
  })

  it('go on to the next epoch at withdrawal, for those whose consent stands', async () => {
    const world = await createHospitalWorld()
    const { ada, doctorB } = world.people
    const admitted = await admit(world)
    const first = await world.give(ada, admitted, { direct: true, grantee: 'doctor-b' })
    const second = await world.give(ada, admitted, { direct: true, grantee: 'hospital-b' })
    expect(await epochOf(world, admitted.subject)).toBe(0)
    await world.withdraw(ada, admitted, first.id)
    expect(await epochOf(world, admitted.subject)).toBe(1)
    expect((await listGrants(world.parts, doctorB.actor, { limit: 50 })).items.map(({ consent, epochs }) => [consent, epochs.map(({ epoch }) => epoch)])).toEqual([[second.id, [0, 1]]])
    await world.withdraw(ada, admitted, second.id)
    expect(await epochOf(world, admitted.subject)).toBe(2)
    expect(await listGrants(world.parts, doctorB.actor, { limit: 50 })).toEqual({ items: [] })
  })

  it('go on to the next epoch when a direct consent ends by itself, once', async () => {
    const world = await createHospitalWorld()
    const { ada, bob, doctorB } = world.people
    const [admitted, other] = [await admit(world), await world.admit({ person: bob, number: 'A-2' })]
    await world.give(ada, admitted, { direct: true, expires: new Date(world.clock.now.getTime() + dayMs).toISOString() })
    const standing = await world.give(ada, admitted, { direct: true, grantee: 'doctor-b' })
    await world.give(bob, other, { direct: true })
    expect(await closeEndedConsents(world.parts)).toBe(0)
    world.clock.now = new Date(world.clock.now.getTime() + dayMs)
    expect(await closeEndedConsents(world.parts)).toBe(1)
    expect(await closeEndedConsents(world.parts)).toBe(0)
    expect([await epochOf(world, admitted.subject), await epochOf(world, other.subject)]).toEqual([1, 0])
    expect((await listGrants(world.parts, doctorB.actor, { limit: 50 })).items.find(({ consent }) => consent === standing.id)?.epochs).toHaveLength(2)
  })

  it('are not moved on by people', async () => {
    const world = await createHospitalWorld()
    const { subject } = await admit(world)
    const { clerkA } = world.people
    const entry: Entry = { v: 1, id: newEntryId(), network: 'hospital', type: 'consent-ended', subject, custodian: 'hospital-a', issuedAt: instantText(new Date()), author: clerkA.author }
    await expect(acceptEntries(world.parts, [await sign(clerkA.signer, entry)], { actor: clerkA.actor })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('stay as they are when a consent without direct query ends', async () => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    const consent = await world.give(world.people.ada, admitted, {})
    await world.withdraw(world.people.ada, admitted, consent.id)
    expect(await epochOf(world, admitted.subject)).toBe(0)
  })
})
