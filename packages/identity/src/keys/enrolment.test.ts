import type { Credential, PartyKind } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { newSigner, smallWorld } from '../__fixtures__/people.ts'
import { revokedRecord, toKeyRecord, toPartyRecord } from './enrolment.ts'
import type { KeyRecord, PartyRecord } from './key-record.ts'

const world = smallWorld()
const { platform, hospital, doctor, system, patient } = world.records
const otherHospital: KeyRecord = { ...hospital, party: 'hospital-b', thumbprint: newSigner().key }
const credential = (party: string, kind: PartyKind, roles: readonly string[], organisation?: string): Credential => ({
  v: 1, party, kind, roles, ...(organisation === undefined ? {} : { organisation }), key: newSigner().publicJwk,
})
const partyOf = (record: KeyRecord): PartyRecord => ({ party: record.party, kind: record.kind, roles: record.roles, ...(record.organisation === undefined ? {} : { organisation: record.organisation }) })
const enrol = (type: string, who: Credential, author: KeyRecord | undefined, party?: PartyRecord) => toKeyRecord({ entryId: 'entry-1', type, credential: who, author, party })
const refused = expect.objectContaining({ name: 'IdentityError', code: 'ENROLMENT_REFUSED' })

describe('who may enrol whom', () => {
  it('the platform root enrols itself and rests on nothing', () => {
    expect(enrol('platform-root', credential('platform', 'platform', ['platform']), undefined)).toMatchObject({ party: 'platform', kind: 'platform', issuers: [], credential: 'entry-1' })
  })

  it('the platform enrols an organisation, which rests on the platform', () => {
    expect(enrol('organisation-enrolled', credential('hospital-c', 'organisation', ['admin']), platform).issuers).toEqual([platform.thumbprint])
  })

  it('an organisation enrols its people and systems, which rest on both', () => {
    const record = enrol('key-enrolled', credential('doctor-2', 'person', ['doctor'], 'hospital-a'), hospital)
    expect(record).toMatchObject({ organisation: 'hospital-a', roles: ['doctor'], issuers: [hospital.thumbprint, platform.thumbprint] })
    expect(enrol('key-enrolled', credential('system-2', 'system', ['system'], 'hospital-a'), hospital).kind).toBe('system')
  })

  it('the platform enrols patients and its own people, without an organisation', () => {
    expect(enrol('key-enrolled', credential('patient-2', 'person', ['patient'], undefined), platform).organisation).toBeUndefined()
    expect(enrol('key-enrolled', credential('operator-1', 'person', ['operator']), platform).roles).toEqual(['operator'])
  })

  it('a party enrols a further key for itself, which rests on what its first key rests on', () => {
    expect(enrol('key-enrolled', credential('doctor-1', 'person', ['doctor'], 'hospital-a'), doctor, partyOf(doctor)).issuers).toEqual(doctor.issuers)
    expect(enrol('key-enrolled', credential('patient-1', 'person', ['patient']), patient, partyOf(patient)).issuers).toEqual([platform.thumbprint])
  })

  it('an organisation replaces a lost key of its own person', () => {
    expect(enrol('key-enrolled', credential('doctor-1', 'person', ['doctor'], 'hospital-a'), hospital, partyOf(doctor)).issuers[0]).toBe(hospital.thumbprint)
  })

  const refusals: readonly (readonly [string, () => unknown])[] = [
    ['an organisation enrols an organisation', () => enrol('organisation-enrolled', credential('hospital-c', 'organisation', ['admin']), hospital)],
    ['a person enrols somebody else', () => enrol('key-enrolled', credential('doctor-2', 'person', ['doctor'], 'hospital-a'), doctor)],
    ['a system enrols somebody', () => enrol('key-enrolled', credential('doctor-2', 'person', ['doctor'], 'hospital-a'), system)],
    ['an organisation enrols another\'s people', () => enrol('key-enrolled', credential('doctor-2', 'person', ['doctor'], 'hospital-a'), otherHospital)],
    ['an organisation enrols people of no organisation', () => enrol('key-enrolled', credential('patient-2', 'person', ['patient']), hospital)],
    ['an organisation grants the role operator', () => enrol('key-enrolled', credential('doctor-2', 'person', ['operator'], 'hospital-a'), hospital)],
    ['an organisation grants the role platform', () => enrol('key-enrolled', credential('doctor-2', 'person', ['platform'], 'hospital-a'), hospital)],
    ['an organisation is given a role of the platform', () => enrol('organisation-enrolled', credential('hospital-c', 'organisation', ['operator']), platform)],
    ['the platform enrols an organisation\'s people', () => enrol('key-enrolled', credential('doctor-2', 'person', ['doctor'], 'hospital-a'), platform)],
    ['an organisation is enrolled as a key', () => enrol('key-enrolled', credential('hospital-c', 'organisation', ['admin']), platform)],
    ['a person is enrolled as an organisation', () => enrol('organisation-enrolled', credential('doctor-2', 'person', ['doctor']), platform)],
    ['a root is of another kind', () => enrol('platform-root', credential('platform', 'person', ['platform']), undefined)],
    ['a root is signed by another key', () => enrol('platform-root', credential('platform', 'platform', ['platform']), platform)],
    ['there is no author', () => enrol('key-enrolled', credential('doctor-2', 'person', ['doctor'], 'hospital-a'), undefined)],
    ['the type enrols nothing', () => enrol('key-revoked', credential('doctor-2', 'person', ['doctor'], 'hospital-a'), hospital)],
    ['a further key has more roles', () => enrol('key-enrolled', credential('doctor-1', 'person', ['admin', 'doctor'], 'hospital-a'), doctor, partyOf(doctor))],
    ['a further key changes kind', () => enrol('key-enrolled', credential('doctor-1', 'system', ['doctor'], 'hospital-a'), doctor, partyOf(doctor))],
    ['a further key changes organisation', () => enrol('key-enrolled', credential('doctor-1', 'person', ['doctor'], 'hospital-b'), doctor, partyOf(doctor))],
  ]
  it.each(refusals)('is refused when %s', (_name, body) => {
    expect(body).toThrow(refused)
  })
})

