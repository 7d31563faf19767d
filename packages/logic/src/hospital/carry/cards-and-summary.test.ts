import { randomBytes } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { canonicalBytes, commit, entryBytes, instantText, newEntryId, newSalt, signEntry, toBase64url, utf8, type Entry } from '@careledger/proof'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { readBundle } from '../../fhir/read-bundle.ts'
import { allergy, createHospitalWorld, dayMs, observation, type Admitted, type HospitalWorld, type Member } from '../__fixtures__/hospital-world.ts'
import { CARD_KEY_MEDIA_TYPE, CARD_KEY_REVOCATION_MEDIA_TYPE, cardKeyBytes } from './card-key-entries.ts'
import { issueCard, listCardChoices, listCards, readIssuers, revokeCard } from './cards.ts'
import { readCardKey, writeCardKey } from './issuing-key.ts'
import { ipsProblems, missingForIps } from './ips-problems.ts'
import { readSummary } from './summary.ts'

const number = 'C-1'
const origin = 'https://care.example'
const subject = { reference: `Patient/p-${number}` }
const category = (code: string) => [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code }] }]
const vaccine = (lot: string) => ({ resourceType: 'Immunization', id: `i-${lot}`, status: 'completed', vaccineCode: { coding: [{ system: 'http://hl7.org/fhir/sid/cvx', code: '140', display: 'Influenza' }], text: 'Flu jab' }, patient: subject, occurrenceDateTime: '2025-10-20', lotNumber: lot, encounter: { reference: 'Encounter/left-out' } })
const result = (id: string, value: string, date: string) => utf8(`{"resourceType":"Observation","id":"${id}","status":"final","category":${JSON.stringify(category('laboratory'))},"code":{"coding":[{"system":"http://loinc.org","code":"718-7"}],"text":"Haemoglobin"},"subject":${JSON.stringify(subject)},"effectiveDateTime":"${date}","valueQuantity":{"value":${value},"unit":"g/dL"}}`)
const text = (bytes: Uint8Array): object => ({ ...(JSON.parse(new TextDecoder().decode(bytes)) as object) })

let world: HospitalWorld
let ada: Admitted
let adminA: Member
beforeAll(async () => {
  world = await createHospitalWorld()
  adminA = world.people.adminA
  ada = await world.admit({
    person: world.people.ada, number,
    resources: [vaccine('A1'), result('r1', '13.10', '2025-01-01') as never, observation(number, '2025-01-01'), allergy(number, 'Penicillin <anaphylaxis>'), { ...text(result('r2', '9', '2024-01-01')), status: 'entered-in-error' },
      ...Array.from({ length: 4 }, (_, n) => text(result(`more-${n}`, '12', `2024-0${n + 1}-01`))), ...Array.from({ length: 14 }, (_, n) => ({ ...vaccine(randomBytes(30).toString('hex')), id: `b-${n}`, vaccineCode: { coding: [{ system: 'http://hl7.org/fhir/sid/cvx', code: String(200 + n) }], text: 'Another' } }))],
  })
})

async function enrol(by: Member, custodian: string): Promise<unknown> {
  const { next } = await readCardKey(world.parts, adminA.actor)
  return writeKey(by, 'card-key-enrolled', { mediaType: CARD_KEY_MEDIA_TYPE, payload: cardKeyBytes(next) }, custodian)
}
async function writeKey(by: Member, type: 'card-key-enrolled' | 'card-key-revoked', what: { readonly mediaType: string; readonly payload: Uint8Array }, custodian = 'hospital-a'): Promise<unknown> {
  const opening = { salt: newSalt(), ...what }
  const entry: Entry = { v: 1, id: newEntryId(world.clock.now), network: 'hospital', type, custodian, issuedAt: instantText(world.clock.now), author: by.author, payload: toBase64url(commit(opening)) }
  return writeCardKey(world.parts, by.actor, type, { entry: entryBytes(entry), signature: await signEntry(entry, by.signer), opening })
}
const issue = (records: readonly string[], by: Member = world.people.ada) => issueCard(world.parts, by.actor, { patient: ada.patient, records, days: 30, origin })
const payloadOf = (jws: string) => inflateRawSync(Buffer.from(jws.split('.')[1] ?? '', 'base64url')).toString()

