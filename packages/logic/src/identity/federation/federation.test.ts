import { actorOf } from '@careledger/identity'
import { CREDENTIAL_MEDIA_TYPE, credentialBytes, instantText, newEntryId, REVOCATION_MEDIA_TYPE, revocationBytes, type Credential, type Entry } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newSigner, sign } from '../../__fixtures__/world.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { createHospitalWorld, type HospitalWorld, type Member } from '../../hospital/__fixtures__/hospital-world.ts'
import { startLog, type LogService } from '../../log/start-log.ts'
import { audit } from '../../maintenance/audit/audit.ts'
import { rebuild } from '../../maintenance/rebuild.ts'
import { createKeyDirectory } from '../key-directory.ts'
import { federationBytes, foreignParty, RECOGNITION_MEDIA_TYPE } from './payloads.ts'
import { proveEnrolment, recogniseKey, vouchFor } from './vouch.ts'

const [originA, originB] = ['a.test/log/0', 'b.test/log/0']
let a: HospitalWorld
let b: HospitalWorld
let logs: readonly LogService[]

beforeAll(async () => {
  [a, b] = [await createHospitalWorld({ origin: originA }), await createHospitalWorld({ origin: originB })]
  logs = [await startLog(a.parts), await startLog(b.parts)]
})
afterAll(async () => {
  for (const log of logs) await log.stop()
})

type Signing = Pick<Member, 'signer' | 'author'>
async function write(world: HospitalWorld, by: Signing, type: string, mediaType: string, payload: Uint8Array): Promise<string> {
  const entry: Entry = { v: 1, id: newEntryId(world.clock.now), network: 'identity', type, custodian: 'platform', issuedAt: instantText(world.clock.now), author: by.author }
  await acceptEntries(world.parts, [await sign(by.signer, entry, { mediaType, payload })], { actor: by.author, wait: 'sequenced' })
  return entry.id
}
const revoke = (world: HospitalWorld, key: string) => write(world, world.platform, 'key-revoked', REVOCATION_MEDIA_TYPE, revocationBytes(key))
const recogniseB = async (organisation = 'hospital-b', audience = originA) => {
  const [log] = b.trust.logs
  const trust = { origin: originB, logKey: log!.key, root: b.trust.root, witnesses: b.trust.witnesses, witnessThreshold: 1 }
  return write(a, a.platform, 'organisation-recognised', RECOGNITION_MEDIA_TYPE, federationBytes({ v: 1, audience, name: 'Hospital B', trust, enrolment: await proveEnrolment(b.parts, organisation) }))
}
const standingAtA = async (key: string, now = a.clock.now) => actorOf(key, await createKeyDirectory(a.parts.store).standing({ key }), now)

