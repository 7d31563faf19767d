import { addDevice, buildEntry, cardKeyDraft, giveRole, authorOf, signAs, signBuiltEntry, takeBackRole, revocationDraft, rotateKey } from '@careledger/client'
import type { CareLedgerClient } from '@careledger/client'
import { readTrust } from '@careledger/logic'
import { canonicalBytes, didKeyOf, emptyStatusBits, instantText, newEntryId, parseCanonical, parseDidWeb, roleDocument, signVc, statusListDocument, utf8, VC_JWT_MEDIA_TYPE, verifyRoleFile, withStatusBit, type CanonicalValue, type RoleTerms, type Trust } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKey, startInstance } from '../__fixtures__/instance.ts'
import type { PersonName, TestInstance } from '../__fixtures__/instance.ts'

let instance: TestInstance
let hospital: CareLedgerClient
beforeAll(async () => {
  instance = await startInstance()
  hospital = await instance.as('hospital-a')
})
afterAll(() => instance.stop())

const refusedWith = (code: string) => expect.objectContaining({ name: 'Problem', code })
const inHours = (hours: number) => new Date(instance.parts.now().getTime() + hours * 3_600_000)
const holder = (name: PersonName) => ({ party: name, key: instance.keyOf(name).signer.publicJwk })
const rolesOf = async (client: CareLedgerClient) => (await client.session.me.query({})).roles
const itemOf = async (id: string) => (await hospital.identity.roles.list.query({})).items.find((item) => item.id === id)
const fileOf = async (client: CareLedgerClient, id: string): Promise<Uint8Array> => {
  await expect.poll(() => client.identity.roles.file.query({ id }).then(() => true, () => false), { timeout: 5000 }).toBe(true)
  return utf8((await client.identity.roles.file.query({ id })).file)
}