describe('a health card', () => {
  it('is issued only with a key that the organisation itself enrolled in the log', async () => {
    await expect(issue([ada.records[1]!])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    for (const by of [world.people.doctorA, world.people.doctorB, world.people.ada]) await expect(enrol(by, 'hospital-a')).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(await readIssuers(world.parts, origin)).toEqual([])
    await enrol(adminA, 'hospital-a')
    const { key, enrolled } = await readCardKey(world.parts, adminA.actor)
    expect(enrolled).toBe(true)
    expect(await readIssuers(world.parts, origin)).toMatchObject([{ iss: 'https://care.example/issuers/hospital-a', keys: [{ ...key, enrolled: expect.any(String) }], crls: [{ ctr: 0, rids: [] }] }])
  })

  it('holds what it needs and no more, with the digits as they were measured', async () => {
    const { value } = await issue([ada.records[1]!, ada.records[2]!])
    expect(JSON.parse(Buffer.from(value.jws.split('.')[0]!, 'base64url').toString())).toEqual({ zip: 'DEF', alg: 'ES256', kid: value.kid })
    const payload = payloadOf(value.jws)
    expect(payload).toContain('"value":13.10')
    expect(payload).not.toMatch(/Flu jab|display|"id"|telecom|identifier|Encounter|\s/)
    expect(JSON.parse(payload)).toMatchObject({
      iss: 'https://care.example/issuers/hospital-a', exp: Math.floor(world.clock.now.getTime() / 1000) + 30 * 86_400,
      vc: { type: ['https://smarthealth.cards#health-card', 'https://smarthealth.cards#immunization', 'https://smarthealth.cards#laboratory'], rid: value.rid, credentialSubject: { fhirVersion: '4.0.1', fhirBundle: { entry: [{ resource: { resourceType: 'Patient', name: [{ family: 'Muster' }], birthDate: '1980-05-17' } }, { resource: { patient: { reference: 'resource:0' } } }, {}] } } },
    })
    expect(value.jws.length).toBeLessThanOrEqual(1195)
  })

  it('is refused for other kinds, for what others may not read, and where it does not fit one code', async () => {
    for (const at of [0, 3, 4, 5]) await expect(issue([ada.records[at]!])).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await expect(issue([newEntryId()])).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(issue([ada.records[1]!], world.people.bob)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(issue([ada.records[1]!], world.people.doctorB)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(issue(ada.records.slice(10, 24))).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' })
  })

  it('can be made of what the patient is shown: immunizations and laboratory results that stand', async () => {
    const { value } = await listCardChoices(world.parts, world.people.ada.actor, { patient: ada.patient })
    expect(value.map(({ id }) => id).sort()).toEqual(ada.records.filter((_, n) => ![0, 3, 4, 5].includes(n)).sort())
    await expect(listCardChoices(world.parts, world.people.bob.actor, { patient: ada.patient })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('stands in the patient\'s list, and on the issuer\'s list once it is taken back', async () => {
    const { value: { kid, rid } } = await issue([ada.records[1]!])
    expect((await listCards(world.parts, world.people.ada.actor)).find((card) => card.rid === rid)).toMatchObject({ types: { Immunization: 1 }, custodian: 'hospital-a' })
    await expect(revokeCard(world.parts, world.people.bob.actor, { patient: ada.patient, kid, rid })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    for (let turn = 0; turn < 2; turn++) await revokeCard(world.parts, world.people.ada.actor, { patient: ada.patient, kid, rid })
    expect((await readIssuers(world.parts, origin))[0]?.crls).toEqual([{ kid, ctr: 1, rids: [rid] }])
    expect((await listCards(world.parts, world.people.ada.actor)).find((card) => card.rid === rid)?.revoked).toBeDefined()
  })
})

describe('the issuing key', () => {
  const revoke = (by: Member, kid: string) => writeKey(by, 'card-key-revoked', { mediaType: CARD_KEY_REVOCATION_MEDIA_TYPE, payload: canonicalBytes({ v: 1, key: kid }) })

  it('is rotated by enrolling the next one: new cards rest on it, and the former stays published for the cards that rest on that', async () => {
    const { value: before } = await issue([ada.records[1]!])
    await enrol(adminA, 'hospital-a')
    const { value: after } = await issue([ada.records[1]!])
    expect(after.kid).not.toBe(before.kid)
    const [issuer] = await readIssuers(world.parts, origin)
    expect(new Set(issuer!.keys.map(({ kid }) => kid))).toEqual(new Set([before.kid, after.kid]))
    expect((await readCardKey(world.parts, adminA.actor)).enrolled).toBe(true)
  })

  it('is revoked by its organisation only, for good; nothing is issued before the next is enrolled, and every key stays in the history', async () => {
    const { value: { kid } } = await issue([ada.records[1]!])
    for (const by of [world.people.doctorA, world.people.doctorB, world.people.ada]) await expect(revoke(by, kid)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(revoke(adminA, 'A'.repeat(43))).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await revoke(adminA, kid)
    await expect(revoke(adminA, kid)).rejects.toMatchObject({ code: 'STALE' })
    await expect(issue([ada.records[1]!])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await enrol(adminA, 'hospital-a')
    expect((await issue([ada.records[1]!])).value.kid).not.toBe(kid)
    const [issuer] = await readIssuers(world.parts, origin)
    expect(issuer!.keys.map((key) => [key.kid === kid, key.revoked !== undefined])).toEqual(expect.arrayContaining([[true, true], [false, false]]))
    expect(issuer!.keys.length).toBe(3)
  })
})

describe('a patient summary', () => {
  it('is a valid document: Composition first, the three required sections, records byte for byte, nothing entered by mistake', async () => {
    const { value, decision } = await readSummary(world.parts, world.people.ada.actor, { patient: ada.patient, purpose: 'treatment', origin })
    expect(decision.rule).toBe('self')
    expect(await readBundle(await loadDefinitions(), utf8(value.bundle))).toMatchObject({ ok: true, problems: [] })
    const bundle = JSON.parse(value.bundle) as { type: string; entry: { fullUrl: string; resource: { resourceType: string; section?: { title: string; emptyReason?: object; text: { div: string }; entry?: { reference: string }[] }[] } }[] }
    expect([bundle.type, bundle.entry[0]?.resource.resourceType]).toEqual(['document', 'Composition'])
    const sections = bundle.entry[0]?.resource.section ?? []
    expect(value.problems).toEqual([])
    expect(sections.map(({ title }) => title)).toEqual(['Allergies and intolerances', 'Medications', 'Problems', 'Immunizations', 'Results'])
    expect(sections.filter(({ emptyReason }) => emptyReason !== undefined).map(({ title }) => title)).toEqual(['Medications', 'Problems'])
    expect(sections[0]?.text.div).toContain('Penicillin &lt;anaphylaxis&gt;')
    const urls = new Set(bundle.entry.map(({ fullUrl }) => fullUrl))
    for (const { reference } of sections.flatMap(({ entry }) => entry ?? [])) expect(urls).toContain(reference)
    expect(value.bundle).not.toContain('entered-in-error')
    expect(value.counts).toMatchObject({ Patient: 1, AllergyIntolerance: 1, Immunization: 15, Observation: 3 })
  })

  it('is held against the must-haves of the IPS profiles: a record without them is told in the narrative and not listed', async () => {
    const undated = { ...vaccine('U1'), id: 'i-undated', occurrenceDateTime: undefined, occurrenceString: undefined }
    expect(missingForIps(undated)).toEqual(['occurrence[x]'])
    expect(missingForIps({ resourceType: 'Observation', subject: {}, code: {}, effectiveDateTime: '2025' })).toEqual(['value[x] or dataAbsentReason or component or hasMember'])
    const { value } = await readSummary(world.parts, world.people.ada.actor, { patient: ada.patient, purpose: 'treatment', origin })
    const wrong = (change: (bundle: { entry: { fullUrl?: string; resource: Record<string, unknown> & { section?: Record<string, unknown>[] } }[] }) => void) => {
      const bundle = JSON.parse(value.bundle) as Parameters<typeof change>[0]
      change(bundle)
      return ipsProblems(bundle).map(({ path }) => path)
    }
    const head = 'Bundle.entry[0].resource'
    expect(wrong(({ entry }) => { entry[0]!.resource.section!.shift() })).toEqual([`${head}.section`])
    expect(wrong(({ entry }) => { delete entry[0]!.resource['title'] })).toEqual([`${head}.title`])
    expect(wrong(({ entry }) => { delete entry[0]!.resource.section![1]!['emptyReason'] })).toEqual([`${head}.section[1]`])
    expect(wrong(({ entry }) => { entry[0]!.resource.section![0]!['entry'] = entry[0]!.resource.section![3]!['entry'] })[0]).toBe(`${head}.section[0].entry[0]`)
    expect(wrong(({ entry }) => { delete entry[1]!.resource['birthDate'] })).toEqual(['Bundle.entry[1].resource'])
    expect(wrong(({ entry }) => { entry.shift() })).toEqual(['Bundle'])
  })

  it('holds what the permit reaches and nothing else, and not without the Patient resource', async () => {
    const consent = await world.give(world.people.ada, ada, { types: ['Patient', 'AllergyIntolerance'] })
    const { value, decision } = await readSummary(world.parts, world.people.doctorB.actor, { patient: ada.patient, purpose: 'treatment', origin })
    expect([value.counts, decision.consent]).toEqual([{ Patient: 1, AllergyIntolerance: 1 }, consent.id])
    await world.withdraw(world.people.ada, ada, consent.id)
    await world.give(world.people.ada, ada, { types: ['AllergyIntolerance'] })
    await expect(readSummary(world.parts, world.people.doctorB.actor, { patient: ada.patient, purpose: 'treatment', origin })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(readSummary(world.parts, world.people.bob.actor, { patient: ada.patient, purpose: 'treatment', origin })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    world.clock.now = new Date(world.clock.now.getTime() + 31 * dayMs)
  })

  it('may refer to what it leaves out, but not to another person, and its Composition to nothing that is missing', async () => {
    const { value } = await readSummary(world.parts, world.people.ada.actor, { patient: ada.patient, purpose: 'treatment', origin })
    const definitions = await loadDefinitions()
    const problems = async (bundle: string) => (await readBundle(definitions, utf8(bundle))).problems.map(({ code }) => code)
    expect(await problems(value.bundle.replaceAll(`Patient/p-${number}"},"occurrence`, 'Patient/somebody"},"occurrence'))).toContain('reference-foreign')
    expect(await problems(value.bundle.replace(/"entry":\[\{"reference":"[^"]+"/, '"entry":[{"reference":"urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"'))).toContain('reference-unresolved')
    expect(await problems(value.bundle.replace('"type":"document"', '"type":"collection"'))).toContain('reference-unresolved')
  })
})
