import { instantText, newEntryId, type Entry } from '@careledger/proof'
import { beforeEach, describe, expect, it } from 'vitest'
import { sign } from '../../__fixtures__/world.ts'
import { createHospitalWorld, dayMs, observation, type Admitted, type HospitalWorld, type Member } from '../__fixtures__/hospital-world.ts'
import { listAccess } from '../access-list.ts'
import { explainDecision } from '../explain/explain-decision.ts'
import { listPatients } from '../patients.ts'
import { listRecords, readRecord } from '../records.ts'
import { EMERGENCY_MEDIA_TYPE, emergencyBytes, EMERGENCY_MS, REVIEW_MEDIA_TYPE, REVIEW_MS, type EmergencyOpening } from './emergency-row.ts'
import { escalateReviews } from './escalate-reviews.ts'
import { listOpenEmergencies, listOwnEmergencies, listReviews } from './list-emergencies.ts'
import { endEmergency, openEmergency, prepareEmergency, reviewEmergency } from './open-emergency.ts'

const number = 'E-1'
const depression = { resourceType: 'Condition', subject: { reference: `Patient/p-${number}` }, code: { coding: [{ system: 'http://snomed.info/sct', code: '35489007' }] } }
let world: HospitalWorld
let admitted: Admitted

beforeEach(async () => {
  world = await createHospitalWorld()
  admitted = await world.admit({ person: world.people.ada, number, resources: [observation(number, '2020-01-01'), depression] })
})

const later = (ms: number): void => void (world.clock.now = new Date(world.clock.now.getTime() + ms))
const entryOf = async (by: Member, type: string, members: Partial<Entry>, payload?: { readonly mediaType: string; readonly payload: Uint8Array }) =>
  sign(by.signer, { v: 1, id: newEntryId(world.clock.now), network: 'hospital', type, custodian: 'hospital-a', subject: admitted.subject, issuedAt: instantText(world.clock.now), author: by.author, ...members }, payload)
const opening = (members: Partial<EmergencyOpening> = {}) => ({ mediaType: EMERGENCY_MEDIA_TYPE, payload: emergencyBytes({ v: 1, test: 'vital-interests/1', opens: 'record', reason: 'unconscious', text: 'Found after an accident', until: instantText(new Date(world.clock.now.getTime() + EMERGENCY_MS)), ...members }) })
const open = async (by: Member, members: Partial<EmergencyOpening> = {}) => openEmergency(world.parts, by.actor, [await entryOf(by, 'emergency-opened', {}, opening(members))])
const review = async (by: Member, id: string, outcome: 'justified' | 'misuse') =>
  reviewEmergency(world.parts, by.actor, await entryOf(by, 'emergency-reviewed', { replaces: id }, { mediaType: REVIEW_MEDIA_TYPE, payload: emergencyBytes({ v: 1, outcome, note: 'Looked at.' }) }))
const shown = async (by: Member) => (await listRecords(world.parts, by.actor, { patient: admitted.patient, purpose: 'treatment', limit: 10 }).catch(() => undefined))?.value.items.map(({ type }) => type).sort()

