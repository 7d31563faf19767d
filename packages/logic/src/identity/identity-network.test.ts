import { CREDENTIAL_MEDIA_TYPE, credentialBytes, revocationBytes, REVOCATION_MEDIA_TYPE, utf8, verifyProof, type Credential, type Signer } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { accept, createWorld, draft, hospitalId, newSigner, sign, stock, type Person, type World } from '../__fixtures__/world.ts'
import type { SignedEntry } from '../entries/signed-entry.ts'
import { buildProof } from '../log/build-proof.ts'
import { startLog } from '../log/start-log.ts'
import { rebuild } from '../maintenance/rebuild.ts'
import { createKeyDirectory } from './key-directory.ts'
import { PARTY_NAME_MEDIA_TYPE, partyNameBytes } from './party-name.ts'

const entryOf = (by: Person, type: string, mediaType: string, payload: Uint8Array): Promise<SignedEntry> =>
  sign(by.signer, draft({ network: 'identity', type, custodian: 'platform', author: by.author }), { mediaType, payload })
const enrolment = (by: Person, credential: Credential, type = 'key-enrolled') => entryOf(by, type, CREDENTIAL_MEDIA_TYPE, credentialBytes(credential))
const revocation = (by: Person, key: string) => entryOf(by, 'key-revoked', REVOCATION_MEDIA_TYPE, revocationBytes(key))
const naming = (by: Person, party: string, name: string) => entryOf(by, 'party-named', PARTY_NAME_MEDIA_TYPE, partyNameBytes({ party, name }))
const idOf = (signed: SignedEntry) => (JSON.parse(Buffer.from(signed.entry as Uint8Array).toString()) as { id: string }).id
const doctorOf = (party: string, signer: Signer): Credential => ({ v: 1, party, kind: 'person', organisation: hospitalId, roles: ['doctor'], key: signer.publicJwk })

/** Enrols a key by an entry, and gives its holder. */
async function enrolled(world: World, by: Person, credential: Credential, signer: Signer): Promise<Person> {
  const signed = await enrolment(by, credential)
  await accept(world.parts, by, signed)
  return { signer, author: { party: credential.party, key: signer.key, credential: idOf(signed) } }
}
const refusedWith = (code: string) => expect.objectContaining({ name: 'LogicError', code })

