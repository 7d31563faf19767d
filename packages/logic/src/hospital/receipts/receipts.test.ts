import { canonicalBytes, fromUtf8, isReceipt, jwkThumbprint, parseCanonical, utf8, verifyReceipt, type CanonicalValue } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { settled, sign } from '../../__fixtures__/world.ts'
import { instantText, newEntryId, type Entry } from '@careledger/proof'
import { startLog, type LogService } from '../../log/start-log.ts'
import { listConsents } from '../../consent/own-consents.ts'
import { DELEGATION_MEDIA_TYPE, type DelegationScope } from '../delegation/delegation-entries.ts'
import { writeDelegation } from '../delegation/delegations.ts'
import { cardKeyBytes, CARD_KEY_MEDIA_TYPE, CARD_KEY_REVOCATION_MEDIA_TYPE } from '../carry/card-key-entries.ts'
import { readCardKey, writeCardKey } from '../carry/issuing-key.ts'
import { createHospitalWorld, dayMs, type Admitted, type HospitalWorld } from '../__fixtures__/hospital-world.ts'
import { issueReceipt } from './issue-receipt.ts'
import { readKeyStatus } from './key-status.ts'

let world: HospitalWorld
let admitted: Admitted
let log: LogService
let consent: string
let withdrawal: string

beforeAll(async () => {
  world = await createHospitalWorld()
  const { ada, adminA } = world.people
  admitted = await world.admit({ person: ada, number: 'R-1' })
  await writeKey('card-key-enrolled', { mediaType: CARD_KEY_MEDIA_TYPE, payload: cardKeyBytes((await readCardKey(world.parts, adminA.actor)).key) })
  consent = (await world.give(ada, admitted, { types: ['Observation'], sensitive: ['HIV'] })).id
  withdrawal = (await world.withdraw(ada, admitted, consent)).id
  log = await startLog(world.parts)
  await settled(world.parts)
})
afterAll(() => log.stop())

