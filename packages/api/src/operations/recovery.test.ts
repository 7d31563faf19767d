import { approveRecovery, arrangeGuardians, completeRecovery, createCareLedgerClient, enrolmentDraft, enrolRecovered, readTrust, recoveryState, requestRecovery, revocationDraft, signAs, stopRecovery, verifyProofText, type AskedRecovery, type CareLedgerClient } from '@careledger/client'
import { buildProof } from '@careledger/logic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enrol, newKey, startInstance, type PersonName, type TestInstance } from '../__fixtures__/instance.ts'

const HOUR = 3_600_000
let instance: TestInstance
let person: CareLedgerClient
let guardians: readonly CareLedgerClient[]
let arrangement: string

/** A patient of no organisation with three guardians, two of whom it takes, and a waiting period of two days. */
beforeAll(async () => {
  instance = await startInstance()
  const platform = await instance.as('platform')
  const clients = []
  for (const party of ['patient-r', 'friend-1', 'friend-2', 'friend-3']) {
    const { signer } = await newKey()
    await enrol(platform, { party, kind: 'person', roles: ['patient'], key: signer.publicJwk }, 'platform')
    const client = createCareLedgerClient({ url: instance.url })
    await client.signIn(signer)
    clients.push(client)
  }
  const [first, ...others] = clients
  person = first as CareLedgerClient
  guardians = others
  ;({ id: arrangement } = await arrangeGuardians(person, { guardians: ['friend-3', 'friend-1', 'friend-2'], threshold: 2, waitHours: 48, label: 'Aunt Mi' }))
})
afterAll(() => instance.stop())

const refusedWith = (code: string) => expect.objectContaining({ name: 'Problem', code })
const stranger = () => createCareLedgerClient({ url: instance.url })
async function later<T>(ms: number, body: () => Promise<T>): Promise<T> {
  instance.clock.offsetMs += ms
  try {
    return await body()
  } finally {
    instance.clock.offsetMs -= ms
  }
}
const [friend, second] = [() => guardians[0] as CareLedgerClient, () => guardians[1] as CareLedgerClient]
const requestOf = async (client: CareLedgerClient, key: string) => (await client.identity.recovery.wards.query({})).items[0]?.requests.find((one) => one.key === key)