describe('a doctor of another instance', () => {
  it('is unknown until their organisation is recognised, then signs in with their own key for an hour, as somebody of that organisation and nothing more', async () => {
    const { doctorB } = b.people
    const files = await vouchFor(b.parts, doctorB.actor, originA)
    await expect(recogniseKey(a.parts, files)).rejects.toMatchObject({ code: 'NOT_ALLOWED', message: 'The organisation is not recognised here.' })
    await recogniseB()
    const { party } = await recogniseKey(a.parts, files)
    expect(party).toBe(foreignParty(originB, 'doctor-b'))
    expect(await standingAtA(doctorB.actor.key)).toMatchObject({ party, organisation: foreignParty(originB, 'hospital-b'), organisationName: 'Hospital B', roles: ['doctor'], kind: 'person' })
    const size = (await a.parts.store.read((view) => view.treeState(originA))).size
    await recogniseKey(a.parts, files)
    expect((await a.parts.store.read((view) => view.treeState(originA))).size).toBe(size)
    await expect(standingAtA(doctorB.actor.key, new Date(Date.parse(files.expires)))).rejects.toMatchObject({ code: 'KEY_UNKNOWN' })
  })

  it('signs no entry here, and neither does their organisation, which cannot even sign in', async () => {
    const { doctorB } = b.people
    const author = { party: foreignParty(originB, 'doctor-b'), key: doctorB.signer.key, credential: (await standingAtA(doctorB.signer.key)).credential }
    const credential: Credential = { v: 1, party: author.party, kind: 'person', organisation: foreignParty(originB, 'hospital-b'), roles: ['doctor'], key: newSigner().publicJwk }
    await expect(write(a, { signer: doctorB.signer, author }, 'key-enrolled', CREDENTIAL_MEDIA_TYPE, credentialBytes(credential))).rejects.toMatchObject({ code: 'KEY_UNKNOWN' })
    const row = (await a.parts.store.read((view) => view.find({ table: 'key', index: 'party', equals: foreignParty(originB, 'hospital-b'), limit: 5 }))).rows[0]
    await expect(standingAtA(row!.key)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' })
  })

  it('is not let in by a statement made out to somebody else, about another key, or that has ended', async () => {
    const { doctorB, doctorB2 } = b.people
    const [own, other, elsewhere] = [await vouchFor(b.parts, doctorB2.actor, originA), await vouchFor(b.parts, doctorB.actor, originA), await vouchFor(b.parts, doctorB2.actor, 'c.test/log/0')]
    await expect(recogniseKey(a.parts, { ...own, standing: elsewhere.standing })).rejects.toMatchObject({ code: 'NOT_ALLOWED', message: 'The statement is made out to another instance.' })
    await expect(recogniseKey(a.parts, { ...own, standing: other.standing })).rejects.toMatchObject({ message: 'The statement is about another key.' })
    await expect(recogniseKey(a.parts, { ...own, standing: own.credential })).rejects.toMatchObject({ message: 'The statement is not by the system of the peer.' })
    await expect(recogniseKey(a.parts, { ...own, standing: own.standing.replace('"custodian":"platform"', '"custodian":"platform-2"') })).rejects.toMatchObject({ code: 'NOT_ALLOWED', message: 'The proof of the standing does not hold by what is pinned.' })
    const before = a.clock.now
    a.clock.now = new Date(Date.parse(own.expires) + 1)
    await expect(recogniseKey(a.parts, own)).rejects.toMatchObject({ message: 'The statement has ended. Ask your own instance for a new one.' })
    a.clock.now = before
  })

  it('does not come in by their instance\'s operator alone: a key that the organisation did not enrol is refused', async () => {
    const [second, impostor] = [newSigner(), newSigner()]
    const secondId = await write(b, b.platform, 'organisation-enrolled', CREDENTIAL_MEDIA_TYPE, credentialBytes({ v: 1, party: 'hospital-b', kind: 'organisation', roles: ['admin'], key: second.publicJwk }))
    const credential: Credential = { v: 1, party: 'impostor', kind: 'person', organisation: 'hospital-b', roles: ['doctor'], key: impostor.publicJwk }
    const id = await write(b, { signer: second, author: { party: 'hospital-b', key: second.key, credential: secondId } }, 'key-enrolled', CREDENTIAL_MEDIA_TYPE, credentialBytes(credential))
    const files = await vouchFor(b.parts, { ...b.people.doctorB.actor, party: 'impostor', key: impostor.key, credential: id }, originA)
    await expect(recogniseKey(a.parts, files)).rejects.toMatchObject({ code: 'NOT_ALLOWED', message: 'The key was not enrolled by the recognised organisation.' })
    await expect(vouchFor(b.parts, b.people.ada.actor, originA)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('gets no new statement once revoked at home, and is out at once when revoked here or with the organisation', async () => {
    const { doctorB, doctorB2 } = b.people
    const second = await vouchFor(b.parts, doctorB2.actor, originA)
    await recogniseKey(a.parts, second)
    await revoke(b, doctorB.signer.key)
    await expect(vouchFor(b.parts, doctorB.actor, originA)).rejects.toMatchObject({ code: 'KEY_REVOKED' })
    await revoke(a, doctorB2.signer.key)
    await expect(standingAtA(doctorB2.signer.key)).rejects.toMatchObject({ code: 'KEY_REVOKED' })
    await expect(recogniseKey(a.parts, await vouchFor(b.parts, doctorB2.actor, originA))).rejects.toMatchObject({ code: 'KEY_REVOKED' })
    const organisation = (await a.parts.store.read((view) => view.find({ table: 'key', index: 'party', equals: foreignParty(originB, 'hospital-b'), limit: 5 }))).rows[0]
    expect((await standingAtA(doctorB.signer.key)).party).toBe(foreignParty(originB, 'doctor-b'))
    await revoke(a, organisation!.key)
    await expect(standingAtA(doctorB.signer.key)).rejects.toMatchObject({ code: 'KEY_REVOKED' })
    await expect(recogniseB()).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
  })

  it('is recognised by the platform only, and the rows of all this come out of the log again', async () => {
    const [log] = b.trust.logs
    const trust = { origin: originB, logKey: log!.key, root: b.trust.root, witnesses: b.trust.witnesses, witnessThreshold: 1 }
    const payload = federationBytes({ v: 1, audience: originA, name: 'Hospital A again', trust, enrolment: await proveEnrolment(b.parts, 'hospital-a') })
    await expect(write(a, a.people.adminA, 'organisation-recognised', RECOGNITION_MEDIA_TYPE, payload)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const forged = federationBytes({ v: 1, audience: originA, name: 'Forged', trust: { ...trust, root: a.trust.root }, enrolment: await proveEnrolment(b.parts, 'hospital-a') })
    await expect(write(a, a.platform, 'organisation-recognised', RECOGNITION_MEDIA_TYPE, forged)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const rows = async () => a.parts.store.read(async (view) => Promise.all(['key', 'party', 'recognised-organisation'].map(async (table) => (await view.find({ table, limit: 1000 })).rows.map(({ key, indexes, value }) => [key, indexes, Buffer.from(value).toString()]))))
    for (const running of logs) await running.stop()
    logs = []
    const before = await rows()
    await rebuild(a.parts)
    expect(await rows()).toEqual(before)
    expect((await audit(a.parts)).findings).toEqual([])
  })
})
