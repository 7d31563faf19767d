import { endDelegation, explainInWords, giveConsent, giveDelegation, importBundle, passOn, signAs, takeBack, withdrawConsent, type CareLedgerClient, type DelegationTerms, type SubjectAt } from '@careledger/client'
import { rebuild } from '@careledger/logic'
import { newEntryId } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInstance, type TestInstance } from '../../__fixtures__/instance.ts'

const DAY = 86_400_000
let instance: TestInstance
let clerk: CareLedgerClient
let parent: CareLedgerClient
let child: SubjectAt & { readonly patient: string }

/** A child at hospital A who has no key, and a parent who is a patient of hospital B. */
beforeAll(async () => {
  instance = await startInstance()
  clerk = await instance.as('clerk-a')
  parent = await instance.as('patient-b')
  const bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: `urn:uuid:${crypto.randomUUID()}`, resource: { resourceType: 'Patient', identifier: [{ system: 'https://a.example/ids', value: 'C-1' }], name: [{ family: 'Small' }], birthDate: '2020-01-02' } }] }
  const imported = await importBundle(await instance.as('doctor-a'), new TextEncoder().encode(JSON.stringify(bundle)))
  const { subject, custodian } = await clerk.hospital.writing.prepare.query({ patient: imported.patient })
  child = { patient: imported.patient, subject, custodian }
})
afterAll(() => instance.stop())

const refusedWith = (code: string) => expect.objectContaining({ name: 'Problem', code })
const inInstant = (days: number) => new Date(Date.now() + days * DAY).toISOString()
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10)
const terms = (change: Partial<DelegationTerms> = {}): DelegationTerms => ({ delegate: 'patient-b', basis: 'parent', scope: ['read', 'consent'], until: inDays(4000), ...change })
const asParent = () => parent.hospital.records.list.query({ patient: child.patient })
const consentTo = (grantee: string) => ({ grantee, purpose: 'treatment', expires: new Date(Date.now() + 30 * DAY).toISOString(), direct: false }) as const

