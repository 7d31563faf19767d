import type { DataStore } from '@careledger/data-spec'
import { createPostgresStore } from '@careledger/data-prisma'
import { findPostgres, startPostgres } from '@careledger/data-prisma/testing'
import { commit, entryBytes, instantText, newEntryId, newSalt, signEntries, toBase64url, utf8, type Entry } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import type { SignedEntry } from '../../entries/signed-entry.ts'
import { listAccess } from '../access-list.ts'
import { commitImport } from '../commit-import.ts'
import { allergy, createHospitalWorld, observation, type Admitted, type HospitalWorld, type Member } from '../__fixtures__/hospital-world.ts'
import { readPatientBanner } from '../patients.ts'
import { readRecord } from '../records.ts'
import { checkDrafts } from './check-draft.ts'
import { commitWriting } from './commit-writing.ts'
import { prepareWriting } from './prepare-writing.ts'
import { WRITING_RULES } from './writing-rules.ts'

const number = 'W-1'
const subject = { reference: `Patient/p-${number}` }
type Resource = Readonly<Record<string, unknown>>
interface Draft { readonly resource: Resource; readonly replaces?: string; readonly id?: string }

const condition = (more: Resource = {}): Resource => ({ resourceType: 'Condition', id: 'c-1', subject, code: { text: 'Migraine' }, ...more })
const prescription: Resource = { resourceType: 'MedicationRequest', status: 'active', intent: 'order', subject, medicationCodeableConcept: { text: 'Ibuprofen 400 mg' } }
const why = (target: Resource, reason?: Resource): Resource => ({
  resourceType: 'Provenance', target: [target], recorded: '2026-11-26T10:00:00Z', agent: [{ who: { display: 'Dr A' } }], ...(reason === undefined ? {} : { reason: [reason] }),
})
const because = { text: 'Wrong value' }
const author = (party: string): Resource => ({ identifier: { system: 'urn:careledger:party', value: party } })

async function sign(world: HospitalWorld, by: Member, admitted: Admitted, drafts: readonly Draft[]): Promise<readonly SignedEntry[]> {
  const openings = drafts.map(({ resource }) => ({ salt: newSalt(), mediaType: 'application/fhir+json', payload: utf8(JSON.stringify(resource)) }))
  const entries = drafts.map(({ replaces, id }, place): Entry => ({
    v: 1, id: id ?? newEntryId(world.clock.now), network: 'hospital', type: 'record-created', subject: admitted.subject, custodian: 'hospital-a', issuedAt: instantText(world.clock.now), author: by.author,
    payload: toBase64url(commit(openings[place]!)), ...(replaces === undefined ? {} : { replaces }),
  }))
  const signatures = await signEntries(entries, by.signer)
  return entries.map((entry, place) => ({ entry: entryBytes(entry), signature: signatures[place]!, opening: openings[place] }))
}

const write = async (world: HospitalWorld, by: Member, admitted: Admitted, drafts: readonly Draft[]) => commitWriting(world.parts, by.actor, { patient: admitted.patient, entries: await sign(world, by, admitted, drafts) })
const problemsOf = async (world: HospitalWorld, admitted: Admitted, drafts: readonly Draft[], by: Member = world.people.doctorA): Promise<readonly string[]> =>
  (await checkDrafts(world.parts, by.actor, admitted.patient, drafts.map(({ resource, replaces }) => ({ bytes: utf8(JSON.stringify(resource)), replaces })))).problems.map(({ code, path }) => `${code} ${path}`)

async function ward(options: Parameters<typeof createHospitalWorld>[0] = {}): Promise<{ readonly world: HospitalWorld; readonly admitted: Admitted }> {
  const world = await createHospitalWorld(options)
  const encounter = { resourceType: 'Encounter', id: 'visit-1', status: 'finished', class: { code: 'AMB' }, subject }
  return { world, admitted: await world.admit({ person: world.people.ada, number, resources: [allergy(number, 'Penicillin'), observation(number, '2024-05-01'), encounter] }) }
}

