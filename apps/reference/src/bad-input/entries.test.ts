import { createHmac } from 'node:crypto'
import { authorOf, buildEntry, consentDraft, createCareLedgerClient, enrolmentDraft, signAs, signBuiltEntries, signBuiltEntry, signerFromJwk, splitBundle, type CareLedgerClient, type EntryDraft, type PrivateJwk, type SignedEntry, type SubjectAt } from '@careledger/client'
import { canonicalBytes, fromBase64url, toBase64url, utf8 } from '@careledger/proof'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { canaryBundle } from '../testing/canary-bundle.ts'
import { expectRefusal, startDemoWorld, type DemoWorld } from '../testing/demo-world.ts'
import type { RawAnswer, RawCaller } from '../testing/raw-caller.ts'

let world: DemoWorld
let doctor: CareLedgerClient
let patient: CareLedgerClient
let raw: { readonly doctor: RawCaller; readonly patient: RawCaller }
let at: SubjectAt
let records: Awaited<ReturnType<DemoWorld['records']>>
let consents: number
beforeAll(async () => {
  world = await startDemoWorld()
  doctor = await world.as('staff-5d81c6')
  patient = await world.as('patient-4f7a20')
  raw = { doctor: await world.raw('staff-5d81c6'), patient: await world.raw('patient-4f7a20') }
  at = (await patient.hospital.consents.subjects.query({})).items[0] as SubjectAt
  await world.importCanary({ identifier: 'MRN-CANARY-0' })
  ;[records, consents] = [await world.records(), await consentsGiven()]
}, 180_000)
afterEach(async () => {
  expect([await world.records(), await consentsGiven(), await world.ready()]).toEqual([records, consents, 200])
})
afterAll(async () => world?.stop(), 60_000)

