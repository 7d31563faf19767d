import { commit, entryBytes, instantText, newEntryId, newSalt, signEntry, toBase64url, type Entry } from '@careledger/proof'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SignedEntry } from '../../entries/signed-entry.ts'
import { startLog } from '../../log/start-log.ts'
import { audit } from '../../maintenance/audit/audit.ts'
import { erasePatient } from '../../maintenance/erase-patient.ts'
import { rebuild } from '../../maintenance/rebuild.ts'
import { createHospitalWorld, immunization, observation, type Admitted, type HospitalWorld, type Member } from '../__fixtures__/hospital-world.ts'
import { listRecords } from '../records.ts'
import { reasonsToKeep } from './kept-until.ts'
import { HOLD_MEDIA_TYPE, RETENTION_MEDIA_TYPE, retentionBytes, type RetentionRule } from './retention-payloads.ts'
import { answerErasure, listDue, readRetention, setRetention, writeHold } from './retention.ts'

const number = 'R-1'
const rule = (more: Partial<RetentionRule> = {}): RetentionRule => ({ jurisdiction: 'KR', years: 10, from: 'record', basis: 'Medical records, 10 years', source: 'https://law.example/15', ...more })

async function sign(world: HospitalWorld, by: Member, members: Partial<Entry> & Pick<Entry, 'type'>, payload?: { readonly mediaType: string; readonly bytes: Uint8Array }): Promise<SignedEntry> {
  const opening = payload === undefined ? undefined : { salt: newSalt(), mediaType: payload.mediaType, payload: payload.bytes }
  const entry: Entry = {
    v: 1, id: newEntryId(world.clock.now), network: 'hospital', custodian: 'hospital-a', issuedAt: instantText(world.clock.now), author: by.author, ...members,
    ...(opening === undefined ? {} : { payload: toBase64url(commit(opening)) }),
  }
  return { entry: entryBytes(entry), signature: await signEntry(entry, by.signer), opening }
}

const setRules = async (world: HospitalWorld, rules: readonly RetentionRule[], by: Member = world.people.adminA) =>
  setRetention(world.parts, by.actor, { entry: await sign(world, by, { type: 'retention-set' }, { mediaType: RETENTION_MEDIA_TYPE, bytes: retentionBytes({ v: 1, rules }) }) })
const hold = async (world: HospitalWorld, { subject }: Pick<Admitted, 'subject'>, by: Member = world.people.clerkA) =>
  writeHold(world.parts, by.actor, 'hold-placed', { entry: await sign(world, by, { type: 'hold-placed', subject }, { mediaType: HOLD_MEDIA_TYPE, bytes: retentionBytes({ v: 1, basis: 'Claim 12 O 34/26' }) }) })
const release = async (world: HospitalWorld, { subject }: Pick<Admitted, 'subject'>, id: string, by: Member = world.people.clerkA) =>
  writeHold(world.parts, by.actor, 'hold-released', { entry: await sign(world, by, { type: 'hold-released', subject, replaces: id }) })
const erase = (world: HospitalWorld, { patient, subject }: Pick<Admitted, 'patient' | 'subject'>, subjects: readonly string[] = [subject]) => {
  const { clerkA } = world.people
  return erasePatient(world.parts, { custodian: 'hospital-a', patient, subjects, signer: clerkA.signer, author: clerkA.author })
}
const admit = (world: HospitalWorld): Promise<Admitted> => world.admit({ person: world.people.ada, number, resources: [observation(number, '2020-01-01'), immunization(number, '2019')] })
const readable = async (world: HospitalWorld, { patient }: Pick<Admitted, 'patient'>): Promise<number> =>
  listRecords(world.parts, world.people.doctorA.actor, { patient, purpose: 'treatment', limit: 10 }).then(({ value }) => value.items.length, () => 0)

