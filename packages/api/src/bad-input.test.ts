import { authorOf, buildEntry, consentDraft, giveConsent, importBundle, revocationDraft, signAs, signBuiltEntry, withdrawConsent } from '@careledger/client'
import type { CareLedgerClient, ImportResult, SignedEntry, SubjectAt } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from './__fixtures__/bundle.ts'
import { INPUTS, outcomeOf } from './__fixtures__/inputs.ts'
import { enrol, newKey, startInstance } from './__fixtures__/instance.ts'
import type { TestInstance } from './__fixtures__/instance.ts'
import { operationsByName } from './operation.ts'
import { createOperations } from './operations/index.ts'

const operations = operationsByName(createOperations())
let instance: TestInstance
let clerk: CareLedgerClient
let patient: CareLedgerClient
let stranger: CareLedgerClient
let imported: ImportResult
let at: SubjectAt
beforeAll(async () => {
  instance = await startInstance()
  ;[clerk, patient, stranger] = await Promise.all([instance.as('clerk-a'), instance.as('patient-a'), instance.as('doctor-b')])
  imported = await importBundle(clerk, smallBundle(), { linkTo: 'patient-a', wait: 'sequenced' })
  at = (await patient.hospital.consents.subjects.query({})).items[0] as SubjectAt
})
afterAll(() => instance.stop())

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
const consent = (members: object = {}) => consentDraft(at, { grantee: 'doctor-b', purpose: 'treatment', expires: inHours(24), direct: false, ...members })
const give = (entry: SignedEntry) => patient.hospital.consents.give.mutate({ entry })
const bytes = (text: string) => new TextEncoder().encode(text)
const edited = (from: string, to: string) => bytes(new TextDecoder().decode(smallBundle({ identifier: 'B-1' })).replace(from, to))
const count = async () => (await (await instance.as('doctor-a')).hospital.records.list.query({ patient: imported.patient })).counts

describe('a bad bundle is refused with its place, and nothing of it is kept', () => {
  it.each([
    ['malformed JSON', () => bytes('{"resourceType":"Bundle"'), 'INPUT_MALFORMED'],
    ['a member given twice', () => edited('"status": "final"', '"status": "final", "status": "amended"'), 'INPUT_MALFORMED'],
    ['another resource', () => bytes('{"resourceType":"Patient"}'), 'FHIR_INVALID'],
    ['a resource type that does not exist', () => edited('"Observation"', '"Observatory"'), 'FHIR_INVALID'],
    ['an invalid code', () => edited('"status": "final"', '"status": "finished"'), 'FHIR_INVALID'],
    ['a missing required member', () => edited('"status": "final",', ''), 'FHIR_INVALID'],
    ['an invalid date', () => edited('"2024-01-05"', '"2024-13-45"'), 'FHIR_INVALID'],
    ['33 MiB', () => new Uint8Array(33 * 1024 * 1024), 'INPUT_TOO_LARGE'],
  ])('%s', async (_title, make, code) => {
    await expect(importBundle(clerk, make())).rejects.toMatchObject({ name: 'Problem', code })
    expect((await stranger.hospital.patients.find.query({ identifier: { value: 'B-1' } })).items).toEqual([])
  })

  it('names the path of each problem and repeats no value', async () => {
    const refused = await importBundle(clerk, edited('"status": "final"', '"status": "canary-1"')).catch((thrown: unknown) => thrown as { details: { problems: readonly { path: string }[] } })
    expect((refused as { details: { problems: readonly { path: string }[] } }).details.problems[0]?.path).toMatch(/^Bundle\.entry\[1\]\.resource.*status$/)
    expect(JSON.stringify(refused)).not.toContain('Canary')
  })
})

