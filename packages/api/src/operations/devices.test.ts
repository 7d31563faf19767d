import { addDevice, askAsDevice, createCareLedgerClient, enrolmentDraft, findAskingDevice, revokeOwnKey, signAs } from '@careledger/client'
import { keyCode } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKey, startInstance, type TestInstance } from '../__fixtures__/instance.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await startInstance()
})
afterAll(() => instance.stop())

const refusedWith = (code: string) => expect.objectContaining({ name: 'Problem', code })
const stranger = () => createCareLedgerClient({ url: instance.url })

describe('a person\'s devices', () => {
  it('let each other in by a code made of the key, under names that only their person sees, and outlive each other', async () => {
    const patient = await instance.as('patient-a')
    const { signer } = await newKey()
    const phone = stranger()
    const { code } = await askAsDevice(phone, signer, { name: 'Phone', lock: 'browser' })
    expect(code).toBe(keyCode(signer.key))
    const found = await findAskingDevice(patient, code)
    expect(found).toMatchObject({ key: signer.key, name: 'Phone', lock: 'browser' })
    await addDevice(patient, found)
    await phone.signIn(signer)
    const { items } = await phone.identity.keys.query({})
    expect(items.find(({ current }) => current)).toMatchObject({ key: signer.key, name: 'Phone', lock: 'browser', revoked: false, lastUsed: expect.any(String) })
    await expect(findAskingDevice(patient, code)).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await revokeOwnKey(patient, signer.key)
    await expect(phone.session.me.query({})).rejects.toThrow(refusedWith('KEY_REVOKED'))
    expect((await patient.identity.keys.query({})).items.find(({ key }) => key === signer.key)).toMatchObject({ name: 'Phone', revoked: true })
    expect(instance.lines.join('\n')).not.toContain('Phone')
  })

  it('are not let in after a quarter of an hour, nor by somebody who does not hold the key', async () => {
    const [{ signer }, other] = [await newKey(), await newKey()]
    const { code } = await askAsDevice(stranger(), signer, {})
    instance.clock.offsetMs = 15 * 60_000
    try {
      await expect(findAskingDevice(await instance.as('patient-a'), code)).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    } finally {
      instance.clock.offsetMs = 0
    }
    await expect(stranger().callAs(signer, 'identity.devices.ask', { jwk: other.signer.publicJwk })).rejects.toThrow(refusedWith('PROOF_OF_POSSESSION_INVALID'))
    await expect(stranger().identity.devices.ask.mutate({ jwk: signer.publicJwk as never })).rejects.toThrow(refusedWith('PROOF_OF_POSSESSION_INVALID'))
  })

  it('are their own person\'s: nobody enrols a key for somebody else this way, gives it more roles, or names another\'s device', async () => {
    const [patient, doctor] = [await instance.as('patient-a'), await instance.as('doctor-a')]
    const { signer } = await newKey()
    const enrol = async (party: string, roles: readonly string[]) => doctor.identity.devices.add.mutate({ entry: await signAs(doctor, enrolmentDraft({ party, kind: 'person', organisation: 'hospital-a', roles, key: signer.publicJwk }, 'hospital-a')) })
    await expect(enrol('patient-a', ['patient'])).rejects.toThrow(refusedWith('INPUT_MALFORMED'))
    await expect(enrol('doctor-a', ['admin', 'doctor'])).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(doctor.identity.devices.rename.mutate({ key: patient.signer?.key ?? '', name: 'Mine' })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })
})