describe('a child\'s guardian', () => {
  it('reads and consents in their own name once a records clerk has entered them, and decisions and the list say so', async () => {
    await expect(asParent()).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await giveDelegation(clerk, child, terms())
    const { decision, items } = await asParent()
    expect([items.length, decision]).toEqual([1, expect.objectContaining({ outcome: 'permitted', rule: 'delegate', delegation: expect.any(String) })])
    expect((await parent.hospital.patients.list.query({})).items.map(({ patient }) => patient)).toContain(child.patient)
    const { byMe } = await parent.hospital.delegations.list.query({})
    expect(byMe).toEqual([expect.objectContaining({ patient: child.patient, subject: child.subject, basis: 'parent', scope: ['consent', 'read'], state: 'active', id: decision.delegation })])
    const { id } = await giveConsent(parent, child, { ...consentTo('hospital-b'), passOn: true })
    expect((await (await instance.as('doctor-b')).hospital.records.list.query({ patient: child.patient })).decision.rule).toBe('consent')
    expect((await parent.hospital.delegations.consents.query({ patient: child.patient })).items).toEqual([expect.objectContaining({ id, state: 'active', actedBy: expect.objectContaining({ party: 'patient-b', basis: 'parent' }) })])
    for (const other of ['doctor-b', 'clerk-a', 'patient-a'] as const) await expect((await instance.as(other)).hospital.delegations.consents.query({ patient: child.patient })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    const explained = explainInWords(await parent.hospital.access.explain.query({ id: decision.id }), { language: 'en' })
    expect(explained[1]).toMatch(/^It was allowed because they act for the patient, as a parent, by [-0-9a-f]{36}, until /)
  })

  it('sees that what they share is passed on, and ends that alone', async () => {
    const doctor = await instance.as('doctor-b')
    const place = await doctor.hospital.passing.prepare.query({ patient: child.patient })
    const consent = place.items[0]?.consent ?? ''
    const { id } = await passOn(doctor, place, { consent, grantee: 'operator', expires: inInstant(5) })
    const listed = async () => (await parent.hospital.delegations.consents.query({ patient: child.patient })).items.find((item) => item.id === id)
    expect(await listed()).toMatchObject({ state: 'active', passedOn: { consent } })
    await withdrawConsent(parent, child, id)
    expect(await listed()).toMatchObject({ state: 'withdrawn', withdrawnActedBy: { basis: 'parent' } })
    const again = await passOn(doctor, place, { consent, grantee: 'operator', expires: inInstant(5) })
    await takeBack(doctor, place, again.id)
    await expect((await instance.as('operator')).hospital.records.list.query({ patient: child.patient })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await withdrawConsent(parent, child, consent)
    await expect(doctor.hospital.passing.prepare.query({ patient: child.patient })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })

  it('does neither from the day of majority on, research never, and with scope read alone gives no consent', async () => {
    await expect(parent.hospital.records.list.query({ patient: child.patient, purpose: 'research' })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await giveDelegation(clerk, child, terms({ scope: ['read'], until: inDays(2) }))
    await asParent()
    await expect(giveConsent(parent, child, consentTo('doctor-b'))).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    instance.clock.offsetMs = 2 * DAY
    try {
      parent = await instance.as('patient-b')
      await expect(asParent()).rejects.toThrow(refusedWith('NOT_ALLOWED'))
      expect((await parent.hospital.delegations.list.query({})).byMe[0]?.state).toBe('expired')
    } finally {
      instance.clock.offsetMs = 0
      parent = await instance.as('patient-b')
    }
  })

  it('ends from its commit on, by the delegate or the clerk, stays ended when all is made anew, and by nobody else', async () => {
    await giveDelegation(clerk, child, terms())
    const own = (await parent.hospital.delegations.list.query({})).byMe[0]
    await expect(endDelegation(await instance.as('patient-a'), child, { id: own?.id ?? '', delegate: 'patient-b' })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(endDelegation(await instance.as('doctor-a'), child, { id: own?.id ?? '', delegate: 'patient-b' })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await endDelegation(parent, child, { id: own?.id ?? '', delegate: 'patient-b' })
    await expect(asParent()).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(endDelegation(clerk, child, { id: newEntryId(), delegate: 'patient-b' })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await rebuild(instance.parts)
    await expect(asParent()).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })

  it.each([
    ['a parent by a doctor', 'doctor-a', terms(), 'NOT_ALLOWED'],
    ['oneself by oneself', 'patient-b', terms(), 'NOT_ALLOWED'],
    ['a parent by another hospital\'s doctor', 'doctor-b', terms(), 'NOT_ALLOWED'],
    ['somebody chosen, by a clerk in the patient\'s place', 'clerk-a', terms({ basis: 'chosen' }), 'NOT_ALLOWED'],
    ['an organisation', 'clerk-a', terms({ delegate: 'hospital-b' }), 'INPUT_MALFORMED'],
    ['somebody unknown', 'clerk-a', terms({ delegate: 'nobody' }), 'INPUT_MALFORMED'],
    ['consent without reading', 'clerk-a', terms({ scope: ['consent'] }), 'INPUT_MALFORMED'],
    ['a day that is over', 'clerk-a', terms({ until: inDays(0) }), 'INPUT_MALFORMED'],
    ['longer than to majority', 'clerk-a', terms({ until: inDays(22 * 366) }), 'INPUT_MALFORMED'],
  ] as const)('is not entered: %s', async (_title, who, wrong, code) => {
    await expect(giveDelegation(await instance.as(who), child, wrong)).rejects.toThrow(refusedWith(code))
  })
})

describe('an adult', () => {
  it('chooses who acts for them, sees it in who read, and takes it back', async () => {
    const [patient, doctor, friend] = [await instance.as('patient-a'), await instance.as('doctor-a'), await instance.as('patient-b')]
    const bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: `urn:uuid:${crypto.randomUUID()}`, resource: { resourceType: 'Patient', identifier: [{ system: 'https://a.example/ids', value: 'A-1' }], name: [{ family: 'Tall' }] } }] }
    const { patient: handle } = await importBundle(doctor, new TextEncoder().encode(JSON.stringify(bundle)))
    const place = await clerk.hospital.writing.prepare.query({ patient: handle })
    const link = { network: 'hospital', type: 'patient-linked', subject: place.subject, custodian: 'hospital-a', payload: { mediaType: 'application/careledger-link+json', bytes: new TextEncoder().encode(JSON.stringify({ party: 'patient-a', patient: handle, v: 1 })) } }
    await clerk.hospital.imports.commit.mutate({ patient: handle, entries: [await signAs(clerk, link)] })
    const at = { subject: place.subject, custodian: 'hospital-a' }
    await giveDelegation(patient, at, terms({ basis: 'chosen', scope: ['read'], until: inDays(30) }))
    await friend.hospital.records.list.query({ patient: handle })
    const seen = (await patient.hospital.access.list.query({})).items.find(({ party }) => party === 'patient-b')
    expect(seen?.decision).toMatchObject({ outcome: 'permitted', rule: 'delegate' })
    const [own] = (await patient.hospital.delegations.list.query({})).forMe
    await endDelegation(patient, at, { id: own?.id ?? '', delegate: 'patient-b' })
    await expect(friend.hospital.records.list.query({ patient: handle })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })
})