describe('a bad entry is refused', () => {
  it('when a letter of it was changed after signing, or its payload', async () => {
    const signed = await signAs(patient, consent())
    const opening = signed.opening as NonNullable<SignedEntry['opening']>
    await expect(give({ ...signed, entry: signed.entry.replace('consent-given', 'consent-taken') })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await expect(give({ ...signed, entry: signed.entry.replace(/"issuedAt":"(\d{3})\d/, '"issuedAt":"$10') })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
    await expect(give({ ...signed, entry: signed.entry.replace('{', '{ ') })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await expect(give({ ...signed, opening: { ...opening, payload: Buffer.from(Buffer.from(opening.payload, 'base64url').toString().replace('doctor-b', 'doctor-x')).toString('base64url') } })).rejects.toMatchObject({ code: 'COMMITMENT_MISMATCH' })
    await expect(give({ ...signed, opening: { ...opening, salt: 'A'.repeat(43) } })).rejects.toMatchObject({ code: 'COMMITMENT_MISMATCH' })
    await expect(give({ ...signed, signature: { jws: 'a..b' } })).rejects.toMatchObject({ name: 'Problem', code: expect.stringMatching(/SIGNATURE_INVALID|INPUT_MALFORMED/) })
  })

  it('when another key signed it, in its own name or in the patient\'s', async () => {
    const other = (await newKey()).signer
    const author = authorOf(patient.actor as NonNullable<CareLedgerClient['actor']>)
    const foreign = await signBuiltEntry(buildEntry(consent(), { ...author, key: other.key }, new Date()), other)
    await expect(give(foreign)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' })
    const asStranger = await signBuiltEntry(buildEntry(consent(), authorOf(stranger.actor as NonNullable<CareLedgerClient['actor']>), new Date()), instance.keyOf('doctor-b').signer)
    await expect(give(asStranger)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const built = buildEntry(consent(), author, new Date())
    const forged = await signBuiltEntry({ ...built, entry: { ...built.entry, author: { ...author, key: other.key } } }, other)
    await expect(give({ ...forged, entry: forged.entry.replace(other.key, author.key) })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
  })

  it('when its author\'s clock runs ten minutes ahead, with the server time', async () => {
    const early = await signBuiltEntry(buildEntry(consent(), authorOf(patient.actor as NonNullable<CareLedgerClient['actor']>), new Date(Date.now() + 600_000)), instance.keyOf('patient-a').signer)
    await expect(give(early)).rejects.toMatchObject({ code: 'CLOCK_SKEW', details: { serverTime: expect.any(String) } })
  })

  it('when it names an organisation or person that is not enrolled', async () => {
    await expect(give(await signAs(patient, consent({ grantee: 'nobody-here' })))).rejects.toMatchObject({ name: 'Problem' })
    await expect(give(await signAs(patient, { ...consent(), custodian: 'hospital-z' }))).rejects.toMatchObject({ name: 'Problem' })
  })

  it('when the same id comes with other content; the same entry again is a retry, a hundred times at once', async () => {
    const signed = await signAs(patient, consent())
    const receipts = await Promise.all(Array.from({ length: 100 }, () => give(signed)))
    expect(new Set(receipts.map((receipt) => receipt.id)).size).toBe(1)
    expect(receipts.filter((receipt) => !receipt.duplicate)).toHaveLength(1)
    const { id } = receipts[0] as (typeof receipts)[number]
    await expect(give(await signAs(patient, { ...consent({ expires: inHours(2) }), id }))).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
    expect((await patient.hospital.consents.list.query({})).items.filter((item) => item.id === id)).toHaveLength(1)
  })
})

describe('a consent that is over', () => {
  it('lets nobody read a second later', async () => {
    const reader = await instance.as('doctor-b')
    await withdrawAll()
    await expect(reader.hospital.records.list.query({ patient: imported.patient })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const expires = new Date(Date.now() + 3_600_000)
    await giveConsent(patient, at, { grantee: 'doctor-b', purpose: 'treatment', expires: expires.toISOString(), direct: false })
    expect((await reader.hospital.records.list.query({ patient: imported.patient })).items.length).toBeGreaterThan(0)
    instance.clock.offsetMs = expires.getTime() + 1000 - Date.now()
    try {
      await expect(reader.hospital.records.list.query({ patient: imported.patient })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    } finally {
      instance.clock.offsetMs = 0
    }
    await withdrawAll()
  })
})

describe('other people\'s objects', () => {
  it('look exactly like objects that do not exist', async () => {
    const none = '01890a5d-ac96-774b-bcce-b302099a8057'
    const entry = await signAs(patient, consent())
    const pairs: readonly (readonly [string, unknown, unknown])[] = [
      ['hospital.patients.read', { patient: imported.patient }, { patient: none }],
      ['hospital.records.list', { patient: imported.patient }, { patient: none }],
      ['hospital.records.read', { id: imported.ids[0] }, { id: none }],
      ['hospital.records.proof', { id: imported.ids[0] }, { id: none }],
      ['hospital.records.states', { ids: [imported.ids[0]] }, { ids: [none] }],
      ['hospital.patients.find', { identifier: { system: 'urn:example:mrn', value: 'A-1' } }, { identifier: { system: 'urn:example:mrn', value: 'A-9' } }],
      ['hospital.patients.find', { family: 'Canary', birthDate: '1970-01-02' }, { family: 'Nobody', birthDate: '1970-01-02' }],
      ['hospital.imports.commit', { patient: imported.patient, entries: [entry] }, { patient: none, entries: [entry] }],
    ]
    for (const person of ['doctor-b', 'patient-b', 'hospital-b', 'operator'] as const) {
      const client = await instance.as(person)
      for (const [name, theirs, nothing] of pairs) expect([person, name, await answerOf(client, name, theirs)]).toEqual([person, name, await answerOf(client, name, nothing)])
    }
  })

  it('are not changed: a stranger neither withdraws a consent nor revokes a key', async () => {
    const [given] = (await patient.hospital.consents.list.query({})).items
    const other = await instance.as('patient-b')
    await expect(other.hospital.consents.withdraw.mutate({ entry: await signAs(other, { network: 'hospital', type: 'consent-withdrawn', ...at, replaces: (given as { id: string }).id }) })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const revocation = await signAs(stranger, revocationDraft(instance.keyOf('doctor-a').signer.key, 'hospital-b'))
    await expect(stranger.identity.revoke.mutate({ entry: revocation })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const hospital = await instance.as('hospital-b')
    await expect(enrol(hospital, { party: 'mole', kind: 'person', organisation: 'hospital-a', roles: ['doctor'], key: (await newKey()).signer.publicJwk }, 'hospital-b')).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(enrol(hospital, { party: 'self-made', kind: 'person', roles: ['operator'], key: (await newKey()).signer.publicJwk }, 'hospital-b')).rejects.toMatchObject({ name: 'Problem' })
  })
})

describe('every operation', () => {
  it('refuses members that its contract does not name', async () => {
    for (const [name, operation] of operations) {
      const who = { self: patient, staff: clerk, doctor: await instance.as('doctor-a'), 'organisation-admin': await instance.as('hospital-a'), reviewer: await instance.as('officer-a'), operator: await instance.as('operator'), permit: clerk, 'signed-in': clerk, public: clerk }[operation.contract.rule]
      const input = { ...(INPUTS[name] as object), isAdmin: true }
      expect([name, await outcomeOf(instance, who, name, operation.contract.kind, input)]).toEqual([name, 'INPUT_MALFORMED'])
    }
  })
})

describe('after all of this', () => {
  it('the patient\'s records are as they were', async () => {
    expect(await count()).toEqual({ Observation: 3, Patient: 1 })
  })

  it('nothing of the patient stands in a log line', () => {
    expect(instance.lines.join('\n')).not.toMatch(/Canary|canary|Wilhelmina|1970-01-02/)
  })
})

async function withdrawAll(): Promise<void> {
  const { items } = await patient.hospital.consents.list.query({})
  for (const item of items.filter(({ state }) => state === 'active')) await withdrawConsent(patient, at, item.id)
}

async function answerOf(client: CareLedgerClient, name: string, input: unknown): Promise<unknown> {
  let found: unknown = client
  for (const step of name.split('.')) found = (found as Record<string, unknown>)[step]
  const call = found as Record<'query' | 'mutate', (input: unknown) => Promise<unknown>>
  const kind = operations.get(name)?.contract.kind === 'command' ? 'mutate' : 'query'
  return call[kind](input).catch(({ code, message, details }: { code: string; message: string; details: unknown }) => ({ code, message, details }))
}