describe('emergency access', () => {
  it('opens everything but the sensitive kinds for the doctor alone, and ends by itself', async () => {
    const { doctorB, doctorB2, ada } = world.people
    expect(await shown(doctorB)).toBeUndefined()
    const [opened] = await open(doctorB)
    expect(await shown(doctorB)).toEqual(['Observation', 'Patient'])
    expect(await shown(doctorB2)).toBeUndefined()
    await expect(listRecords(world.parts, doctorB.actor, { patient: admitted.patient, purpose: 'research', limit: 10 })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect((await listPatients(world.parts, doctorB.actor, { limit: 5 })).items.map(({ decision }) => [decision.rule, decision.consent])).toEqual([['emergency', opened?.id]])
    expect((await listOpenEmergencies(world.parts, doctorB.actor)).map(({ id }) => id)).toEqual([opened?.id])
    later(EMERGENCY_MS)
    expect(await shown(doctorB)).toBeUndefined()
    expect(await listOpenEmergencies(world.parts, doctorB.actor)).toEqual([])
    expect((await listOwnEmergencies(world.parts, ada.actor)).map((item) => [item.open, item.state, item.text])).toEqual([[false, 'open', 'Found after an accident']])
  })

  it('opens a sensitive kind only where it is named', async () => {
    await open(world.people.doctorB, { sensitive: ['PSY'] })
    expect(await shown(world.people.doctorB)).toEqual(['Condition', 'Observation', 'Patient'])
  })

  it('is seen by the patient in the very commit that opens it, and explained to both', async () => {
    const { ada, doctorB } = world.people
    const [opened] = await open(doctorB)
    const [line] = (await listAccess(world.parts, ada.actor, { limit: 1 })).items
    expect([line?.operation, line?.decision.rule, line?.decision.outcome, line?.decision.consent]).toEqual(['hospital.emergency.open', 'emergency', 'permitted', opened?.id])
    for (const actor of [ada.actor, doctorB.actor]) expect(await explainDecision(world.parts, actor, line?.id as string)).toMatchObject({ emergency: { entry: opened?.id, reason: 'unconscious', review: 'open' } })
    await expect(explainDecision(world.parts, world.people.bob.actor, line?.id as string)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it.each(['doctorB', 'ada'] as const)('ends at once when %s ends it', async (who) => {
    const { doctorB } = world.people
    const [opened] = await open(doctorB)
    await endEmergency(world.parts, world.people[who].actor, await entryOf(world.people[who], 'emergency-ended', { replaces: opened?.id }))
    expect(await shown(doctorB)).toBeUndefined()
  })

  it('is not ended by anybody else', async () => {
    const [opened] = await open(world.people.doctorB)
    await expect(endEmergency(world.parts, world.people.bob.actor, await entryOf(world.people.bob, 'emergency-ended', { replaces: opened?.id }))).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it.each([
    ['five hours', { until: 5 }, 'too-long'],
    ['an end that is past', { until: -1 }, 'over'],
  ] as const)('refuses %s', async (_name, { until }, code) => {
    await expect(open(world.people.doctorB, { until: instantText(new Date(world.clock.now.getTime() + until * 3_600_000)) })).rejects.toMatchObject({ code: 'INPUT_MALFORMED', details: { problems: [{ code }] } })
  })

  it.each(['clerkA', 'systemA', 'privacyA', 'ada'] as const)('is not for %s', async (who) => {
    await expect(open(world.people[who])).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(prepareEmergency(world.parts, world.people[who].actor, { patient: admitted.patient })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })
})

describe('asking what to sign', () => {
  const shape = async (whom: Parameters<typeof prepareEmergency>[2]) => (await prepareEmergency(world.parts, world.people.doctorB.actor, whom)).subjects.map(({ custodian, subject }) => [custodian, subject.length])

  it('has the same shape, and the same answer twice, whether or not there is such a person', async () => {
    const somebody = { identifier: { system: 'urn:test:mrn', value: number }, birthDate: '1980-05-17' }
    const nobody = { ...somebody, birthDate: '1980-05-18' }
    expect(await shape(nobody)).toEqual(await shape(somebody))
    expect(await shape({ patient: newEntryId() })).toEqual(await shape({ patient: admitted.patient }))
    const ask = () => prepareEmergency(world.parts, world.people.doctorB.actor, nobody)
    expect((await ask()).subjects).toEqual((await ask()).subjects)
    expect((await prepareEmergency(world.parts, world.people.doctorB.actor, somebody)).subjects.map(({ subject }) => subject)).toContain(admitted.subject)
  })

  it('opens nothing for nobody', async () => {
    const { subjects } = await prepareEmergency(world.parts, world.people.doctorB.actor, { patient: newEntryId() })
    const by = world.people.doctorB
    await expect(openEmergency(world.parts, by.actor, [await entryOf(by, 'emergency-opened', { subject: subjects.find(({ custodian }) => custodian === 'hospital-a')?.subject }, opening())])).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })
})

describe('breaking a seal', () => {
  it('adds the named kinds to what a consent shares, within its other limits, and names both', async () => {
    const { ada, doctorB } = world.people
    const consent = await world.give(ada, admitted, { types: ['Condition'] })
    expect(await shown(doctorB)).toEqual([])
    const [opened] = await open(doctorB, { opens: 'seal', sensitive: ['PSY'] })
    expect(await shown(doctorB)).toEqual(['Condition'])
    const { decision } = await readRecord(world.parts, doctorB.actor, { id: admitted.records[2] as string, purpose: 'treatment' })
    expect([decision.rule, decision.consent]).toEqual(['emergency', opened?.id])
    await world.withdraw(ada, admitted, consent.id)
    expect(await shown(doctorB)).toBeUndefined()
  })

  it('needs a consent to break it within, and kinds to break it for', async () => {
    await expect(open(world.people.doctorB, { opens: 'seal', sensitive: ['PSY'] })).rejects.toMatchObject({ details: { problems: [{ code: 'no-consent' }] } })
    await world.give(world.people.ada, admitted, {})
    await expect(open(world.people.doctorB, { opens: 'seal' })).rejects.toMatchObject({ details: { problems: [{ code: 'missing' }] } })
  })
})

describe('the review', () => {
  const waiting = async (by: Member, state: 'open' | 'escalated' | 'closed' = 'open') => (await listReviews(world.parts, by.actor, { state, limit: 10 })).items.map(({ id }) => id)

  it("waits for the custodian's privacy officer, who sees the reason and nothing of the record", async () => {
    const { doctorB, privacyA, adminA, ada } = world.people
    const [opened] = await open(doctorB)
    expect(await waiting(privacyA)).toEqual([opened?.id])
    expect(await waiting(adminA)).toEqual([])
    expect(await shown(privacyA)).toBeUndefined()
    const [line] = (await listAccess(world.parts, ada.actor, { limit: 1 })).items.filter(({ operation }) => operation === 'hospital.emergency.reviews')
    expect(line === undefined || line.decision.rule === 'review').toBe(true)
    await review(privacyA, opened?.id as string, 'justified')
    expect([await waiting(privacyA), await waiting(privacyA, 'closed')]).toEqual([[], [opened?.id]])
    expect(await shown(doctorB)).toEqual(['Observation', 'Patient'])
    await expect(review(privacyA, opened?.id as string, 'misuse')).rejects.toMatchObject({ details: { problems: [{ code: 'reviewed' }] } })
  })

  it('ends the access where it finds misuse', async () => {
    const [opened] = await open(world.people.doctorB)
    await review(world.people.privacyA, opened?.id as string, 'misuse')
    expect(await shown(world.people.doctorB)).toBeUndefined()
    expect((await listOwnEmergencies(world.parts, world.people.ada.actor))[0]?.reviewed?.outcome).toBe('misuse')
  })

  it('goes to the administrators when nobody closes it in 72 hours, once', async () => {
    const { doctorB, privacyA, adminA } = world.people
    const [opened] = await open(doctorB)
    await expect(review(adminA, opened?.id as string, 'justified')).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    later(REVIEW_MS - 1)
    expect(await escalateReviews(world.parts)).toBe(0)
    later(1)
    expect(await escalateReviews(world.parts)).toBe(1)
    expect([await waiting(adminA, 'escalated'), await waiting(privacyA, 'escalated')]).toEqual([[opened?.id], [opened?.id]])
    later(dayMs)
    expect(await escalateReviews(world.parts)).toBe(0)
    await review(adminA, opened?.id as string, 'justified')
    expect(await waiting(privacyA, 'escalated')).toEqual([])
  })

  it.each(['doctorA', 'clerkA', 'doctorB', 'ada'] as const)('is not closed by %s', async (who) => {
    const [opened] = await open(world.people.doctorB)
    await expect(review(world.people[who], opened?.id as string, 'justified')).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })
})