describe('enrolment by entries', () => {
  it('makes rows of key and party, and the new key writes at once', async () => {
    const world = await createWorld()
    const signer = newSigner()
    const person = await enrolled(world, world.hospital, doctorOf('doctor-2', signer), signer)
    const directory = createKeyDirectory(world.parts.store)
    expect(await directory.key(signer.key)).toMatchObject({ party: 'doctor-2', organisation: hospitalId, roles: ['doctor'], issuers: [world.hospital.author.key, world.root.author.key], credential: person.author.credential })
    expect(await directory.party('doctor-2')).toMatchObject({ party: 'doctor-2', kind: 'person', organisation: hospitalId })
    await accept(world.parts, person, await stock(person))
  })

  it('takes enrolment and first entry of the new key in the order of the log, also after a restart', async () => {
    const world = await createWorld()
    const signer = newSigner()
    const person = await enrolled(world, world.hospital, doctorOf('doctor-2', signer), signer)
    const restarted = world.restart()
    await accept(restarted, person, await stock(person))
  })

  it('refuses a second platform root', async () => {
    const world = await createWorld()
    const signer = newSigner()
    const thief: Person = { signer, author: { party: 'platform-2', key: signer.key } }
    const second = await enrolment(thief, { v: 1, party: 'platform-2', kind: 'platform', roles: ['platform'], key: signer.publicJwk }, 'platform-root')
    await expect(accept(world.parts, thief, second)).rejects.toThrow(refusedWith('ENTRY_CONFLICT'))
  })

  it('refuses a root signed for another key or party', async () => {
    const world = await createWorld()
    const [signer, other] = [newSigner(), newSigner()]
    const thief: Person = { signer, author: { party: 'platform-2', key: signer.key } }
    for (const credential of [{ party: 'platform-2', key: other.publicJwk }, { party: 'platform', key: signer.publicJwk }]) {
      const signed = await enrolment(thief, { v: 1, kind: 'platform', roles: ['platform'], ...credential }, 'platform-root')
      await expect(accept(world.parts, thief, signed)).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    }
  })

  it('refuses what the rules of enrolment refuse', async () => {
    const world = await createWorld()
    const signer = newSigner()
    await expect(accept(world.parts, world.doctor, await enrolment(world.doctor, doctorOf('doctor-2', signer)))).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(accept(world.parts, world.hospital, await enrolment(world.hospital, { ...doctorOf('doctor-2', signer), roles: ['operator'] }))).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(accept(world.parts, world.root, await enrolment(world.root, { v: 1, party: 'doctor-1', kind: 'person', roles: ['patient'], key: signer.publicJwk }))).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    expect(await createKeyDirectory(world.parts.store).key(signer.key)).toBeUndefined()
  })

  it('refuses a key that is enrolled already, for whomever', async () => {
    const world = await createWorld()
    const again = { ...doctorOf('doctor-2', world.doctor.signer) }
    await expect(accept(world.parts, world.hospital, await enrolment(world.hospital, again))).rejects.toThrow(refusedWith('ENTRY_CONFLICT'))
  })

  it('refuses a credential in another form or media type', async () => {
    const world = await createWorld()
    const signer = newSigner()
    const bad = [
      entryOf(world.hospital, 'key-enrolled', CREDENTIAL_MEDIA_TYPE, utf8('{"v":1}')),
      entryOf(world.hospital, 'key-enrolled', 'application/json', credentialBytes(doctorOf('doctor-2', signer))),
      entryOf(world.hospital, 'key-enrolled', CREDENTIAL_MEDIA_TYPE, utf8(JSON.stringify({ ...doctorOf('doctor-2', signer), extra: 1 }))),
    ]
    for (const signed of bad) await expect(accept(world.parts, world.hospital, await signed)).rejects.toThrow(refusedWith('INPUT_MALFORMED'))
  })

  it('lets one of two that enrol the same new party for different organisations win', async () => {
    const world = await createWorld()
    const other = newSigner()
    const organisation = await enrolment(world.root, { v: 1, party: 'hospital-b', kind: 'organisation', roles: ['admin'], key: other.publicJwk }, 'organisation-enrolled')
    await accept(world.parts, world.root, organisation)
    const second: Person = { signer: other, author: { party: 'hospital-b', key: other.key, credential: idOf(organisation) } }
    const results = await Promise.allSettled([
      accept(world.parts, world.hospital, await enrolment(world.hospital, doctorOf('nurse-1', newSigner()))),
      accept(world.restart(), second, await enrolment(second, { ...doctorOf('nurse-1', newSigner()), organisation: 'hospital-b' })),
    ])
    expect(results.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('revocation by entries', () => {
  it('refuses the key\'s next entry in this and in another process, and keeps what it signed before', async () => {
    const world = await createWorld()
    const before = await stock(world.doctor)
    const other = world.restart()
    await accept(world.parts, world.doctor, before)
    await accept(other, world.doctor, await stock(world.doctor))
    await accept(world.parts, world.hospital, await revocation(world.hospital, world.doctor.author.key))
    await expect(accept(world.parts, world.doctor, await stock(world.doctor))).rejects.toThrow(refusedWith('KEY_REVOKED'))
    await expect(accept(other, world.doctor, await stock(world.doctor))).rejects.toThrow(refusedWith('KEY_REVOKED'))
    const [receipt] = await accept(world.parts, world.doctor, before)
    expect(receipt?.duplicate).toBe(true)
  })

  it('follows log order and not the author\'s clock: a backdated entry is refused', async () => {
    const world = await createWorld()
    await accept(world.parts, world.hospital, await revocation(world.hospital, world.doctor.author.key))
    const backdated = await sign(world.doctor.signer, draft({ type: 'item-stocked', author: world.doctor.author, issuedAt: '2020-01-01T00:00:00.000Z' }), { item: 'gauze' })
    await expect(accept(world.parts, world.doctor, backdated)).rejects.toThrow(refusedWith('KEY_REVOKED'))
  })

  it('of an organisation\'s key takes its people with it, until they are enrolled under another', async () => {
    const world = await createWorld()
    const further = newSigner()
    const organisation: Credential = { v: 1, party: hospitalId, kind: 'organisation', roles: ['admin'], key: further.publicJwk }
    const renewed = await enrolled(world, world.hospital, organisation, further)
    await accept(world.parts, renewed, await revocation(renewed, world.hospital.author.key))
    await expect(accept(world.parts, world.doctor, await stock(world.doctor))).rejects.toThrow(refusedWith('KEY_REVOKED'))
    await expect(accept(world.parts, world.hospital, await stock(world.hospital))).rejects.toThrow(refusedWith('KEY_REVOKED'))
    const signer = newSigner()
    const doctor = await enrolled(world, renewed, doctorOf('doctor-1', signer), signer)
    await accept(world.parts, doctor, await stock(doctor))
  })

  it('of a lost device leaves the keys that its owner enrolled with it', async () => {
    const world = await createWorld()
    const signer = newSigner()
    const laptop = await enrolled(world, world.doctor, doctorOf('doctor-1', signer), signer)
    await accept(world.parts, laptop, await revocation(laptop, world.doctor.author.key))
    await accept(world.parts, laptop, await stock(laptop))
    await expect(accept(world.parts, world.doctor, await stock(world.doctor))).rejects.toThrow(refusedWith('KEY_REVOKED'))
  })

  it('never brings a key back: it cannot be enrolled again', async () => {
    const world = await createWorld()
    await accept(world.parts, world.hospital, await revocation(world.hospital, world.doctor.author.key))
    await expect(accept(world.parts, world.hospital, await enrolment(world.hospital, doctorOf('doctor-1', world.doctor.signer)))).rejects.toThrow(refusedWith('ENTRY_CONFLICT'))
  })

  it('is refused by strangers, and for keys that are not there', async () => {
    const world = await createWorld()
    await expect(accept(world.parts, world.doctor, await revocation(world.doctor, world.hospital.author.key))).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(accept(world.parts, world.root, await revocation(world.root, newSigner().key))).rejects.toThrow(refusedWith('KEY_UNKNOWN'))
  })
})

describe('an organisation\'s new key', () => {
  it('retires the old one, which signs nothing any more, and leaves its people, their proofs and the log made anew as they are', async () => {
    const world = await createWorld()
    const log = await startLog(world.parts)
    const before = await stock(world.doctor)
    await accept(world.parts, world.doctor, before)
    const signer = newSigner()
    const next = await enrolled(world, world.hospital, { v: 1, party: hospitalId, kind: 'organisation', roles: ['admin'], key: signer.publicJwk }, signer)
    const retire = (by: Person, key: string) => entryOf(by, 'key-retired', REVOCATION_MEDIA_TYPE, revocationBytes(key))
    await expect(accept(world.parts, world.hospital, await retire(world.hospital, world.hospital.author.key))).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(accept(world.parts, world.root, await retire(world.root, world.hospital.author.key))).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await accept(world.parts, next, await retire(next, world.hospital.author.key))
    await expect(accept(world.parts, world.hospital, await stock(world.hospital))).rejects.toThrow(refusedWith('KEY_REVOKED'))
    const after = await stock(world.doctor)
    await accept(world.restart(), world.doctor, after)
    const colleague = newSigner()
    await accept(world.parts, next, await enrolment(next, doctorOf('doctor-9', colleague)))
    for (const entry of [before, after]) {
      let proof: string | undefined
      await expect.poll(async () => (proof = await buildProof(world.parts, idOf(entry), { opening: true }).catch(() => undefined))).toBeDefined()
      expect((await verifyProof(utf8(proof ?? ''), world.trust)).valid).toBe(true)
    }
    await log.stop()
    await rebuild(world.parts)
    await accept(world.parts, world.doctor, await stock(world.doctor))
    await expect(accept(world.parts, world.hospital, await stock(world.hospital))).rejects.toThrow(refusedWith('KEY_REVOKED'))
  })
})

describe('a key\'s rotation', () => {
  it('fails no valid entry of 32 writers at once, over two processes, and refuses the old key afterwards', async () => {
    const world = await createWorld()
    const processes = [world.parts, world.restart()] as const
    const signer = newSigner()
    let current = world.doctor
    const used = new Set<string>()
    const writers = Array.from({ length: 32 }, async (_, index) => {
      for (let written = 0; written < 20; written += 1) {
        const by = current
        await accept(processes[index % 2 as 0 | 1], by, await stock(by, `item-${index}-${written}`))
        used.add(by.author.key)
      }
    })
    const next = await enrolled(world, world.hospital, doctorOf('doctor-1', signer), signer)
    current = next
    await Promise.all(writers)
    expect(used).toEqual(new Set([world.doctor.author.key, signer.key]))
    await accept(world.parts, world.hospital, await revocation(world.hospital, world.doctor.author.key))
    await accept(processes[1], next, await stock(next))
    await expect(accept(processes[1], world.doctor, await stock(world.doctor))).rejects.toThrow(refusedWith('KEY_REVOKED'))
  })
})

describe('names', () => {
  it('are given by the platform to organisations, and by organisations to their people', async () => {
    const world = await createWorld()
    await accept(world.parts, world.root, await naming(world.root, hospitalId, 'Seoul General Hospital'))
    await accept(world.parts, world.hospital, await naming(world.hospital, 'doctor-1', '김민수'))
    const standing = await createKeyDirectory(world.parts.store).standing({ key: world.doctor.author.key })
    expect([standing.party?.name, standing.organisation?.name]).toEqual(['김민수', 'Seoul General Hospital'])
  })

  it('are kept when a further key is enrolled', async () => {
    const world = await createWorld()
    await accept(world.parts, world.hospital, await naming(world.hospital, 'doctor-1', 'Dr Kim'))
    const [one, other] = [newSigner(), newSigner()]
    await enrolled(world, world.doctor, doctorOf('doctor-1', one), one)
    await enrolled(world, world.hospital, doctorOf('doctor-1', other), other)
    expect((await createKeyDirectory(world.parts.store).party('doctor-1'))?.name).toBe('Dr Kim')
  })

  it('are not given to oneself, by another organisation, or to nobody', async () => {
    const world = await createWorld()
    await expect(accept(world.parts, world.doctor, await naming(world.doctor, 'doctor-1', 'Professor Kim'))).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(accept(world.parts, world.root, await naming(world.root, 'doctor-1', 'Dr Kim'))).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(accept(world.parts, world.hospital, await naming(world.hospital, 'nobody', 'Nobody'))).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })

  it('are never given to patients: they would outlive the erasure of their records', async () => {
    const world = await createWorld()
    const signer = newSigner()
    await enrolled(world, world.root, { v: 1, party: 'patient-1', kind: 'person', roles: ['patient'], key: signer.publicJwk }, signer)
    await expect(accept(world.parts, world.root, await naming(world.root, 'patient-1', 'Lee Hyun'))).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })

  it.each(['', ' Kim', 'Kim ', 'Kim\nMinsu', 'Kim\u202eusniM', 'x'.repeat(121), 'e\u0301'])('are refused as %j', (name) => {
    expect(() => partyNameBytes({ party: 'doctor-1', name })).toThrow(refusedWith('INPUT_MALFORMED'))
  })
})