describe('a party that exists is not taken over', () => {
  const takeOvers: readonly (readonly [string, () => unknown])[] = [
    ['a patient, by an organisation', () => enrol('key-enrolled', credential('patient-1', 'person', ['patient'], 'hospital-b'), otherHospital, partyOf(patient))],
    ['a doctor, by another organisation', () => enrol('key-enrolled', credential('doctor-1', 'person', ['doctor'], 'hospital-b'), otherHospital, partyOf(doctor))],
    ['a doctor, by the platform', () => enrol('key-enrolled', credential('doctor-1', 'person', ['doctor']), platform, partyOf(doctor))],
    ['a doctor, as an organisation', () => enrol('organisation-enrolled', credential('doctor-1', 'organisation', ['admin']), platform, partyOf(doctor))],
    ['an organisation, as a person', () => enrol('key-enrolled', credential('hospital-a', 'person', ['patient']), platform, partyOf(hospital))],
    ['a patient, by the very organisation that enrolled them', () => enrol('key-enrolled', credential('patient-3', 'person', ['patient'], 'hospital-a'), hospital, { party: 'patient-3', kind: 'person', organisation: 'hospital-a', roles: ['patient'] })],
    ['the platform, by a second root', () => enrol('platform-root', credential('platform', 'platform', ['platform']), undefined, partyOf(platform))],
  ]
  it.each(takeOvers)('%s', (_name, body) => {
    expect(body).toThrow(refused)
  })
})

describe('the row of a party', () => {
  it('keeps its name and gets the roles of a credential that its organisation signs', () => {
    const enrolment = { entryId: 'e', type: 'key-enrolled', credential: credential('doctor-1', 'person', ['admin', 'doctor'], 'hospital-a'), author: hospital, party: { ...partyOf(doctor), name: 'Dr Kim' } }
    expect(toPartyRecord(enrolment)).toEqual({ party: 'doctor-1', kind: 'person', name: 'Dr Kim', organisation: 'hospital-a', roles: ['admin', 'doctor'] })
  })

  it('stays as it is when the party enrols a further key', () => {
    const party = partyOf(doctor)
    expect(toPartyRecord({ entryId: 'e', type: 'key-enrolled', credential: credential('doctor-1', 'person', [], 'hospital-a'), author: doctor, party })).toBe(party)
  })
})

describe('who may revoke whom', () => {
  it.each([['the party itself', doctor], ['its organisation', hospital], ['the platform', platform]])('%s', (_name, author) => {
    expect(revokedRecord({ entryId: 'e', author, record: doctor })).toEqual({ ...doctor, revokedBy: 'e' })
  })

  it.each([['a colleague', system], ['another organisation', otherHospital], ['a patient', patient]])('not %s', (_name, author) => {
    expect(() => revokedRecord({ entryId: 'e', author, record: doctor })).toThrow(refused)
  })

  it('not an organisation a patient\'s key', () => {
    expect(() => revokedRecord({ entryId: 'e', author: hospital, record: patient })).toThrow(refused)
  })

  it('a key that is not enrolled is unknown, and revoking twice keeps the first revocation', () => {
    expect(() => revokedRecord({ entryId: 'e', author: platform, record: undefined })).toThrow(expect.objectContaining({ code: 'KEY_UNKNOWN' }))
    const revoked = { ...doctor, revokedBy: 'first' }
    expect(revokedRecord({ entryId: 'e', author: platform, record: revoked })).toBe(revoked)
  })
})
