import { commit, entryBytes, instantText, newEntryId, newSalt, signEntries, toBase64url, utf8, type Entry } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import type { SignedEntry } from '../../../entries/signed-entry.ts'
import { allergy, createHospitalWorld, type Admitted, type HospitalWorld, type Member } from '../../__fixtures__/hospital-world.ts'
import { commitImport } from '../../commit-import.ts'
import { writeResource } from '../../rest/index.ts'
import { checkDrafts } from '../check-draft.ts'
import { commitWriting } from '../commit-writing.ts'
import { likeness } from './compare-medicine.ts'
import { VITAL_LIMITS } from './vital-limits.ts'

const number = 'S-1'
type Resource = Readonly<Record<string, unknown>>
const subject = { reference: `Patient/p-${number}` }
const party = (value: string): Resource => ({ identifier: { system: 'urn:careledger:party', value } })
const amoxicillin: Resource = { resourceType: 'MedicationRequest', id: 'rx-1', status: 'active', intent: 'order', subject, medicationCodeableConcept: { text: 'Amoxicillin 500 mg oral capsule' } }
const answered = (resource: Resource, act: string, evidence: Resource, reason: string | undefined): Resource => ({
  ...resource, detectedIssue: resource['resourceType'] === 'MedicationRequest' ? [{ reference: '#i' }] : undefined,
  contained: [{ resourceType: 'DetectedIssue', id: 'i', status: 'final', code: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: act }] }, implicated: [{ reference: '#' }], evidence: [evidence], mitigation: reason === undefined ? undefined : [{ action: { text: reason } }] }],
})
const vital = (code: string, value: string, unit: string, more = ''): string => `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"${code}"}]},"subject":{"reference":"Patient/p-${number}"},"effectiveDateTime":"2026-01-02","valueQuantity":{"value":${value},"unit":"${unit}"}${more}}`

async function ward(): Promise<{ readonly world: HospitalWorld; readonly admitted: Admitted; readonly penicillin: string }> {
  const world = await createHospitalWorld()
  const admitted = await world.admit({ person: world.people.ada, number, resources: [allergy(number, 'Penicillin')] })
  return { world, admitted, penicillin: `urn:uuid:${admitted.records[1] as string}` }
}

const toBytes = (resource: Resource | string): Uint8Array => utf8(typeof resource === 'string' ? resource : JSON.stringify(resource))

async function sign(world: HospitalWorld, by: Member, { subject: of }: Admitted, resources: readonly (Resource | string)[], replaces?: string): Promise<readonly SignedEntry[]> {
  const openings = resources.map((resource) => ({ salt: newSalt(), mediaType: 'application/fhir+json', payload: toBytes(resource) }))
  const entries = openings.map((opening): Entry => ({ v: 1, id: newEntryId(world.clock.now), network: 'hospital', type: 'record-created', subject: of, custodian: 'hospital-a', issuedAt: instantText(world.clock.now), author: by.author, payload: toBase64url(commit(opening)), ...(replaces === undefined ? {} : { replaces }) }))
  const signatures = await signEntries(entries, by.signer)
  return entries.map((entry, place) => ({ entry: entryBytes(entry), signature: signatures[place]!, opening: openings[place] }))
}

async function rest(world: HospitalWorld, by: Member, admitted: Admitted, resource: Resource) {
  const [signed] = await sign(world, by, admitted, [resource])
  return writeResource(world.parts, by.actor, { type: String(resource['resourceType']), resource: JSON.stringify(resource), purpose: 'treatment', signed: { entry: new TextDecoder().decode(signed!.entry as Uint8Array), signature: signed!.signature, salt: toBase64url(signed!.opening!.salt) } })
}

const issuesOf = async (world: HospitalWorld, admitted: Admitted, resources: readonly (Resource | string)[]) =>
  (await checkDrafts(world.parts, world.people.doctorA.actor, admitted.patient, resources.map((resource) => ({ bytes: toBytes(resource) })))).issues.map(({ code, path, acknowledged, because, about, side }) => [code, path, because ?? side, about, acknowledged])