describe('an erasure request', () => {
  it('is refused with the legal basis and until when, while a period runs, and granted after it', async () => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    await setRules(world, [rule({ types: ['Immunization'], basis: 'Vaccinations' }), rule({ types: ['Observation'], years: 15 })])
    const reasons = [{ kind: 'period', basis: 'Medical records, 10 years', source: 'https://law.example/15', until: '2035-01-02' }, { kind: 'period', basis: 'Vaccinations', source: 'https://law.example/15', until: '2030-01-01' }]
    expect(await erase(world, admitted)).toEqual({ outcome: 'refused', reasons })
    for (const member of [world.people.ada, world.people.clerkA]) expect((await answerErasure(world.parts, member.actor, admitted.patient)).value).toMatchObject({ erasable: false, reasons, holds: [], subject: admitted.subject })
    expect(await readable(world, admitted)).toBe(3)
    world.clock.now = new Date('2035-01-02T00:00:00Z')
    expect(await erase(world, admitted)).toMatchObject({ outcome: 'erased' })
    expect(await readable(world, admitted)).toBe(0)
  })

  it('is refused under a hold, whatever the periods say, until the last one is released', async () => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    const [first, second] = [await hold(world, admitted), await hold(world, admitted)]
    expect(await erase(world, admitted)).toEqual({ outcome: 'refused', reasons: [{ kind: 'hold', basis: 'Claim 12 O 34/26' }, { kind: 'hold', basis: 'Claim 12 O 34/26' }] })
    // The keys die with the call, so leaving the subject out changes nothing.
    expect(await erase(world, admitted, [])).toMatchObject({ outcome: 'refused' })
    await release(world, admitted, first.id)
    expect(await erase(world, admitted)).toMatchObject({ outcome: 'refused' })
    await release(world, admitted, second.id)
    await expect(erase(world, admitted, [])).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    expect(await readable(world, admitted)).toBe(3)
    expect(await erase(world, admitted)).toMatchObject({ outcome: 'erased' })
    await expect(hold(world, admitted)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('never erases what is under a hold, in whatever order holds, releases and erasures come at once', async () => {
    const step = fc.constantFrom('hold', 'release', 'erase')
    await fc.assert(fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }), async (rounds) => {
      const world = await createHospitalWorld()
      const admitted = await admit(world)
      const standing = new Set<string>()
      let erased = false
      for (const round of rounds) {
        const before = new Set(standing)
        const outcomes = await Promise.all(round.map(async (one): Promise<readonly ['placed' | 'released' | 'erased' | 'none', string?]> => {
          if (one === 'hold') return hold(world, admitted).then(({ id }) => ['placed', id] as const, () => ['none'] as const)
          if (one === 'erase') return erase(world, admitted).then(({ outcome }) => (outcome === 'erased' ? (['erased'] as const) : (['none'] as const)), () => ['none'] as const)
          const [oldest] = before
          return oldest === undefined ? ['none'] : release(world, admitted, oldest).then(() => ['released', oldest] as const, () => ['none'] as const)
        }))
        for (const [what, id] of outcomes) {
          if (what === 'placed') standing.add(id as string)
          if (what === 'released') standing.delete(id as string)
          erased ||= what === 'erased'
        }
        if (erased) expect([...standing]).toEqual([])
        if (standing.size > 0) expect(await readable(world, admitted)).toBe(3)
      }
      expect(await readable(world, admitted)).toBe(erased ? 0 : 3)
    }), { numRuns: 25 })
  }, 60_000)
})

describe('retention entries', () => {
  it('are written by whose role it is, and by nobody else', async () => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    const { doctorA, clerkA, adminA, systemA, doctorB, ada } = world.people
    for (const member of [doctorA, clerkA, systemA, doctorB, ada]) await expect(setRules(world, [], member)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    for (const member of [doctorA, adminA, systemA, doctorB, ada]) await expect(hold(world, admitted, member)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const { id } = await hold(world, admitted, clerkA)
    for (const member of [doctorA, adminA, doctorB, ada]) await expect(release(world, admitted, id, member)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(release(world, admitted, newEntryId(), clerkA)).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await expect(setRules(world, [rule({ years: 0 })])).rejects.toMatchObject({ code: 'INPUT_MALFORMED', details: { path: 'rules.0.years' } })
    await expect(setRules(world, [rule({ source: 'javascript:alert(1)' })])).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
  })

  it('replace each other, tell what is due, survive a rebuild and hold against the log', async () => {
    const world = await createHospitalWorld()
    const log = await startLog(world.parts)
    const [kept, held] = [await admit(world), await world.admit({ number: 'R-2' })]
    await hold(world, held)
    await setRules(world, [rule({ years: 30 })])
    await setRules(world, [rule({ types: ['Observation'] })])
    const due = async () => (await listDue(world.parts, world.people.clerkA.actor, { limit: 10 })).items
    expect(new Map((await due()).map(({ patient, ...item }) => [patient, item]))).toEqual(new Map([[kept.patient, { state: 'kept', until: '2030-01-02' }], [held.patient, { state: 'held' }]]))
    expect((await readRetention(world.parts, world.people.adminA.actor)).rules).toEqual([rule({ types: ['Observation'] })])
    await log.stop()
    const before = await due()
    await rebuild(world.parts)
    expect(await due()).toEqual(before)
    expect((await audit(world.parts)).findings).toEqual([])
    world.clock.now = new Date('2030-01-02T08:00:00Z')
    expect((await due()).find(({ patient }) => patient === kept.patient)).toEqual({ patient: kept.patient, state: 'due' })
    expect((await listDue(world.parts, world.people.doctorB.actor, { limit: 10 })).items).toEqual([])
  })
})

describe('a period', () => {
  const ends = (date: string | undefined, more: Partial<RetentionRule> = {}, now = '2000-01-01') => reasonsToKeep([{ type: 'Observation', recordedAt: '2021-03-04T05:06:07.000Z', ...(date === undefined ? {} : { date }) }], [rule(more)], [], new Date(now)).map(({ until }) => until)

  it('begins on the last day that the date can mean, and ends with the day years later', () => {
    expect([ends('2020-02-29'), ends('2021-02'), ends('2020'), ends(undefined), ends('2020-02-28', { years: 1 })].flat()).toEqual(['2030-03-02', '2031-03-01', '2031-01-01', '2031-03-05', '2021-03-01'])
  })

  it('has ended on that day and not a day before', () => {
    expect([ends('2020-05-01', {}, '2030-05-01T23:59:59Z'), ends('2020-05-01', {}, '2030-05-02T00:00:00Z')]).toEqual([['2030-05-02'], []])
  })

  it('from the last record reaches over everything the rule covers', () => {
    const records = [{ type: 'Observation', date: '2001', recordedAt: '2021-01-01' }, { type: 'Condition', date: '2020-01-01', recordedAt: '2021-01-01' }]
    expect(reasonsToKeep(records, [rule({ from: 'last-record', types: ['Observation'] })], [], new Date('2021-01-01')).map(({ until }) => until)).toEqual(['2030-01-02'])
    expect(reasonsToKeep(records, [rule({ from: 'last-record', types: ['Claim'] })], [], new Date('2021-01-01'))).toEqual([])
  })
})