describe('a role credential', () => {
  it('gives its key a role from the next call on, lets it do what the role may, and ends by itself', async () => {
    const clerk = await instance.as('clerk-a')
    expect(await rolesOf(clerk)).toEqual(['records-clerk'])
    await expect(clerk.hospital.emergency.reviews.query({})).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    const id = await giveRole(hospital, { ...holder('clerk-a'), role: 'privacy-officer', until: inHours(0.1) })
    expect(await rolesOf(clerk)).toEqual(['privacy-officer', 'records-clerk'])
    await clerk.hospital.emergency.reviews.query({})
    instance.clock.offsetMs += 420_000
    try {
      const later = await instance.as('clerk-a')
      expect(await rolesOf(later)).toEqual(['records-clerk'])
      await expect(later.hospital.emergency.reviews.query({})).rejects.toThrow(refusedWith('NOT_ALLOWED'))
      expect((await later.identity.roles.list.query({})).items).toEqual([expect.objectContaining({ id, state: 'expired' })])
    } finally {
      instance.clock.offsetMs = 0
    }
  })

  it('is taken back by the status list from the next call on, for ever, and the chain of trust says so', async () => {
    const doctor = await instance.as('doctor-a')
    const id = await giveRole(hospital, { ...holder('doctor-a'), role: 'admin', until: inHours(24) })
    const stateInChain = async () => (await doctor.identity.chain.query({ party: 'doctor-a' })).chains[0]?.granted.map(({ role, state, organisationName }) => [role, state, organisationName])
    expect([await rolesOf(doctor), await stateInChain()]).toEqual([['admin', 'doctor'], [['admin', 'in-force', 'Hospital A']]])
    await takeBackRole(hospital, (await itemOf(id))!)
    expect([await rolesOf(doctor), await stateInChain()]).toEqual([['doctor'], [['admin', 'revoked', 'Hospital A']]])
    const { issuer, list } = await hospital.identity.roles.place.query({})
    const forgetful = await statusListDocument({ issuer, list, from: instantText(new Date()), bits: emptyStatusBits() })
    await expect(hospital.identity.roles.status.mutate({ entry: await signedVc(hospital, 'role-status-listed', forgetful) })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    expect(await rolesOf(doctor)).toEqual(['doctor'])
  })

  it('falls with the key that signed it, and stays where that key was changed for another', async () => {
    const [officer, former] = [await instance.as('officer-a'), await instance.as('hospital-b')]
    const doctorB = await instance.as('doctor-b')
    await giveRole(former, { ...holder('doctor-b'), role: 'admin', until: inHours(24) })
    const next = (await newKey()).signer
    await rotateKey(former, next)
    expect(await rolesOf(doctorB)).toEqual(['admin', 'doctor'])
    const platform = await instance.as('platform')
    await giveRole(former, { ...holder('doctor-b'), role: 'records-clerk', until: inHours(24) })
    expect(await rolesOf(doctorB)).toEqual(['admin', 'doctor', 'records-clerk'])
    await platform.identity.revoke.mutate({ entry: await signAs(platform, revocationDraft(next.key, 'platform')) })
    expect(await rolesOf(doctorB)).toEqual(['admin', 'doctor'])
    expect((await officer.identity.chain.query({ party: 'doctor-b' })).chains[0]?.granted.map(({ state }) => state)).toEqual(['issuer-revoked', 'in-force'])
  })

  it('counts for what its holder signs, while it is in force', async () => {
    const clerk = await instance.as('clerk-a')
    const { key } = await clerk.hospital.cards.key.query({}).catch(() => hospital.hospital.cards.key.query({}))
    const enrolCardKey = async () => clerk.hospital.cards.enrol.mutate({ entry: await signAs(clerk, cardKeyDraft(key, 'hospital-a')) })
    await expect(enrolCardKey()).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    const id = await giveRole(hospital, { ...holder('clerk-a'), role: 'admin', until: inHours(1) })
    expect((await enrolCardKey()).duplicate).toBe(false)
    await takeBackRole(hospital, (await itemOf(id))!)
    await expect(enrolCardKey()).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })

  it('is of one key: a further key of the person does not inherit it, and cannot be enrolled with it', async () => {
    const clerk = await instance.as('clerk-a')
    await giveRole(hospital, { ...holder('clerk-a'), role: 'doctor', until: inHours(24) })
    const laptop = (await newKey()).signer
    await addDevice(clerk, { jwk: laptop.publicJwk })
    expect((await clerk.identity.keys.query({})).items.find(({ key }) => key === laptop.key)?.roles).toEqual(['records-clerk'])
  })

  it('is given by an organisation\'s own key alone, to its own people, with its own roles, each place once', async () => {
    const place = await hospital.identity.roles.place.query({})
    const give = async (by: CareLedgerClient, change: Partial<RoleTerms>) => {
      const id = newEntryId()
      const document = roleDocument({ id, issuer: place.issuer, holder: didKeyOf(holder('doctor-a').key), party: 'doctor-a', role: 'records-clerk', from: instantText(new Date()), until: instantText(inHours(1)), list: place.list, index: place.index, ...change })
      return by.identity.roles.give.mutate({ entry: await signedVc(by, 'role-granted', document, id) })
    }
    const stranger = didKeyOf(holder('doctor-b').key)
    for (const role of ['operator', 'platform', 'patient']) await expect(give(hospital, { role })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(give(hospital, { party: 'doctor-b', holder: stranger })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(give(hospital, { party: 'clerk-a' })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(give(hospital, { party: 'patient-a', holder: didKeyOf(holder('patient-a').key) })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(give(hospital, { issuer: place.issuer.replace('hospital-a', 'hospital-b') })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(give(hospital, { list: 7 })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(give(hospital, { id: newEntryId() })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(give(hospital, { until: instantText(inHours(24 * 366 * 6)) })).rejects.toThrow(refusedWith('INPUT_MALFORMED'))
    await expect(give(await instance.as('doctor-a'), {})).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(give(await instance.as('platform'), {})).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await give(hospital, {})
    await expect(give(hospital, {})).rejects.toThrow(refusedWith('ENTRY_CONFLICT'))
    const neverGiven = await statusListDocument({ issuer: place.issuer, list: place.list, from: instantText(new Date()), bits: withStatusBit(emptyStatusBits(), 131_071) })
    await expect(hospital.identity.roles.status.mutate({ entry: await signedVc(hospital, 'role-status-listed', neverGiven) })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })

  it('is signed by the very key that enters it', async () => {
    const place = await hospital.identity.roles.place.query({})
    const id = newEntryId()
    const document = roleDocument({ id, issuer: place.issuer, holder: didKeyOf(holder('doctor-a').key), party: 'doctor-a', role: 'admin', from: instantText(new Date()), until: instantText(inHours(1)), list: place.list, index: place.index })
    const bytes = utf8(await signVc(document, instance.keyOf('doctor-a').signer))
    const entry = await signAs(hospital, { id, network: 'identity', type: 'role-granted', custodian: 'hospital-a', payload: { mediaType: VC_JWT_MEDIA_TYPE, bytes } })
    await expect(hospital.identity.roles.give.mutate({ entry })).rejects.toThrow(refusedWith('SIGNATURE_INVALID'))
  })
})

describe('the file of a role credential', () => {
  it('holds offline for a stranger, says who, what and until when, and fails once it is taken back, over, or altered', async () => {
    const trust = await trustOf(instance)
    const doctor = await instance.as('doctor-a')
    const id = await giveRole(hospital, { ...holder('doctor-a'), role: 'privacy-officer', until: inHours(24) })
    const bytes = await fileOf(doctor, id)
    const failed = async (file: Uint8Array, at?: Date) => (await verifyRoleFile(file, trust, { at })).steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name)
    const result = await verifyRoleFile(bytes, trust)
    expect([result.valid, result.terms?.role, result.terms?.party, result.holder]).toEqual([true, 'privacy-officer', 'doctor-a', holder('doctor-a').key])
    expect([await failed(bytes, inHours(25)), await failed(bytes, inHours(-1))]).toEqual([['time'], ['time']])
    const { proof, status, format } = parseCanonical(bytes) as Readonly<Record<string, string>>
    const made = (change: Readonly<Record<string, string | undefined>>) => canonicalBytes({ format, proof, status, ...change } as CanonicalValue)
    expect(await failed(made({ status: proof }))).toEqual(['status'])
    expect(await failed(made({ proof: status }))).toEqual(['entry'])
    expect(await failed(made({ proof: (proof as string).replace('"issuedAt":"2', '"issuedAt":"1') }))).toEqual(['entry'])
    expect(await failed(made({ more: 'x' }))).toEqual(['parse'])
    const elsewhere = await startInstance()
    try {
      expect((await verifyRoleFile(bytes, await trustOf(elsewhere))).valid).toBe(false)
    } finally {
      await elsewhere.stop()
    }
    await takeBackRole(hospital, (await itemOf(id))!)
    await expect.poll(async () => failed(await fileOf(doctor, id)), { timeout: 5000 }).toEqual(['status'])
  })

  it('is its holder\'s and its organisation\'s', async () => {
    const id = await giveRole(hospital, { ...holder('doctor-a'), role: 'admin', until: inHours(24) })
    await fileOf(hospital, id)
    for (const name of ['clerk-a', 'doctor-b', 'hospital-b', 'platform'] as const) await expect(instance.as(name).then((client) => client.identity.roles.file.query({ id }))).rejects.toThrow(expect.objectContaining({ name: 'Problem' }))
    await expect(hospital.identity.roles.file.query({ id: newEntryId() })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })
})

describe('did:web', () => {
  const get = (path: string) => fetch(`${instance.url}${path}`)

  it('is served for the instance and its organisations, with keys that were changed and revoked', async () => {
    const response = await get('/orgs/hospital-b/did.json')
    expect([response.status, response.headers.get('content-type'), response.headers.get('access-control-allow-origin')]).toEqual([200, 'application/did+json', '*'])
    const document = (await response.json()) as { readonly id: string; readonly verificationMethod: readonly { readonly id: string; readonly expires?: string; readonly revoked?: string }[]; readonly assertionMethod: readonly string[]; readonly authentication: readonly string[] }
    expect(`${parseDidWeb(document.id).origin}${parseDidWeb(document.id).path}`).toBe(`${instance.url}/orgs/hospital-b/did.json`)
    expect(document.verificationMethod.map(({ expires, revoked }) => [expires !== undefined, revoked !== undefined])).toEqual([[false, true], [true, false]])
    expect([document.assertionMethod, document.authentication]).toEqual([[document.verificationMethod[1]?.id], []])
    const root = (await (await get('/.well-known/did.json')).json()) as { readonly id: string; readonly authentication: readonly string[] }
    expect(root.authentication).toEqual([`${root.id}#${instance.keyOf('platform').signer.key}`])
  })

  it('is served for nobody else', async () => {
    for (const path of ['/orgs/doctor-a/did.json', '/orgs/patient-a/did.json', '/orgs/platform/did.json', '/orgs/nobody/did.json', '/orgs/hospital-a/status/9', '/orgs/hospital-a/', '/orgs/..%2f/did.json']) expect((await get(path)).status, path).toBe(404)
  })

  it('has the status list beside it, as the organisation signed it', async () => {
    const response = await get('/orgs/hospital-a/status/0')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/vc+jwt'])
    expect(await response.text()).toBe((await hospital.identity.roles.place.query({ list: 0 })).statusList)
  })
})

async function trustOf({ parts }: TestInstance): Promise<Trust> {
  const { origin, logKey, root, witnesses, witnessThreshold } = await readTrust(parts)
  return { logs: [{ origin, key: logKey }], root, witnesses, witnessThreshold }
}

/** A credential under the caller's own key, in an entry of its own. */
async function signedVc(client: CareLedgerClient, type: string, document: CanonicalValue, id = newEntryId()) {
  const signer = client.signer!
  const bytes = utf8(await signVc(document, signer))
  return signBuiltEntry(buildEntry({ id, network: 'identity', type, custodian: 'hospital-a', payload: { mediaType: VC_JWT_MEDIA_TYPE, bytes } }, authorOf(client.actor!), client.now()), signer)
}
