import { instantText, newEntryId, type Entry } from '@careledger/proof'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { sign } from '../../__fixtures__/world.ts'
import { createHospitalWorld, dayMs, immunization, observation, type Admitted, type HospitalWorld, type Member } from '../../hospital/__fixtures__/hospital-world.ts'
import { explainDecision } from '../../hospital/explain/explain-decision.ts'
import { listRecords } from '../../hospital/records.ts'
import { rebuild } from '../../maintenance/rebuild.ts'
import { anyTerms, LABORATORY } from '../__fixtures__/any-terms.ts'
import type { ConsentTerms } from '../consent-terms.ts'
import { covers } from '../covers.ts'
import { listConsents } from '../own-consents.ts'
import { preparePassing, writePassing } from './pass-on.ts'
import { narrowedTerms, passedOnBytes, PASSED_ON_MEDIA_TYPE, type PassedOn } from './passed-on.ts'

let world: HospitalWorld
let admitted: Admitted
const purpose = 'treatment' as const
const inDays = (days: number): string => instantText(new Date(world.clock.now.getTime() + days * dayMs))

beforeAll(async () => {
  world = await createHospitalWorld()
  admitted = await world.admit({ person: world.people.ada, number: 'P-9', resources: [observation('P-9', '2020-01-01'), immunization('P-9', '2021-01-01')] })
})

async function pass(by: Member, passed: Partial<PassedOn> & Pick<PassedOn, 'consent'>) {
  const entry: Entry = { v: 1, id: newEntryId(world.clock.now), network: 'hospital', type: 'consent-passed-on', custodian: 'hospital-a', subject: admitted.subject, issuedAt: instantText(world.clock.now), author: by.author }
  const payload = passedOnBytes({ v: 1, grantee: 'privacy-a', expires: inDays(7), ...passed })
  return writePassing(world.parts, by.actor, { entry: await sign(by.signer, entry, { mediaType: PASSED_ON_MEDIA_TYPE, payload }), type: 'consent-passed-on', purpose })
}
async function takeBack(by: Member, consent: string) {
  const entry: Entry = { v: 1, id: newEntryId(world.clock.now), network: 'hospital', type: 'consent-withdrawn', custodian: 'hospital-a', subject: admitted.subject, issuedAt: instantText(world.clock.now), author: by.author, replaces: consent }
  return writePassing(world.parts, by.actor, { entry: await sign(by.signer, entry), type: 'consent-withdrawn', purpose })
}
const give = async (terms: Partial<ConsentTerms> = {}): Promise<string> => (await world.give(world.people.ada, admitted, { passOn: true, ...terms })).id
const readAs = async (who: Member) => (await listRecords(world.parts, who.actor, { patient: admitted.patient, purpose, limit: 10 })).value.items.map(({ type }) => type).sort()
const own = async (id: string) => (await listConsents(world.parts, world.people.ada.actor, { limit: 100 })).items.find((item) => item.id === id)
const refused = (code: string) => ({ code })

