import {
  cardKeyDraft, checkCarryFile, fetchCarried, importBundle, importCarried, makeHealthLink, openCarryFile, openHealthLink, parseHealthLink, proofContent, readLinkContent, readTrust, sealCarryFile, signAs, toNumericCard,
  verifyHealthCard, type CareLedgerClient, type CarryFile,
} from '@careledger/client'
import { utf8 } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInstance, type TestInstance } from './__fixtures__/instance.ts'

let instance: TestInstance
let patient: CareLedgerClient
let imported: Awaited<ReturnType<typeof importBundle>>
const inAnHour = () => new Date(Date.now() + 3_600_000)
const passphrase = 'a passphrase that is long'

const bundle = utf8(JSON.stringify({
  resourceType: 'Bundle', type: 'collection',
  entry: [
    { resource: { resourceType: 'Patient', id: 'p', identifier: [{ system: 'urn:example:mrn', value: 'H-1' }], name: [{ family: 'Canary', given: ['Wilhelmina'] }], birthDate: '1970-01-02' } },
    { resource: { resourceType: 'Encounter', id: 'e', status: 'finished', class: { code: 'AMB' }, subject: { reference: 'Patient/p' } } },
    { resource: { resourceType: 'Immunization', id: 'i', status: 'completed', vaccineCode: { coding: [{ system: 'http://hl7.org/fhir/sid/cvx', code: '140' }] }, patient: { reference: 'Patient/p' }, encounter: { reference: 'Encounter/e' }, occurrenceDateTime: '2025-10-20' } },
    { resource: { resourceType: 'Condition', id: 'c', subject: { reference: 'Patient/p' }, encounter: { reference: 'Encounter/e' }, code: { text: 'Hypertension' }, recordedDate: '2019-02-11' } },
  ],
}))

beforeAll(async () => {
  instance = await startInstance()
  const hospital = await instance.as('hospital-a')
  const { custodian, key } = await hospital.hospital.cards.key.query({})
  await hospital.hospital.cards.enrol.mutate({ entry: await signAs(hospital, cardKeyDraft(key, custodian)) })
  imported = await importBundle(await instance.as('clerk-a'), bundle, { linkTo: 'patient-a', wait: 'anchored' })
  patient = await instance.as('patient-a')
})
afterAll(() => instance.stop())

describe('a health link over HTTP', () => {
  it('is opened by a stranger from any page: summary and proofs, with a passcode that is counted', async () => {
    const { bundle: summary } = await patient.hospital.summary.read.query({ patient: imported.patient })
    const { proofs } = await fetchCarried(patient, { patient: imported.patient, custodian: { party: 'hospital-a', name: 'Hospital A' }, types: ['Condition'] })
    const made = await makeHealthLink(patient, instance.url, { patient: imported.patient, label: 'Summary', expires: inAnHour(), passcode: '482913', types: { Condition: 1 }, contents: [{ contentType: 'application/fhir+json', text: summary }, proofContent(proofs)] })
    const link = parseHealthLink(made.text)
    expect([link.flag, link.exp, link.url.length <= 128]).toEqual(['P', Math.floor(made.expires.getTime() / 1000), true])
    await expect(openHealthLink(link, { recipient: 'Clinic' })).rejects.toMatchObject({ name: 'PasscodeNeeded', remaining: 5 })
    await expect(openHealthLink(link, { recipient: 'Clinic', passcode: 'nope' })).rejects.toMatchObject({ name: 'PasscodeNeeded', remaining: 4 })
    const contents = await openHealthLink(link, { recipient: 'Clinic', passcode: '482913' })
    expect(contents[0]?.text).toBe(summary)
    const shown = readLinkContent(contents[1]!)
    const checked = await checkCarryFile({ format: 'careledger-carry/1', made: '', origin: '', custodian: { party: '', name: '' }, proofs: shown.kind === 'proofs' ? shown.proofs : [] }, await readTrust(patient))
    expect([checked.records.length, checked.valid]).toEqual([2, true])

    const manifest = await fetch(link.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ recipient: 'Clinic', passcode: '482913', embeddedLengthMax: 10, extension: {} }) })
    const { files } = (await manifest.json()) as { files: { location: string }[] }
    expect([manifest.status, manifest.headers.get('access-control-allow-origin'), files.map(({ location }) => location.startsWith(`${instance.url}/shl/`))]).toEqual([200, '*', [true, true]])
    const file = await fetch(files[0]!.location)
    expect([file.status, file.headers.get('content-type'), (await file.text()).split('.').length]).toEqual([200, 'application/jose', 5])
    expect((await fetch(link.url, { method: 'OPTIONS' })).headers.get('access-control-allow-headers')).toBe('content-type')

    await patient.hospital.links.stop.mutate({ patient: imported.patient, link: made.link })
    expect((await fetch(files[0]!.location)).status).toBe(404)
    await expect(openHealthLink(link, { recipient: 'Clinic', passcode: '482913' })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(instance.lines.join('\n')).not.toMatch(/Canary|Wilhelmina|Clinic|482913/)
  })

  it('of one file comes by GET; nobody gets it without saying who they are, and nothing at other addresses', async () => {
    const made = await makeHealthLink(patient, instance.url, { patient: imported.patient, label: 'One', expires: inAnHour(), single: true, types: {}, contents: [{ contentType: 'application/fhir+json', text: '{"resourceType":"Bundle"}' }] })
    const link = parseHealthLink(made.text)
    expect(await openHealthLink(link, { recipient: 'Clinic' })).toEqual([{ contentType: 'application/fhir+json', text: '{"resourceType":"Bundle"}' }])
    expect((await fetch(link.url)).status).toBe(400)
    for (const path of ['/shl/', '/shl/x', `/shl/${'A'.repeat(43)}?recipient=x`, `/shl/${made.link}/0`, `/shl/${made.link}/0/1`]) expect([path, (await fetch(instance.url + path)).status]).toEqual([path, path.includes('A'.repeat(43)) || path.includes('/0') ? 404 : 400])
  })
})

