import { addDevice, createCareLedgerClient, enrolmentDraft, partyNameDraft, revocationDraft, rotateKey, signAs } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enrol, newKey, startInstance } from '../__fixtures__/instance.ts'
import type { TestInstance } from '../__fixtures__/instance.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await startInstance()
})
afterAll(() => instance.stop())

const refusedWith = (code: string) => expect.objectContaining({ name: 'Problem', code })

describe('the directory', () => {
  it('finds organisations and staff by name, and never a patient', async () => {
    const patient = await instance.as('patient-a')
    const all = await patient.identity.directory.query({})
    expect(all.items.map((item) => item.party).sort()).toEqual(['clerk-a', 'doctor-a', 'doctor-b', 'hospital-a', 'hospital-b', 'officer-a', 'system-a'])
    const found = await patient.identity.directory.query({ text: 'hosp' })
    expect(found.items).toEqual([expect.objectContaining({ party: 'hospital-a', name: 'Hospital A', kind: 'organisation' }), expect.objectContaining({ party: 'hospital-b' })])
  })
})

describe('keys', () => {
  it('are the caller\'s own: a further one is enrolled by the first, and revoked by it, and refused from the next call on', async () => {
    const first = await instance.as('clerk-a')
    const laptop = await newKey()
    await addDevice(first, { jwk: laptop.signer.publicJwk })
    const second = createCareLedgerClient({ url: instance.url })
    await second.signIn(laptop.signer)
    const { items } = await second.identity.keys.query({})
    expect(items.map(({ key, current, revoked }) => ({ key, current, revoked })).sort((a, b) => Number(b.current) - Number(a.current))).toEqual([
      { key: laptop.signer.key, current: true, revoked: false },
      { key: instance.keyOf('clerk-a').signer.key, current: false, revoked: false },
    ])
    await first.identity.revoke.mutate({ entry: await signAs(first, revocationDraft(laptop.signer.key, 'hospital-a')) })
    await expect(second.session.me.query({})).rejects.toThrow(refusedWith('KEY_REVOKED'))
    expect((await first.identity.keys.query({})).items.find((item) => item.key === laptop.signer.key)?.revoked).toBe(true)
  })

  it('of strangers are not revoked', async () => {
    const doctor = await instance.as('doctor-b')
    const entry = await signAs(doctor, revocationDraft(instance.keyOf('doctor-a').signer.key, 'hospital-b'))
    await expect(doctor.identity.revoke.mutate({ entry })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })
})

describe('the chain of trust', () => {
  it('is shown for staff up to the root, says what was retired, and keeps patients to themselves', async () => {
    const [doctor, hospital] = [await instance.as('doctor-a'), await instance.as('hospital-b')]
    const next = (await newKey()).signer
    await rotateKey(hospital, next)
    const { chains: [chain] } = await doctor.identity.chain.query({ party: 'doctor-b' })
    expect([chain?.inForce, chain?.links.map(({ party, state }) => [party, state])]).toEqual([true, [['doctor-b', 'in-force'], ['hospital-b', 'retired'], ['platform', 'in-force']]])
    expect((await (await instance.as('doctor-b')).session.me.query({})).party).toBe('doctor-b')
    await expect(instance.as('hospital-b')).rejects.toThrow(refusedWith('KEY_REVOKED'))
    await expect(doctor.identity.chain.query({ party: 'patient-a' })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    expect((await (await instance.as('patient-a')).identity.chain.query({ party: 'patient-a' })).chains).toHaveLength(1)
  })
})

describe('enrolment', () => {
  it('is for organisations and the platform', async () => {
    const doctor = await instance.as('doctor-a')
    const key = (await newKey()).signer.publicJwk
    const entry = await signAs(doctor, enrolmentDraft({ party: 'nurse-1', kind: 'person', organisation: 'hospital-a', roles: ['doctor'], key }, 'hospital-a'))
    await expect(doctor.identity.enrol.mutate({ entry })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })

  it('is refused for another organisation\'s people and for the platform\'s roles', async () => {
    const hospital = await instance.as('hospital-a')
    const key = (await newKey()).signer.publicJwk
    await expect(enrol(hospital, { party: 'nurse-1', kind: 'person', organisation: 'hospital-b', roles: ['doctor'], key }, 'hospital-a')).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(enrol(hospital, { party: 'nurse-1', kind: 'person', organisation: 'hospital-a', roles: ['operator'], key }, 'hospital-a')).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })

  it('takes entries of enrolment and naming only, and revocation entries of revocation only', async () => {
    const hospital = await instance.as('hospital-a')
    const revocation = await signAs(hospital, revocationDraft(instance.keyOf('doctor-a').signer.key, 'hospital-a'))
    await expect(hospital.identity.enrol.mutate({ entry: revocation })).rejects.toThrow(refusedWith('INPUT_MALFORMED'))
    const name = await signAs(hospital, partyNameDraft('doctor-a', 'Dr Kim', 'hospital-a'))
    await expect(hospital.identity.revoke.mutate({ entry: name })).rejects.toThrow(refusedWith('INPUT_MALFORMED'))
    await hospital.identity.enrol.mutate({ entry: name })
    expect((await (await instance.as('doctor-a')).session.me.query({})).displayName).toBe('Dr Kim')
  })

  it('gives the same receipt for the same entry sent twice', async () => {
    const hospital = await instance.as('hospital-a')
    const entry = await signAs(hospital, partyNameDraft('doctor-a', 'Dr Kim Min-su', 'hospital-a'))
    const [first, second] = [await hospital.identity.enrol.mutate({ entry }), await hospital.identity.enrol.mutate({ entry })]
    expect([first.duplicate, second.duplicate, second.id]).toEqual([false, true, first.id])
  })

  it('is refused as malformed when the entry is no entry, or its opening no base64url', async () => {
    const hospital = await instance.as('hospital-a')
    const entry = await signAs(hospital, partyNameDraft('doctor-a', 'Dr Kim', 'hospital-a'))
    await expect(hospital.identity.enrol.mutate({ entry: { ...entry, entry: '{}' } })).rejects.toThrow(refusedWith('INPUT_MALFORMED'))
    await expect(hospital.identity.enrol.mutate({ entry: { ...entry, opening: { salt: 'A', mediaType: 'text/plain', payload: 'A' } } })).rejects.toThrow(refusedWith('INPUT_MALFORMED'))
  })
})