describe('what speaks against a record', () => {
  it('is an allergy to the medicine, its class or its code, and what is prescribed already, here or earlier in the same write', async () => {
    const { world, admitted } = await ward()
    expect(await issuesOf(world, admitted, [amoxicillin, { ...amoxicillin, id: 'rx-2', medicationCodeableConcept: { text: 'Amoxicillin 250 mg' } }])).toEqual([
      ['allergy', 'resources[0]', 'class', 'Penicillin', false], ['allergy', 'resources[1]', 'class', 'Penicillin', false], ['duplicate-therapy', 'resources[1]', 'ingredient', 'Amoxicillin 500 mg oral capsule', false],
    ])
    expect(await issuesOf(world, admitted, [{ ...amoxicillin, status: 'stopped' }, { ...amoxicillin, id: 'rx-3', medicationCodeableConcept: { text: 'Metformin 500 mg' } }])).toEqual([])
    expect(await issuesOf(world, admitted, [{ ...amoxicillin, medicationCodeableConcept: { text: 'Ibuprofen 400 mg' } }, { ...allergy(number, 'Ibuprofen'), id: 'a-9' }])).toEqual([['allergy-to-current', 'resources[1]', 'ingredient', 'Ibuprofen 400 mg', false]])
  })

  it('is a value that cannot be, or hardly, in whatever unit it is written', async () => {
    const { world, admitted } = await ward()
    const codes = async (...resources: readonly string[]) => (await issuesOf(world, admitted, resources)).map(([code, path, side]) => `${String(code)} ${String(path)} ${String(side)}`)
    expect(await codes(vital('8310-5', '365', '°C'), vital('8310-5', '98.6', '[degF]'), vital('8867-4', '231', '/min'), vital('29463-7', '0.1', 'kg'), vital('2708-6', '97', 'furlong'))).toEqual(['impossible-value resources[0] above', 'unlikely-value resources[2] above', 'impossible-value resources[3] below'])
    const part = (code: string, value: number) => `{"code":{"coding":[{"system":"http://loinc.org","code":"${code}"}]},"valueQuantity":{"value":${value},"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}`
    const pressure = `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/p-${number}"},"component":[${part('8480-6', 80)},${part('8462-4', 121)}]}`
    expect(await codes(pressure)).toEqual(['pressure-order resources[0].component[1] undefined'])
  })

  it('is asked about at either side of its bounds, and not inside them', async () => {
    const { world, admitted } = await ward()
    const code = async (loinc: string, value: string, unit: string) => (await issuesOf(world, admitted, [vital(loinc, value, unit)]))[0]?.[0]
    expect(await Promise.all([code('8310-5', '365', 'Cel'), code('8310-5', '14.1', 'Cel'), code('2708-6', '101', '%'), code('8867-4', '-1', '/min')])).toEqual(Array.from({ length: 4 }, () => 'impossible-value'))
    expect(await Promise.all([code('8310-5', '43.1', 'Cel'), code('8867-4', '231', '/min'), code('8480-6', '251', 'mm[Hg]'), code('9279-1', '3', '/min')])).toEqual(Array.from({ length: 4 }, () => 'unlikely-value'))
    expect(await Promise.all([code('8310-5', '36.50', 'Cel'), code('8867-4', '72', '/min'), code('29463-7', '250', 'kg')])).toEqual([undefined, undefined, undefined])
  })

  it('has its likely bounds inside its possible ones', () => {
    for (const { codes, possible, likely } of VITAL_LIMITS) expect([codes, possible[0] <= likely[0] && likely[0] < likely[1] && likely[1] <= possible[1]]).toEqual([codes, true])
  })

  it('is no word that only stands beside an ingredient', () => {
    const named = (text: string) => ({ text, codings: [] })
    expect(['Allergy to latex', 'Drug allergy', 'Lisinopril 10 mg oral tablet'].map((text) => likeness(named('Metformin 500 mg extended-release oral tablet'), named(text), true))).toEqual([undefined, undefined, undefined])
    expect(likeness(named('아목시실린 캡슐'), named('페니실린 알레르기'), true)).toEqual({ because: 'class', group: 'penicillin' })
    expect(likeness({ text: 'X', codings: [{ system: 's', code: '7' }] }, { text: 'Y', codings: [{ system: 's', code: '7' }] }, false)).toEqual({ because: 'code' })
  })
})