describe('a health card over HTTP', () => {
  it('verifies against the issuer\'s published key, and is refused once it is on the published list', async () => {
    const { jws, kid, rid } = await patient.hospital.cards.issue.mutate({ patient: imported.patient, records: [imported.ids[2]!] })
    const iss = `${instance.url}/issuers/hospital-a`
    const read = async (path: string) => (await fetch(`${iss}/.well-known/${path}`)).json() as Promise<{ keys: never[]; rids: string[] }>
    const issuer = async () => ({ iss, name: 'Hospital A', keys: (await read('jwks.json')).keys, crls: [{ kid, rids: (await read(`crl/${kid}.json`)).rids }] })
    expect((await read('jwks.json')).keys).toMatchObject([{ kid, use: 'sig', alg: 'ES256', kty: 'EC' }])
    expect((await read('jwks.json')).keys[0]).not.toHaveProperty('d')
    expect((await read('jwks.json')).keys[0]).not.toHaveProperty('enrolled')
    expect((await read('jwks-history.json')).keys).toMatchObject([{ kid, state: 'issuing', enrolledAt: expect.any(String) }])
    expect((await verifyHealthCard(toNumericCard(jws), [await issuer()])).steps.map(({ outcome }) => outcome)).toEqual(Array(6).fill('pass'))
    await patient.hospital.cards.revoke.mutate({ patient: imported.patient, kid, rid })
    expect(await verifyHealthCard(jws, [await issuer()])).toMatchObject({ valid: false })
    expect((await read('jwks.json')).keys).toMatchObject([{ crlVersion: 1 }])
    expect((await fetch(`${instance.url}/issuers/nobody/.well-known/jwks.json`)).status).toBe(404)
  })
})

describe('a carried file', () => {
  let file: CarryFile
  it('is packed by the patient, opened and verified with pinned keys alone, what cannot be asked reads not checked', async () => {
    file = await fetchCarried(patient, { patient: imported.patient, custodian: { party: 'hospital-a', name: 'Hospital A' }, types: ['Condition', 'Immunization'] })
    const opened = await openCarryFile(await sealCarryFile(file, { passphrase }), { passphrase })
    const checked = await checkCarryFile(opened, await readTrust(patient))
    expect([checked.valid, checked.records.length]).toEqual([true, 3])
    expect(checked.records[0]?.result.steps.filter(({ outcome }) => outcome === 'unchecked').map(({ name }) => name)).toContain('superseded')
    const bounded = await fetchCarried(patient, { patient: imported.patient, custodian: file.custodian, from: '2020-01-01' })
    expect(bounded.proofs.map((proof) => JSON.parse(Buffer.from((JSON.parse(proof) as { opening: { payload: string } }).opening.payload, 'base64url').toString()) as { resourceType: string }).map(({ resourceType }) => resourceType).sort()).toEqual(['Immunization', 'Patient'])
  })

  it('is imported elsewhere as ordinary records with their provenance, byte for byte, and nothing twice', async () => {
    const doctor = await instance.as('doctor-b')
    const checked = await checkCarryFile(file, await readTrust(doctor))
    const first = await importCarried(doctor, checked)
    expect([first.known, first.ids.length]).toEqual([false, 4])
    const { counts } = await doctor.hospital.records.list.query({ patient: first.patient })
    expect(counts).toEqual({ Condition: 1, Immunization: 1, Patient: 1, Provenance: 1 })
    const kept = await doctor.hospital.records.read.query({ id: first.ids[0]! })
    expect(kept.opening.payload).toBe(Buffer.from(checked.records[0]!.payload!).toString('base64url'))
    expect(await importCarried(doctor, checked)).toMatchObject({ known: true, alreadyThere: 4, receipts: [] })
  })

  it('is refused as a whole when one proof was altered, or is of a log that nobody pinned', async () => {
    const doctor = await instance.as('doctor-b')
    const trust = await readTrust(doctor)
    const altered = { ...file, proofs: file.proofs.map((proof, n) => (n === 1 ? proof.replace('"record-created"', '"record-creates"') : proof)) }
    const checked = await checkCarryFile(altered, trust)
    expect([checked.valid, checked.records.map(({ result }) => result.valid)]).toEqual([false, [true, false, true]])
    await expect(importCarried(doctor, checked)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
    expect((await checkCarryFile(file, { ...trust, logs: [] })).valid).toBe(false)
  })
})