describe('writing in the chart', () => {
  it('takes several records under one signature, and the patient sees who wrote', async () => {
    const { world, admitted } = await ward()
    const { doctorA, ada } = world.people
    const entries = await sign(world, doctorA, admitted, [{ resource: condition({ encounter: { reference: 'Encounter/visit-1' }, recorder: author('doctor-a') }) }, { resource: prescription }])
    const written = await commitWriting(world.parts, doctorA.actor, { patient: admitted.patient, entries })
    expect(written).toMatchObject({ receipts: [{ state: 'stored', duplicate: false }, { duplicate: false }], decision: { rule: 'custodian-staff' } })
    const again = await commitWriting(world.parts, doctorA.actor, { patient: admitted.patient, entries })
    expect([again.receipts.map(({ duplicate }) => duplicate), again.decision]).toEqual([[true, true], undefined])
    const seen = await listAccess(world.parts, ada.actor, { limit: 5 })
    expect(seen.items[0]).toMatchObject({ operation: 'hospital.writing.commit', party: 'doctor-a', types: { Condition: 1, MedicationRequest: 1 } })
  })

  it('is prepared with the last values, digits as written', async () => {
    const { world, admitted } = await ward()
    const bytes = `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/p-${number}"},"effectiveDateTime":"2025-01-02","component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":121.50,"unit":"mmHg"}}]}`
    const [entry] = await sign(world, world.people.doctorA, admitted, [{ resource: {} }])
    const opening = { ...entry!.opening!, payload: utf8(bytes) }
    const changed: Entry = { ...(JSON.parse(new TextDecoder().decode(entry!.entry as Uint8Array)) as Entry), payload: toBase64url(commit(opening)) }
    const [signature] = await signEntries([changed], world.people.doctorA.signer)
    await commitWriting(world.parts, world.people.doctorA.actor, { patient: admitted.patient, entries: [{ entry: entryBytes(changed), signature: signature!, opening }] })
    await write(world, world.people.doctorA, admitted, [{ resource: prescription }])
    const { value } = await prepareWriting(world.parts, world.people.doctorA.actor, { patient: admitted.patient, results: ['8480-6', '8462-4'] })
    expect(value).toMatchObject({
      reference: `Patient/p-${number}`, subject: admitted.subject, custodian: 'hospital-a',
      encounters: [{ reference: 'Encounter/visit-1' }], results: [{ code: '8480-6', value: '121.50', unit: 'mmHg', date: '2025-01-02' }],
    })
    expect(value.types).toContain('MedicationRequest')
    expect((await prepareWriting(world.parts, world.people.clerkA.actor, { patient: admitted.patient })).value.types).not.toContain('MedicationRequest')
  })

  it('is refused by type and role as the rules say, in every cell', async () => {
    const { world, admitted } = await ward()
    const { doctorA, clerkA } = world.people
    const cells: string[] = []
    for (const [type, { roles }] of Object.entries({ ...WRITING_RULES, Patient: { roles: [] as readonly string[] } })) {
      for (const [role, member] of [['doctor', doctorA], ['records-clerk', clerkA]] as const) {
        const outcome = await problemsOf(world, admitted, [{ resource: { resourceType: type } }], member).then(() => 'taken', (error: { code: string; details: { problems: readonly { code: string }[] } }) => `${error.code} ${error.details.problems[0]?.code ?? ''}`)
        if (outcome !== (roles.includes(role) ? 'taken' : 'NOT_ALLOWED role')) cells.push(`${type} by ${role}: ${outcome}`)
      }
    }
    expect(cells).toEqual([])
    await expect(write(world, clerkA, admitted, [{ resource: condition() }, { resource: prescription }])).rejects.toMatchObject({ code: 'NOT_ALLOWED', details: { problems: [{ path: 'entries[1].resource', code: 'role' }] } })
  })

  it('says the same to everybody else as where there is no such patient', async () => {
    const { world, admitted } = await ward()
    const { doctorB, systemA, adminA, ada } = world.people
    await world.give(ada, admitted, {})
    for (const member of [doctorB, systemA, adminA, ada]) {
      for (const patient of [admitted.patient, '01890a5d-ac96-774b-bcce-b302099a8057']) {
        const refused = { code: 'NOT_ALLOWED', message: 'This does not exist or you may not use it.' }
        await expect(prepareWriting(world.parts, member.actor, { patient })).rejects.toMatchObject(refused)
        await expect(commitWriting(world.parts, member.actor, { patient, entries: await sign(world, member, admitted, [{ resource: condition() }]) })).rejects.toMatchObject(refused)
      }
    }
  })

  it('refuses what is no FHIR, another patient, records that are not there, and another author', async () => {
    const { world, admitted } = await ward()
    const wrong = async (resource: Resource): Promise<readonly string[]> => problemsOf(world, admitted, [{ resource }])
    expect(await wrong(condition({ code: undefined, onsetDateTime: 'yesterday' }))).toEqual(['structure resources[0].onset[x]'])
    expect(await wrong({ ...prescription, status: 'sometimes' })).toEqual(['code resources[0].status'])
    expect(await wrong(condition({ subject: { reference: 'Patient/somebody-else' } }))).toEqual(['reference-foreign resources[0].subject.reference'])
    expect(await wrong(condition({ encounter: { reference: 'Encounter/visit-2' } }))).toEqual(['reference-unresolved resources[0].encounter.reference'])
    expect(await wrong(condition({ recorder: author('doctor-b') }))).toEqual(['author resources[0].recorder'])
    expect(await wrong(condition({ encounter: { reference: 'Encounter/visit-1' }, recorder: author('doctor-a') }))).toEqual([])
    const entries = await sign(world, world.people.doctorA, { ...admitted, subject: toBase64url(newSalt()) }, [{ resource: condition() }])
    await expect(commitWriting(world.parts, world.people.doctorA.actor, { patient: admitted.patient, entries })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
  })
})

describe('amending a record', () => {
  it('by way of an import asks for the same role: a clerk may not change a prescription', async () => {
    const { world, admitted } = await ward()
    const { doctorA, clerkA } = world.people
    const { receipts } = await write(world, doctorA, admitted, [{ resource: prescription }])
    const entries = async (by: Member) => sign(world, by, admitted, [{ resource: { ...prescription, status: 'stopped' }, replaces: receipts[0]!.id }])
    await expect(commitImport(world.parts, clerkA.actor, { patient: admitted.patient, entries: await entries(clerkA) })).rejects.toMatchObject({ code: 'NOT_ALLOWED', details: { problems: [{ code: 'role' }] } })
    await expect(commitImport(world.parts, doctorA.actor, { patient: admitted.patient, entries: await entries(doctorA) })).resolves.toMatchObject({ receipts: [{ duplicate: false }] })
  })

  it('says so and why, in the words that R4 has for its type', async () => {
    const { world, admitted } = await ward()
    const [, , weight] = admitted.records as [string, string, string]
    const next = (status: string): Draft => ({ resource: { ...observation(number, '2024-05-01', 84.2), id: 'o-1', status }, replaces: weight })
    const target = { reference: 'Observation/o-1/_history/next' }
    expect(await problemsOf(world, admitted, [next('final'), { resource: why(target, because) }])).toEqual(['status resources[0].status'])
    expect(await problemsOf(world, admitted, [next('corrected')])).toEqual(['reason resources[0]'])
    expect(await problemsOf(world, admitted, [next('corrected'), { resource: why(target) }])).toEqual(['reason resources[0]'])
    expect(await problemsOf(world, admitted, [{ resource: { ...observation(number, '2024-05-01'), status: 'corrected' } }])).toEqual(['status resources[0].status'])
    expect(await problemsOf(world, admitted, [next('corrected'), { resource: why(target, because) }])).toEqual([])
    expect(await problemsOf(world, admitted, [next('amended'), { resource: why(target, because) }])).toEqual([])
  })

  it('keeps the former version readable, which says what replaced it', async () => {
    const { world, admitted } = await ward()
    const { doctorA } = world.people
    const weight = admitted.records[2] as string
    const { receipts } = await write(world, doctorA, admitted, [{ resource: { ...observation(number, '2024-05-01', 84.2), id: 'o-1', status: 'corrected' }, replaces: weight }, { resource: why({ reference: 'Observation/o-1' }, because) }])
    const former = await readRecord(world.parts, doctorA.actor, { id: weight, purpose: 'treatment' })
    expect(former.value).toMatchObject({ item: { title: 'Body Weight 82.4 kg', replacedBy: receipts[0]?.id } })
    await expect(write(world, doctorA, admitted, [{ resource: { ...observation(number, '2024-05-01', 85), id: 'o-1', status: 'amended' }, replaces: weight }, { resource: why({ reference: 'Observation/o-1' }, because) }]))
      .rejects.toMatchObject({ code: 'STALE', details: { replacedBy: receipts[0]?.id } })
    await expect(write(world, doctorA, admitted, [{ resource: condition(), replaces: weight }])).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('withdraws an allergy: it leaves the banner and the safety checks', async () => {
    const { world, admitted } = await ward()
    const { doctorA, clerkA } = world.people
    const [, penicillin] = admitted.records as [string, string]
    const read = () => readPatientBanner(world.parts, doctorA.actor, { patient: admitted.patient, purpose: 'treatment' })
    expect((await read()).value.allergies).toEqual(['Penicillin'])
    const withdrawn = { ...allergy(number, 'Penicillin'), clinicalStatus: undefined, verificationStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification', code: 'entered-in-error' }] } }
    const id = newEntryId(world.clock.now)
    await write(world, clerkA, admitted, [{ resource: withdrawn, replaces: penicillin, id }, { resource: why({ identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${id}` }, type: 'AllergyIntolerance' }, because) }])
    expect((await read()).value.allergies).toEqual([])
    expect(await problemsOf(world, admitted, [{ resource: { ...prescription, medicationCodeableConcept: { text: 'Amoxicillin 500 mg' } } }])).toEqual([])
  })
})

const stores: readonly (readonly [string, boolean])[] = [['in memory', true], ['on PostgreSQL', findPostgres() !== undefined]]

describe.each(stores)('eight amendments of one record at once, %s', (name, possible) => {
  it.skipIf(!possible)('one is written, and the others are told by which', async () => {
    const server = name === 'in memory' ? undefined : await startPostgres({ fsync: false })
    let store: DataStore | undefined
    try {
      store = server === undefined ? undefined : await createPostgresStore({ connectionString: await server.createDatabase() })
      const { world, admitted } = await ward(store === undefined ? {} : { store: () => store as DataStore })
      const weight = admitted.records[2] as string
      const attempt = (kilograms: number) => write(world, kilograms % 2 === 0 ? world.people.doctorA : world.people.clerkA, admitted, [
        { resource: { ...observation(number, '2024-05-01', kilograms), id: 'o-1', status: 'amended' }, replaces: weight }, { resource: why({ reference: 'Observation/o-1' }, because) },
      ]).then(({ receipts }) => ({ won: receipts[0]?.id }), (error: { code: string; details: { replacedBy?: string } }) => ({ code: error.code, by: error.details.replacedBy }))
      const outcomes = await Promise.all([80, 81, 82, 83, 84, 85, 86, 87].map(attempt))
      const winners = outcomes.flatMap((outcome) => ('won' in outcome ? [outcome.won] : []))
      expect(winners).toHaveLength(1)
      expect(outcomes.filter((outcome) => 'code' in outcome)).toEqual(Array.from({ length: 7 }, () => ({ code: 'STALE', by: winners[0] })))
      const former = await readRecord(world.parts, world.people.doctorA.actor, { id: weight, purpose: 'treatment' })
      expect(former.value.item.replacedBy).toBe(winners[0])
    } finally {
      await store?.close()
      await server?.stop()
    }
  }, 60_000)
})
