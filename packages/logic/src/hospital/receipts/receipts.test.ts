import { canonicalBytes, fromUtf8, isReceipt, parseCanonical, utf8, verifyReceipt, type CanonicalValue } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { settled, sign } from '../../__fixtures__/world.ts'
import { instantText, newEntryId, type Entry } from '@careledger/proof'
import { startLog, type LogService } from '../../log/start-log.ts'
import { cardKeyBytes, CARD_KEY_MEDIA_TYPE } from '../carry/card-key-entries.ts'
import { readCardKey, writeCardKey } from '../carry/issuing-key.ts'
import { createHospitalWorld, type Admitted, type HospitalWorld } from '../__fixtures__/hospital-world.ts'
import { issueReceipt } from './issue-receipt.ts'

let world: HospitalWorld
let admitted: Admitted
let log: LogService
let consent: string
let withdrawal: string

beforeAll(async () => {
  world = await createHospitalWorld()
  const { ada, adminA } = world.people
  admitted = await world.admit({ person: ada, number: 'R-1' })
  const { key } = await readCardKey(world.parts, adminA.actor)
  const entry: Entry = { v: 1, id: newEntryId(), network: 'hospital', type: 'card-key-enrolled', custodian: 'hospital-a', issuedAt: instantText(world.clock.now), author: adminA.author }
  await writeCardKey(world.parts, adminA.actor, 'card-key-enrolled', await sign(adminA.signer, entry, { mediaType: CARD_KEY_MEDIA_TYPE, payload: cardKeyBytes(key) }))
  consent = (await world.give(ada, admitted, { types: ['Observation'], sensitive: ['HIV'] })).id
  withdrawal = (await world.withdraw(ada, admitted, consent)).id
  log = await startLog(world.parts)
  await settled(world.parts)
})
afterAll(() => log.stop())

const receiptOf = async (id: string): Promise<Uint8Array> => utf8((await issueReceipt(world.parts, world.people.ada.actor, id)).receipt)
const failedOf = async (bytes: Uint8Array) => (await verifyReceipt(bytes, world.trust)).steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name)
/** The receipt with one member changed. */
const changed = (bytes: Uint8Array, name: string, change: (text: string) => string): Uint8Array => {
  const file = parseCanonical(bytes) as Record<string, string>
  return canonicalBytes({ ...file, [name]: change(file[name] as string) } as CanonicalValue)
}

describe('a consent receipt', () => {
  it.each(['given', 'withdrawn'] as const)('of a consent that was %s holds offline and says what was signed', async (state) => {
    const bytes = await receiptOf(state === 'given' ? consent : withdrawal)
    const result = await verifyReceipt(bytes, world.trust)
    expect([result.valid, result.steps.map(({ outcome }) => outcome)]).toEqual([true, ['pass', 'pass', 'pass', 'pass', 'pass', 'pass']])
    expect(result.credential?.['credentialSubject']).toMatchObject({ record_id: consent, event: { event_state: state, entity_id: 'ada', entry: state === 'given' ? consent : withdrawal }, terms: { types: ['Observation'], sensitive: ['HIV'] } })
    expect(isReceipt(bytes)).toBe(true)
  })

  it("is the patient's own: nobody else gets it, and it is refused like one that does not exist", async () => {
    for (const who of ['bob', 'doctorA', 'doctorB'] as const) await expect(issueReceipt(world.parts, world.people[who].actor, consent)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(issueReceipt(world.parts, world.people.ada.actor, newEntryId())).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(issueReceipt(world.parts, world.people.ada.actor, admitted.records[0] as string)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('does not hold once a letter of it is another, and names the step', async () => {
    const bytes = await receiptOf(consent)
    expect(await failedOf(changed(bytes, 'credential', (text) => text.replace(/\.(.)/, (_, letter: string) => `.${letter === 'A' ? 'B' : 'A'}`)))).toEqual(['signature'])
    expect(await failedOf(changed(bytes, 'proof', (text) => text.replace('"issuedAt":"2', '"issuedAt":"1')))).toEqual(['entry'])
    expect(await failedOf(changed(bytes, 'issuer', (text) => text.replace('"issuedAt":"2', '"issuedAt":"1')))).toEqual(['issuer'])
    expect(await failedOf(utf8(`${fromUtf8(bytes)} `))).toEqual(['parse'])
  })

  it('does not hold with the credential of another entry, or the proof of another key', async () => {
    const [one, other] = [await receiptOf(consent), await receiptOf(withdrawal)]
    const { credential, proof } = parseCanonical(other) as Record<string, string>
    expect(await failedOf(changed(one, 'credential', () => credential as string))).toEqual(['binding'])
    expect(await failedOf(changed(one, 'issuer', () => proof as string))).toEqual(['issuer'])
    expect(await failedOf(changed(one, 'proof', () => proof as string))).toEqual(['consent'])
  })

  it('does not hold under keys of another instance', async () => {
    const elsewhere = await createHospitalWorld()
    expect((await verifyReceipt(await receiptOf(consent), elsewhere.trust)).valid).toBe(false)
  })
})