describe('a consent that may be passed on', () => {
  it('lets its grantee name another, who reads within it; the patient sees who passed it on, and the decision names what it rests on', async () => {
    const { ada, doctorB, privacyA } = world.people
    const consent = await give()
    await expect(readAs(privacyA)).rejects.toMatchObject(refused('NOT_ALLOWED'))
    const { id } = await pass(doctorB, { consent, types: ['Observation'] })
    expect(await readAs(privacyA)).toEqual(['Observation'])
    expect(await own(id)).toMatchObject({ state: 'active', granteeName: 'privacy-a', passedOn: { consent, name: 'hospital-b' }, terms: { types: ['Observation'], direct: false } })
    const { value } = await preparePassing(world.parts, doctorB.actor, { patient: admitted.patient, purpose })
    expect(value.items.find((item) => item.consent === consent)?.passed.map((one) => one.id)).toEqual([id])
    const { decision } = await listRecords(world.parts, privacyA.actor, { patient: admitted.patient, purpose, limit: 1 })
    expect(decision).toMatchObject({ rule: 'consent', consent: id })
    expect((await explainDecision(world.parts, ada.actor, decision.id)).consent).toMatchObject({ entry: id, passedOn: { consent, name: 'hospital-b' } })
    await world.withdraw(ada, admitted, consent)
  })

  it('ends with what was passed on of it at the commit of its withdrawal, also when all is made anew', async () => {
    const { ada, doctorB, privacyA } = world.people
    const consent = await give()
    const { id } = await pass(doctorB, { consent })
    expect(await readAs(privacyA)).toEqual(['Immunization', 'Observation', 'Patient'])
    const { id: withdrawal } = await world.withdraw(ada, admitted, consent)
    await expect(readAs(privacyA)).rejects.toMatchObject(refused('NOT_ALLOWED'))
    expect(await own(id)).toMatchObject({ state: 'withdrawn', withdrawnBy: withdrawal })
    await rebuild(world.parts)
    await expect(readAs(privacyA)).rejects.toMatchObject(refused('NOT_ALLOWED'))
  })

  it('is taken back by whoever passed it on or by the patient, alone, and by nobody else', async () => {
    const { ada, doctorA, doctorB, privacyA } = world.people
    const consent = await give()
    const first = await pass(doctorB, { consent })
    await expect(takeBack(privacyA, first.id)).rejects.toMatchObject(refused('NOT_ALLOWED'))
    await expect(takeBack(doctorA, first.id)).rejects.toMatchObject(refused('NOT_ALLOWED'))
    await expect(takeBack(doctorB, consent)).rejects.toMatchObject(refused('NOT_ALLOWED'))
    await takeBack(doctorB, first.id)
    await expect(readAs(privacyA)).rejects.toMatchObject(refused('NOT_ALLOWED'))
    const second = await pass(doctorB, { consent })
    await world.withdraw(ada, admitted, second.id)
    await expect(readAs(privacyA)).rejects.toMatchObject(refused('NOT_ALLOWED'))
    expect(await readAs(doctorB)).toHaveLength(3)
    await world.withdraw(ada, admitted, consent)
  })

  it.each([
    ['one that does not allow it', { passOn: undefined }, {}, 'NOT_ALLOWED'],
    ['to somebody unknown', {}, { grantee: 'nobody' }, 'INPUT_MALFORMED'],
    ['to the patient', {}, { grantee: 'ada' }, 'INPUT_MALFORMED'],
    ['to one of its own', {}, { grantee: 'hospital-b' }, 'INPUT_MALFORMED'],
    ['further types', { types: ['Observation'] }, { types: ['Immunization'] }, 'INPUT_MALFORMED'],
    ['kinds that it does not have', {}, { sensitive: ['HIV'] }, 'INPUT_MALFORMED'],
    ['earlier days', { types: ['Observation'], from: '2020-01-01' }, { from: '2019-01-01' }, 'INPUT_MALFORMED'],
    ['a longer time', {}, { expires: '2999-01-01T00:00:00.000Z' }, 'INPUT_MALFORMED'],
  ] as const)('is not passed on: %s', async (_title, terms, passed, code) => {
    const { ada, doctorB, privacyA } = world.people
    const consent = await give(JSON.parse(JSON.stringify({ passOn: true, ...terms })) as Partial<ConsentTerms>)
    if ('passOn' in terms) await world.withdraw(ada, admitted, consent)
    const asked = 'passOn' in terms ? (await world.give(ada, admitted, {})).id : consent
    await expect(pass(doctorB, { consent: asked, ...passed })).rejects.toMatchObject(refused(code))
    await expect(readAs(privacyA)).rejects.toMatchObject(refused('NOT_ALLOWED'))
    await world.withdraw(ada, admitted, asked)
  })

  it('is not passed on by somebody whom it was passed on to, nor by the custodian, nor once it is over', async () => {
    const { ada, doctorA, doctorB, privacyA } = world.people
    const consent = await give()
    const { id } = await pass(doctorB, { consent })
    await expect(pass(privacyA, { consent: id, grantee: 'doctor-b2' })).rejects.toMatchObject(refused('NOT_ALLOWED'))
    await expect(pass(privacyA, { consent, grantee: 'doctor-b2' })).rejects.toMatchObject(refused('NOT_ALLOWED'))
    await expect(pass(doctorA, { consent })).rejects.toMatchObject(refused('NOT_ALLOWED'))
    await world.withdraw(ada, admitted, consent)
    await expect(pass(doctorB, { consent })).rejects.toMatchObject(refused('NOT_ALLOWED'))
  })
})

describe('terms that are passed on', () => {
  const day = fc.constantFrom('2019-12-31', '2020-01-01', '2020-06-30', '2021-01-01')
  const record = fc.record({ type: fc.constantFrom('Observation', 'Immunization', 'Patient', 'Condition'), date: fc.option(day, { nil: undefined }), categories: fc.constantFrom([], [LABORATORY]), sensitive: fc.constantFrom(undefined, ['HIV'] as const, ['PSY'] as const) })
  const narrowing = fc.record({ types: fc.option(fc.constantFrom(['Observation'], ['Observation', 'Immunization'], ['Condition']), { nil: undefined }), from: fc.option(day, { nil: undefined }), to: fc.option(day, { nil: undefined }), sensitive: fc.constantFrom(undefined, ['HIV'] as const, ['HIV', 'PSY'] as const) })

  it('reach nothing that the consent does not reach, whatever the two say', () => {
    fc.assert(fc.property(anyTerms('2026-01-01T00:00:00.000Z'), narrowing, record, (terms, { types, from, to, sensitive }, one) => {
      const parent = { ...terms, direct: false, expires: '2026-03-01T00:00:00.000Z' }
      const passed = { v: 1, consent: newEntryId(), grantee: 'somebody', expires: '2026-02-01T00:00:00.000Z', ...JSON.parse(JSON.stringify({ types, from, to, sensitive })) as object } as PassedOn
      let child: ConsentTerms
      try {
        child = narrowedTerms(parent, passed, new Date('2026-01-01T00:00:00.000Z'))
      } catch (error) {
        expect(error).toMatchObject({ code: 'INPUT_MALFORMED' })
        return
      }
      const reader = { party: 'somebody' }
      expect(!covers(child, one, reader) || covers(parent, one, reader)).toBe(true)
      expect([child.passOn, child.direct, child.purpose]).toEqual([undefined, false, parent.purpose])
    }), { numRuns: 500 })
  })
})