describe('recovery by guardians', () => {
  it('lets a person in with a new key once enough guardians have signed for this very key and the time is over; what was signed before still verifies', async () => {
    const { signer } = await newKey()
    const lost = stranger()
    expect(await recoveryState(lost, signer)).toBeUndefined()
    await requestRecovery(friend(), { party: 'patient-r', key: signer.publicJwk })
    expect((await person.identity.recovery.mine.query({})).requests[0]).toMatchObject({ key: signer.key, by: 'guardians', approvals: 1, threshold: 2, state: 'waiting' })
    const request = await requestOf(second(), signer.key)
    expect(request).toMatchObject({ approvals: 1, approved: false })
    await later(49 * HOUR, async () => {
      await expect(completeRecovery(lost, signer)).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    })
    await expect(approveRecovery(second(), { id: request?.id ?? '', key: (await newKey()).signer.key })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await approveRecovery(friend(), { id: request?.id ?? '', key: signer.key })
    expect(await recoveryState(lost, signer)).toMatchObject({ approvals: 1 })
    await approveRecovery(second(), { id: request?.id ?? '', key: signer.key })
    await expect(completeRecovery(lost, signer)).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await later(49 * HOUR, async () => {
      expect(await recoveryState(lost, signer)).toMatchObject({ approvals: 2, state: 'ready' })
      await completeRecovery(lost, signer)
      await completeRecovery(lost, signer)
      expect(await lost.signIn(signer)).toMatchObject({ party: 'patient-r', roles: ['patient'] })
    })
    const old = person.signer?.key ?? ''
    person = stranger()
    await person.signIn(signer)
    const { custodian } = await person.identity.keys.query({})
    const { id } = await person.identity.revoke.mutate({ entry: await signAs(person, revocationDraft(old, custodian)) })
    const trust = await readTrust(person)
    // Signed by the recovered key, whose chain the proof carries; and by the old one, before it was revoked.
    for (const entry of [id, arrangement]) {
      let text: string | undefined
      await expect.poll(async () => (text = await buildProof(instance.parts, entry, { opening: true }).catch(() => undefined))).toBeDefined()
      expect((await verifyProofText(text ?? '', trust)).valid).toBe(true)
    }
  })

  it('is stopped by the person, and then cannot be completed', async () => {
    const [{ signer }, helper] = [await newKey(), stranger()]
    await requestRecovery(friend(), { party: 'patient-r', key: signer.publicJwk })
    const request = await requestOf(second(), signer.key)
    await approveRecovery(second(), { id: request?.id ?? '', key: signer.key })
    await expect(stopRecovery(second(), request?.id ?? '')).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    expect((await person.identity.recovery.mine.query({})).requests.find(({ state }) => state === 'waiting')?.id).toBe(request?.id)
    await stopRecovery(person, request?.id ?? '')
    await later(49 * HOUR, async () => {
      expect(await recoveryState(helper, signer)).toMatchObject({ state: 'stopped' })
      await expect(completeRecovery(helper, signer)).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    })
  })

  it('is not begun by somebody who is no guardian, with a time of one\'s own choosing, or for somebody who does not exist: all in the same words', async () => {
    const { signer } = await newKey()
    const [other, hospital] = [await instance.as('patient-b'), await instance.as('hospital-a')]
    const ask = (by: CareLedgerClient, party = 'patient-r') => requestRecovery(by, { party, key: signer.publicJwk })
    const refusals = [ask(other), ask(hospital), ask(friend(), 'nobody')]
    for (const refusal of await Promise.allSettled(refusals)) expect(refusal).toMatchObject({ status: 'rejected', reason: { code: 'NOT_ALLOWED', message: expect.stringMatching(/^This does not exist/) } })
    await expect(arrangeGuardians(friend(), { guardians: ['friend-1'], threshold: 1, waitHours: 24, label: '' })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(arrangeGuardians(friend(), { guardians: ['friend-2', 'friend-3'], threshold: 1, waitHours: 24, label: '' })).rejects.toThrow(refusedWith('INPUT_MALFORMED'))
  })
})

describe('recovery by the platform', () => {
  it('brings back a patient whom a hospital enrolled; the hospital itself never does', async () => {
    const { signer } = await newKey()
    const [patient, hospital, operator] = [await instance.as('patient-b'), await instance.as('hospital-b'), await instance.as('operator')]
    await expect(requestRecovery(hospital, { party: 'patient-b', key: signer.publicJwk })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await requestRecovery(operator, { party: 'patient-b', key: signer.publicJwk })
    expect((await operator.identity.recovery.asked.query({})).items).toEqual([expect.objectContaining({ party: 'patient-b', state: 'waiting' })])
    expect((await patient.identity.recovery.mine.query({})).requests[0]).toMatchObject({ by: 'organisation', state: 'waiting' })
    const back = stranger()
    await expect(completeRecovery(back, signer)).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await later(73 * HOUR, async () => {
      await completeRecovery(back, signer)
      expect(await back.signIn(signer)).toMatchObject({ party: 'patient-b', organisation: 'hospital-b' })
    })
  })
})

describe('recovery by the organisation', () => {
  it('gives its person a new key after the waiting period, which the person sees and can stop; never at once', async () => {
    const [hospital, doctor] = [await instance.as('hospital-a'), await instance.as('doctor-a')]
    const [{ signer }, again] = [await newKey(), await newKey()]
    const further = async (by: CareLedgerClient, key = signer, party: PersonName = 'doctor-a') => by.identity.enrol.mutate({ entry: await signAs(by, enrolmentDraft({ party, kind: 'person', organisation: 'hospital-a', roles: ['doctor'], key: key.publicJwk }, 'hospital-a')) })
    await expect(further(hospital)).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await requestRecovery(hospital, { party: 'doctor-a', key: signer.publicJwk })
    await requestRecovery(hospital, { party: 'doctor-a', key: again.signer.publicJwk })
    const asked = async (who: PersonName) => (await (await instance.as(who)).identity.recovery.asked.query({})).items
    expect((await asked('hospital-a')).map(({ key, party, state }) => [key, party, state])).toEqual([[again.signer.key, 'doctor-a', 'waiting'], [signer.key, 'doctor-a', 'waiting']])
    for (const other of ['doctor-a', 'hospital-b', 'patient-a', 'operator'] as const) expect((await asked(other)).filter(({ party }) => party === 'doctor-a')).toEqual([])
    const own = (await doctor.identity.recovery.mine.query({})).requests
    expect(own).toHaveLength(2)
    await stopRecovery(doctor, own.find(({ key }) => key === again.signer.key)?.id ?? '')
    await expect(further(hospital)).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await later(73 * HOUR, async () => {
      const admin = await instance.as('hospital-a')
      await expect(further(admin, again.signer)).rejects.toThrow(refusedWith('NOT_ALLOWED'))
      const ready = (await asked('hospital-a')).find(({ key }) => key === signer.key)
      expect(ready).toMatchObject({ state: 'ready', enrol: { organisation: 'hospital-a', roles: ['doctor'] } })
      await enrolRecovered(admin, ready as AskedRecovery)
      const back = stranger()
      expect(await back.signIn(signer)).toMatchObject({ party: 'doctor-a' })
    })
  })
})