describe('a warning', () => {
  it('is answered by a reason in the resource that names it, and by nothing less', async () => {
    const { world, admitted, penicillin } = await ward()
    const { doctorA } = world.people
    const by = (key: string): Resource => ({ detail: [{ identifier: { system: 'urn:ietf:rfc:3986', value: key } }] })
    const write = async (resource: Resource | string) => commitWriting(world.parts, doctorA.actor, { patient: admitted.patient, entries: await sign(world, doctorA, admitted, [resource]) })
    const refused = { code: 'SAFETY_CHECK', details: { problems: [expect.objectContaining({ path: 'entries[0].resource', code: 'allergy' })] } }
    await expect(write(amoxicillin)).rejects.toMatchObject(refused)
    await expect(write(answered(amoxicillin, 'ALGY', by(penicillin), undefined))).rejects.toMatchObject(refused)
    await expect(write(answered(amoxicillin, 'DUPTHPY', by(penicillin), 'Tested'))).rejects.toMatchObject(refused)
    await expect(write(answered(amoxicillin, 'ALGY', by(`urn:uuid:${newEntryId(world.clock.now)}`), 'Tested'))).rejects.toMatchObject(refused)
    await expect(write(answered(amoxicillin, 'ALGY', by(penicillin), 'Tested negative in 2024'))).resolves.toMatchObject({ receipts: [{ duplicate: false }] })
    const fast = JSON.parse(vital('8867-4', '231', '/min')) as Resource
    await expect(write(fast)).rejects.toMatchObject({ code: 'SAFETY_CHECK' })
    await expect(write(answered(fast, 'VALIDAT', { code: [{ coding: [{ system: 'http://loinc.org', code: '8867-4' }] }] }, 'Measured twice'))).resolves.toMatchObject({ receipts: [{ duplicate: false }] })
    const hot = JSON.parse(vital('8310-5', '365', 'Cel')) as Resource
    await expect(write(answered(hot, 'VALIDAT', { code: [{ coding: [{ system: 'http://loinc.org', code: '8310-5' }] }] }, 'I insist'))).rejects.toMatchObject({ code: 'SAFETY_CHECK', details: { problems: [{ code: 'impossible-value', message: 'No living person has this value.' }] } })
  })

  it('holds for own writing by REST and by import; what a system or another hospital brings is kept as it came', async () => {
    const { world, admitted } = await ward()
    const { doctorA, systemA } = world.people
    const bring = async (by: Member, resource: Resource) => commitImport(world.parts, by.actor, { patient: admitted.patient, entries: await sign(world, by, admitted, [resource]) })
    await expect(bring(doctorA, { ...amoxicillin, requester: party('doctor-a') })).rejects.toMatchObject({ code: 'SAFETY_CHECK' })
    await expect(rest(world, doctorA, admitted, amoxicillin)).rejects.toMatchObject({ code: 'SAFETY_CHECK', details: { problems: [{ path: 'MedicationRequest' }] } })
    await expect(rest(world, doctorA, admitted, { ...amoxicillin, id: 'rx-r', reportedBoolean: true })).resolves.toMatchObject({ outcome: 'created' })
    await expect(bring(doctorA, { ...amoxicillin, id: 'rx-b', requester: { display: 'Dr Elsewhere' } })).resolves.toMatchObject({ receipts: [{ duplicate: false }] })
    await expect(bring(systemA, { ...amoxicillin, id: 'rx-s' })).resolves.toMatchObject({ receipts: [{ duplicate: false }] })
  })
})

describe('a records clerk', () => {
  it('brings in what was prescribed elsewhere, and prescribes neither as themselves nor as a colleague', async () => {
    const { world, admitted } = await ward()
    const { clerkA } = world.people
    const bring = async (resource: Resource) => commitImport(world.parts, clerkA.actor, { patient: admitted.patient, entries: await sign(world, clerkA, admitted, [resource]) })
    const metformin = { ...amoxicillin, medicationCodeableConcept: { text: 'Metformin 500 mg' } }
    await expect(bring({ ...metformin, requester: party('clerk-a') })).rejects.toMatchObject({ code: 'NOT_ALLOWED', details: { problems: [{ path: 'entries[0].resource', code: 'role' }] } })
    await expect(bring({ ...metformin, requester: party('doctor-a') })).rejects.toMatchObject({ code: 'NOT_ALLOWED', details: { problems: [{ code: 'author' }] } })
    await expect(bring({ ...metformin, requester: party('doctor-b') })).resolves.toMatchObject({ receipts: [{ duplicate: false }] })
    await expect(bring({ ...metformin, id: 'rx-4', requester: { display: 'Dr Elsewhere' } })).resolves.toMatchObject({ receipts: [{ duplicate: false }] })
    const post = (more: Resource) => rest(world, clerkA, admitted, { ...metformin, id: 'rx-5', ...more })
    await expect(post({})).rejects.toMatchObject({ code: 'NOT_ALLOWED', details: { problems: [{ path: 'MedicationRequest', code: 'role' }] } })
    await expect(post({ reportedBoolean: true })).resolves.toMatchObject({ outcome: 'created' })
  })
})

describe('stopping a prescription', () => {
  it('keeps who made it, says why, and asks for no answer to a warning; another author is still refused', async () => {
    const { world, admitted } = await ward()
    const { doctorA } = world.people
    const metformin = { ...amoxicillin, id: 'rx-6', medicationCodeableConcept: { text: 'Metformin 500 mg' }, requester: party('doctor-a') }
    const write = async (resources: readonly Resource[], replaces?: string) => {
      const [first, ...more] = resources
      const entries = [...(await sign(world, doctorA, admitted, [first!], replaces)), ...(more.length === 0 ? [] : await sign(world, doctorA, admitted, more))]
      return commitWriting(world.parts, doctorA.actor, { patient: admitted.patient, entries })
    }
    const { receipts } = await write([metformin])
    const why: Resource = { resourceType: 'Provenance', target: [{ reference: 'MedicationRequest/rx-6' }], recorded: '2026-11-26T10:00:00Z', agent: [{ who: { display: 'Dr A' } }], reason: [{ text: 'No longer needed' }] }
    const stopped = { ...metformin, status: 'stopped', statusReason: { text: 'No longer needed' } }
    await expect(write([{ ...stopped, requester: party('doctor-b') }, why], receipts[0]!.id)).rejects.toMatchObject({ code: 'FHIR_INVALID', details: { problems: [{ code: 'author' }] } })
    await expect(write([stopped, why], receipts[0]!.id)).resolves.toMatchObject({ receipts: [{ duplicate: false }, { duplicate: false }] })
    expect(await issuesOf(world, admitted, [{ ...metformin, id: 'rx-7', requester: undefined }])).toEqual([])
  })
})