const consentsGiven = async () => (await patient.hospital.consents.list.query({})).items.length
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
const consent = (members: object = {}) => consentDraft(at, { grantee: 'staff-e04b7f', purpose: 'treatment', expires: inHours(24), direct: false, ...members })
const give = (entry: unknown): Promise<RawAnswer> => raw.patient.call('hospital.consents.give', JSON.stringify({ entry }))
const openingOf = (entry: SignedEntry) => entry.opening as NonNullable<SignedEntry['opening']>
const encode = (text: string) => Buffer.from(text).toString('base64url')
const decode = (text: string) => Buffer.from(text, 'base64url').toString()
/** Another first character of the same alphabet. */
const changed = (text: string) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`
async function newSigner() {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const { x, y, d } = await crypto.subtle.exportKey('jwk', privateKey)
  return signerFromJwk({ kty: 'EC', crv: 'P-256', x, y, d } as PrivateJwk)
}

describe('a tampered entry', () => {
  it.each([
    ['another type', (entry: string) => entry.replace('consent-given', 'consent-taken'), 400, 'INPUT_MALFORMED'],
    ['another time', (entry: string) => entry.replace(/"issuedAt":"\d{3}/, '"issuedAt":"201'), 400, 'SIGNATURE_INVALID'],
    ['a space that canonical JSON does not have', (entry: string) => entry.replace('{', '{ '), 400, 'INPUT_MALFORMED'],
    ['a member name given twice', (entry: string) => entry.replace('"v":1', '"v":1,"v":1'), 400, 'INPUT_MALFORMED'],
    ['a member that entries do not have', (entry: string) => entry.replace('"v":1', '"v":1,"x":"Canarowski"'), 400, 'INPUT_MALFORMED'],
    ['malformed JSON', (entry: string) => entry.slice(0, -1), 400, 'INPUT_MALFORMED'],
  ] as const)('%s', async (_title, tamper, status, code) => {
    const signed = await signAs(patient, consent())
    expectRefusal(await give({ ...signed, entry: tamper(signed.entry) }), status, code)
  })

  it('another payload, salt or media type: 422 COMMITMENT_MISMATCH', async () => {
    const signed = await signAs(patient, consent())
    const opening = openingOf(signed)
    const others = [{ payload: encode(decode(opening.payload).replace('staff-e04b7f', 'staff-b1f852')) }, { salt: changed(opening.salt) }, { salt: 'A'.repeat(43) }]
    for (const other of others) expectRefusal(await give({ ...signed, opening: { ...opening, ...other } }), 422, 'COMMITMENT_MISMATCH', /commitment/)
    expectRefusal(await give({ ...signed, opening: { ...opening, mediaType: 'application/json' } }), 400, 'INPUT_MALFORMED')
  })

  it('another place, count or path in its signed batch: 400 SIGNATURE_INVALID', async () => {
    const author = authorOf(patient.actor as NonNullable<typeof patient.actor>)
    const built = [consent(), consent(), consent()].map((draft) => buildEntry(draft, author, new Date()))
    const [signed] = await signBuiltEntries(built, raw.patient.signer)
    const signature = signed?.signature as Extract<SignedEntry['signature'], { path: string[] }>
    expect(signature.path.length).toBeGreaterThan(0)
    const others = [{ path: [changed(signature.path[0] ?? ''), ...signature.path.slice(1)] }, { path: signature.path.toReversed() }, { path: [] }, { index: 1 }, { count: 4 }]
    for (const other of others) expectRefusal(await give({ ...signed, signature: { ...signature, ...other } }), 400, 'SIGNATURE_INVALID', /Sign again/)
  })

  it('in the middle of an import: the whole import is refused', async () => {
    const { patient: handle, entries } = await preparedImport(doctor, 'MRN-CANARY-2')
    const last = entries.at(-1) as SignedEntry
    const tampered = { ...last, opening: { ...openingOf(last), payload: encode(decode(openingOf(last).payload).replace('Canary-itis', 'Canary-itus')) } }
    expectRefusal(await commit(handle, [...entries.slice(0, -1), tampered]), 422, 'COMMITMENT_MISMATCH')
    expect((await doctor.hospital.patients.find.query({ identifier: { system: 'urn:example:mrn', value: 'MRN-CANARY-2' } })).items).toEqual([])
  })
})

describe('a resource in a signed entry', () => {
  it.each([
    ['that gives a member name twice', (text: string) => text.replace('"status": "final"', '"status": "final", "status": "amended"'), 400, 'INPUT_MALFORMED'],
    ['that is no JSON', (text: string) => text.slice(0, -1), 400, 'INPUT_MALFORMED'],
    ['of a type that does not exist', (text: string) => text.replace('"Observation"', '"Canary-itis"'), 422, 'FHIR_INVALID'],
    ['that is not valid FHIR', (text: string) => text.replace('"final"', '"Canary-itis"'), 422, 'FHIR_INVALID'],
  ] as const)('%s is refused, whatever the client has checked', async (_title, spoil, status, code) => {
    const { patient: handle, entries } = await preparedImport(doctor, 'MRN-CANARY-3', spoil)
    const answer = await commit(handle, entries)
    expectRefusal(answer, status, code)
    if (code === 'FHIR_INVALID') expect(JSON.stringify(answer.details['problems'])).toMatch(/"path":"entries\[\d\]\.resource\.(?:resourceType|status)"/)
  })
})

describe('a signature', () => {
  it('by a key that is not enrolled: 401 KEY_UNKNOWN', async () => {
    const other = await newSigner()
    const author = authorOf(patient.actor as NonNullable<typeof patient.actor>)
    expectRefusal(await give(await signBuiltEntry(buildEntry(consent(), { ...author, key: other.key }, new Date()), other)), 401, 'KEY_UNKNOWN', /not enrolled/)
  })

  it('by another key than the entry names: 400 SIGNATURE_INVALID', async () => {
    const other = await newSigner()
    const author = authorOf(patient.actor as NonNullable<typeof patient.actor>)
    const forged = await signBuiltEntry(buildEntry(consent(), { ...author, key: other.key }, new Date()), other)
    expectRefusal(await give({ ...forged, entry: forged.entry.replace(other.key, author.key) }), 400, 'SIGNATURE_INVALID')
  })

  it('by somebody else in their own name: 403 NOT_ALLOWED', async () => {
    expectRefusal(await give(await signAs(doctor, consent())), 403, 'NOT_ALLOWED')
  })

  it.each([
    ['alg none', () => ({ header: { alg: 'none' }, signature: '' })],
    ['HS256 with the public key as secret', (input: string) => ({ header: { alg: 'HS256' }, signature: createHmac('sha256', JSON.stringify(raw.patient.signer.publicJwk)).update(input).digest('base64url') })],
    ['the algorithm of another kind of key', () => ({ header: { alg: 'EdDSA' } })],
    ['zeros for a signature', () => ({ signature: toBase64url(new Uint8Array(64)) })],
  ] satisfies readonly (readonly [string, (input: string) => { header?: object; signature?: string }])[])('with %s is refused', async (_title, forge) => {
    const signed = await signAs(patient, consent())
    const [header = '', , signature = ''] = (signed.signature as { jws: string }).jws.split('.')
    const forged: { readonly header?: object; readonly signature?: string } = forge(`${header}.${encode(signed.entry)}`)
    const changedHeader = encode(JSON.stringify({ ...(JSON.parse(decode(header)) as object), ...forged.header }))
    const answer = await give({ ...signed, signature: { jws: `${'header' in forged ? changedHeader : header}..${forged.signature ?? signature}` } })
    expect(['INPUT_MALFORMED', 'SIGNATURE_INVALID']).toContain(answer.code)
    expectRefusal(answer, 400, answer.code)
  })
})

describe('an organisation or person that is not enrolled', () => {
  it('as custodian, in a consent and in an import: refused', async () => {
    expectRefusal(await give(await signAs(patient, { ...consent(), custodian: 'hospital-z' })), 403, 'NOT_ALLOWED')
    const { patient: handle, entries } = await preparedImport(doctor, 'MRN-CANARY-4', (text) => text, 'hospital-z')
    expectRefusal(await commit(handle, entries), 400, 'INPUT_MALFORMED')
  })

  it('as grantee: refused, with the place', async () => {
    const answer = await give(await signAs(patient, consent({ grantee: 'hospital-z' })))
    expectRefusal(answer, answer.status, answer.code)
    expect([400, 403]).toContain(answer.status)
  })

  it('signing in with its own key: 401 KEY_UNKNOWN', async () => {
    await expect(createCareLedgerClient({ url: world.url }).signIn(await newSigner())).rejects.toMatchObject({ name: 'Problem', code: 'KEY_UNKNOWN', message: 'This key is not enrolled here.' })
  })

  it('enrolling a person of theirs: refused', async () => {
    const organisation = await world.as('seoul-general')
    const { publicJwk } = await newSigner()
    const draft = enrolmentDraft({ party: 'kang-so-ra', kind: 'person', organisation: 'hospital-z', roles: ['doctor'], key: publicJwk }, 'seoul-general')
    await expect(organisation.identity.enrol.mutate({ entry: await signAs(organisation, draft) })).rejects.toMatchObject({ name: 'Problem', code: 'NOT_ALLOWED' })
  })
})

describe('the same id', () => {
  it('with other content: 409 ENTRY_CONFLICT; with the same content: the first receipt again', async () => {
    const signed = await signAs(patient, consent())
    const first = await give(signed)
    expect([first.status, (first.data as { duplicate: boolean }).duplicate]).toEqual([200, false])
    consents += 1
    const { id } = first.data as { id: string }
    expectRefusal(await give(await signAs(patient, { ...consent({ expires: inHours(2) }), id })), 409, 'ENTRY_CONFLICT', /Nothing was changed/)
    const again = await give(signed)
    expect([again.status, again.data]).toMatchObject([200, { id, duplicate: true }])
  })

  it('of a record, with other content, in an import: 409 and the first record stays', async () => {
    const first = await preparedImport(doctor, 'MRN-CANARY-5')
    expect((await commit(first.patient, first.entries)).status).toBe(200)
    records = await world.records()
    const place = await doctor.hospital.imports.prepare.mutate({ identifiers: [{ system: 'urn:example:mrn', value: 'MRN-CANARY-5' }] })
    const id = (JSON.parse((first.entries.at(-1) as SignedEntry).entry) as { id: string }).id
    const resource = splitBundle(utf8(canaryBundle({ identifier: 'MRN-CANARY-5' }))).resources.at(-1)
    const bytes = utf8(new TextDecoder().decode(resource?.bytes).replace('"value": 82', '"value": 28'))
    const other = await signAs(doctor, { network: 'hospital', type: 'record-created', custodian: place.custodian, subject: place.subject, id, payload: { mediaType: 'application/fhir+json', bytes } })
    expectRefusal(await commit(place.patient, [other]), 409, 'ENTRY_CONFLICT')
    const kept = await doctor.hospital.records.read.query({ id })
    expect(new TextDecoder().decode(fromBase64url(kept.opening.payload))).toContain('"value": 82')
  })
})

describe("an author's clock", () => {
  it('that is ten minutes ahead: 401 CLOCK_SKEW with the server time; ten minutes behind is an entry that comes late', async () => {
    const author = authorOf(patient.actor as NonNullable<typeof patient.actor>)
    const signedAt = (minutes: number) => signBuiltEntry(buildEntry(consent(), author, new Date(Date.now() + minutes * 60_000)), raw.patient.signer)
    const answer = await give(await signedAt(10))
    expectRefusal(answer, 401, 'CLOCK_SKEW', /Set it by the server time/)
    expect(Math.abs(Date.parse(String(answer.details['serverTime'])) - Date.now())).toBeLessThan(10_000)
    expect((await give(await signedAt(-10))).status).toBe(200)
    consents += 1
  })
})

const commit = (handle: string, entries: readonly SignedEntry[]) => raw.doctor.call('hospital.imports.commit', JSON.stringify({ patient: handle, entries }))

/** The signed entries of an import, its observations spoilt before they are signed, so that only the server can notice. */
async function preparedImport(client: CareLedgerClient, identifier: string, spoil: (text: string) => string = (text) => text, custodian?: string): Promise<{ readonly patient: string; readonly entries: readonly SignedEntry[] }> {
  const { resources, identifiers } = splitBundle(utf8(canaryBundle({ identifier, observations: 1 }).replace('"value": 80', '"value": 82')))
  const place = await client.hospital.imports.prepare.mutate({ identifiers: identifiers.map((one) => ({ ...one })) })
  const common = { network: 'hospital', custodian: custodian ?? place.custodian, subject: place.subject }
  const registration = canonicalBytes({ v: 1, patient: place.patient, identifiers: identifiers.map((one) => ({ ...one })) })
  const drafts: EntryDraft[] = [
    { ...common, type: 'patient-registered', payload: { mediaType: 'application/careledger-patient+json', bytes: registration } },
    ...resources.map(({ type, bytes }) => ({ ...common, type: 'record-created', payload: { mediaType: 'application/fhir+json', bytes: type === 'Observation' ? utf8(spoil(new TextDecoder().decode(bytes))) : bytes } })),
  ]
  const author = authorOf(client.actor as NonNullable<typeof client.actor>)
  return { patient: place.patient, entries: await signBuiltEntries(drafts.map((draft) => buildEntry(draft, author, client.now())), raw.doctor.signer) }
}