const receiptOf = async (id: string, who: 'ada' | 'bob' = 'ada'): Promise<Uint8Array> => utf8((await issueReceipt(world.parts, world.people[who].actor, id)).receipt)
const statusNow = async (): Promise<Uint8Array> => utf8((await readKeyStatus(world.parts, 'hospital-a')).status)
async function writeKey(type: 'card-key-enrolled' | 'card-key-revoked', opening: { readonly mediaType: string; readonly payload: Uint8Array }): Promise<void> {
  const { adminA } = world.people
  const entry: Entry = { v: 1, id: newEntryId(), network: 'hospital', type, custodian: 'hospital-a', issuedAt: instantText(world.clock.now), author: adminA.author }
  await writeCardKey(world.parts, adminA.actor, type, await sign(adminA.signer, entry, opening))
}
async function delegateTo(person: 'bob', scope: readonly DelegationScope[]): Promise<void> {
  const { ada } = world.people
  const entry: Entry = { v: 1, id: newEntryId(), network: 'hospital', type: 'delegation-given', subject: admitted.subject, custodian: 'hospital-a', issuedAt: instantText(world.clock.now), author: ada.author }
  const until = instantText(new Date(world.clock.now.getTime() + 30 * dayMs)).slice(0, 10)
  const payload = canonicalBytes({ v: 1, delegate: person, basis: 'chosen', scope: [...scope], until })
  await writeDelegation(world.parts, ada.actor, await sign(ada.signer, entry, { mediaType: DELEGATION_MEDIA_TYPE, payload }), 'delegation-given')
}
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
    expect([result.valid, result.steps.map(({ outcome }) => outcome)]).toEqual([true, ['pass', 'pass', 'pass', 'pass', 'pass', 'pass', 'pass', 'unchecked']])
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

  it('of a consent that somebody gave in the patient\'s stead says who and as what, is theirs and the patient\'s, and does not hold without the delegation', async () => {
    await delegateTo('bob', ['consent', 'read'])
    const { id } = await world.give(world.people.bob, admitted, { types: ['Condition'] })
    await settled(world.parts)
    const [byPatient, byDelegate] = [await receiptOf(id), await receiptOf(id, 'bob')]
    const result = await verifyReceipt(byPatient, world.trust)
    expect([result.valid, result.steps.find(({ name }) => name === 'authority')?.detail]).toEqual([true, expect.stringMatching(/^bob signed in the patient's stead/)])
    expect(result.credential?.['credentialSubject']).toMatchObject({ event: { entity_id: 'bob', acting: { basis: 'chosen' } } })
    expect((await verifyReceipt(byDelegate, world.trust)).valid).toBe(true)
    const { delegation, ...without } = parseCanonical(byPatient) as Record<string, string>
    expect(await failedOf(canonicalBytes(without as CanonicalValue))).toEqual(['binding'])
    // The delegation of one who did not sign shows nothing.
    const own = parseCanonical(await receiptOf(consent)) as Record<string, string>
    expect(await failedOf(canonicalBytes({ ...own, delegation: delegation as string } as CanonicalValue))).toEqual(['authority'])
    const listed = (await listConsents(world.parts, world.people.ada.actor, { limit: 10 })).items.find((item) => item.id === id)
    expect(listed?.actedBy).toEqual({ party: 'bob', name: 'bob', basis: 'chosen' })
  })

  it('holds after its key was replaced or revoked, and not where it was made afterwards; both by the log\'s own evidence, offline', async () => {
    const { adminA } = world.people
    const before = await receiptOf(consent)
    const statusBefore = await statusNow()
    const { key, next } = await readCardKey(world.parts, adminA.actor)
    await writeKey('card-key-enrolled', { mediaType: CARD_KEY_MEDIA_TYPE, payload: cardKeyBytes(next) })
    await settled(world.parts)
    await writeKey('card-key-revoked', { mediaType: CARD_KEY_REVOCATION_MEDIA_TYPE, payload: canonicalBytes({ v: 1, key: jwkThumbprint(key) }) })
    await settled(world.parts)
    const after = await receiptOf(consent)
    const statusOf = async (bytes: Uint8Array, status: Uint8Array | undefined) => {
      const { valid, steps } = await verifyReceipt(bytes, world.trust, { status })
      return [valid, steps.find(({ name }) => name === 'status')?.outcome]
    }
    const status = await statusNow()
    expect(await statusOf(before, statusBefore)).toEqual([true, 'pass'])
    expect(await statusOf(before, status)).toEqual([true, 'pass'])
    expect(await statusOf(after, status)).toEqual([true, 'pass'])
    expect(await statusOf(after, undefined)).toEqual([true, 'unchecked'])
    // What the old key would have signed after it was over: its own enrolment, with proofs that have seen the revocation.
    const [old, fresh] = [parseCanonical(before), parseCanonical(after)] as readonly Record<string, string>[]
    const late = canonicalBytes({ ...old, proof: fresh?.['proof'] } as CanonicalValue)
    expect(await statusOf(late, undefined)).toEqual([true, 'unchecked'])
    expect(await statusOf(late, status)).toEqual([false, 'fail'])
    // A status file with a letter changed, or of somebody else, is not taken for good.
    expect(await statusOf(before, utf8(fromUtf8(status).replace('"custodian":"hospital-a"', '"custodian":"hospital-b"')))).toEqual([false, 'fail'])
    expect(await statusOf(before, utf8(fromUtf8(status).replace(/card-key-revoked/, 'card-key-revokeD')))).toEqual([false, 'fail'])
    // One that knows nothing of the key is no all-clear.
    expect(await statusOf(before, utf8((await readKeyStatus(world.parts, 'hospital-b')).status.replace('hospital-b', 'hospital-a')))).toEqual([true, 'unchecked'])
    expect((await readKeyStatus(world.parts, 'nobody')).status).toContain('"entries":[]')
  })

  it('does not hold under keys of another instance', async () => {
    const elsewhere = await createHospitalWorld()
    expect((await verifyReceipt(await receiptOf(consent), elsewhere.trust)).valid).toBe(false)
  })
})
