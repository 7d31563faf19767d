import type { Actor } from '@careledger/identity'
import { canonicalBytes, instantText, newEntryId, type Entry } from '@careledger/proof'
import { sign } from '../../__fixtures__/world.ts'
import type { Purpose } from '../../consent/consent-terms.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { createHospitalWorld, dayMs, immunization, observation, type Member } from '../../hospital/__fixtures__/hospital-world.ts'
import { DELEGATION_END_MEDIA_TYPE, DELEGATION_MEDIA_TYPE } from '../../hospital/delegation/delegation-entries.ts'
import { EMERGENCY_MEDIA_TYPE, EMERGENCY_MS } from '../../hospital/emergency/emergency-row.ts'
import { listRecords, readRecord } from '../../hospital/records.ts'
import { isLogicError } from '../../logic-error.ts'
import { decide } from '../decide.ts'

/** What each rule of the decision point allows and refuses, tried on a world of its own. Gives what came out otherwise: nothing, as the rules stand. */
export async function tryRules(): Promise<readonly string[]> {
  let between: (() => Promise<unknown>) | undefined
  const world = await createHospitalWorld({
    store: (store) => ({
      ...store,
      read: async (body) => {
        const found = await store.read(body)
        const interruption = between
        between = undefined
        await interruption?.()
        return found
      },
    }),
  })
  const { people, parts } = world
  const admitted = await world.admit({ person: people.ada, number: 'A-1', resources: [observation('A-1', '2020-01-01'), immunization('A-1', '2020-02-01')] })
  const { patient, subject } = admitted
  const sends = async (by: Member, type: string, mediaType: string, content: object, replaces?: string): Promise<string> => {
    const entry: Entry = { v: 1, id: newEntryId(world.clock.now), network: 'hospital', type, custodian: 'hospital-a', subject, issuedAt: instantText(world.clock.now), author: by.author, ...(replaces === undefined ? {} : { replaces }) }
    await acceptEntries(parts, [await sign(by.signer, entry, { mediaType, payload: canonicalBytes(content) })], { actor: by.actor })
    return entry.id
  }
  const later = (ms: number): void => void (world.clock.now = new Date(world.clock.now.getTime() + ms))
  const ask = (actor: Actor, purpose: Purpose = 'treatment'): Promise<'allowed' | 'refused'> =>
    decide(parts, { actor, operation: 'rules', purpose, patient }, async () => ({ value: undefined, types: {} })).then(() => 'allowed', (error: unknown) => {
      if (isLogicError(error, 'NOT_ALLOWED')) return 'refused'
      throw error
    })
  const countsOf = async (actor: Actor) => (await listRecords(parts, actor, { patient, purpose: 'treatment', limit: 10 })).value.counts
  const wrong: string[] = []
  const expect = (what: string, found: unknown, expected: unknown): void => void (JSON.stringify(found) === JSON.stringify(expected) || wrong.push(`${what}: ${JSON.stringify(found)}`))

  expect('the patient', await ask(people.ada.actor, 'patient-request'), 'allowed')
  expect('another patient', await ask(people.bob.actor, 'patient-request'), 'refused')
  expect('a doctor of the custodian', await ask(people.doctorA.actor), 'allowed')
  expect('a doctor of the custodian, for research', await ask(people.doctorA.actor, 'research'), 'refused')
  expect('an administrator of the custodian', await ask(people.adminA.actor), 'refused')
  expect('a system of the custodian with a doctor\'s role', await ask({ ...people.systemA.actor, roles: ['doctor'] }), 'refused')
  expect('a doctor of another organisation', await ask(people.doctorB.actor), 'refused')
  expect('a token for observations only', await countsOf({ ...people.doctorA.actor, scopes: [{ context: 'user', type: 'Observation', actions: 'rs' }] }), { Observation: 1 })

  const expires = new Date(world.clock.now.getTime() + dayMs).toISOString()
  const { id } = await world.give(people.ada, admitted, { types: ['Observation'], expires })
  expect('the consented', await ask(people.doctorB.actor), 'allowed')
  expect('the consented, for another purpose', await ask(people.doctorB.actor, 'payment'), 'refused')
  expect('the consented, what the consent reaches', await countsOf(people.doctorB.actor), { Observation: 1 })
  const outside = await readRecord(parts, people.doctorB.actor, { id: admitted.records[2] as string, purpose: 'treatment' }).then(() => 'allowed', () => 'refused')
  expect('the consented, one record that the consent does not reach', outside, 'refused')
  between = () => world.withdraw(people.ada, admitted, id)
  expect('the consented, withdrawn between decision and record', await ask(people.doctorB.actor), 'refused')

  const breakGlass = (opens: 'record' | 'seal') => sends(people.doctorB, 'emergency-opened', EMERGENCY_MEDIA_TYPE, { v: 1, test: 'vital-interests/1', opens, reason: 'unconscious', text: 'Found', until: instantText(new Date(world.clock.now.getTime() + EMERGENCY_MS)), ...(opens === 'seal' ? { sensitive: ['PSY'] } : {}) })
  const within = await world.give(people.ada, admitted, { types: ['Observation'], expires: instantText(new Date(world.clock.now.getTime() + dayMs)) })
  await breakGlass('seal')
  expect('who broke a seal, what the consent reaches', await countsOf(people.doctorB.actor), { Observation: 1 })
  await world.withdraw(people.ada, admitted, within.id)
  expect('who broke a seal and has no consent any more', await ask(people.doctorB.actor), 'refused')
  await breakGlass('record')
  expect('who broke the glass', await ask(people.doctorB.actor), 'allowed')
  expect('who broke the glass, for research', await ask(people.doctorB.actor, 'research'), 'refused')
  expect('a colleague of who broke the glass', await ask(people.doctorB2.actor), 'refused')
  later(EMERGENCY_MS)
  expect('who broke the glass, four hours later', await ask(people.doctorB.actor), 'refused')

  const until = new Date(world.clock.now.getTime() + 2 * dayMs).toISOString().slice(0, 10)
  const delegate = () => sends(people.ada, 'delegation-given', DELEGATION_MEDIA_TYPE, { v: 1, delegate: 'bob', basis: 'chosen', scope: ['read'], until })
  const delegation = await delegate()
  expect('a delegate', await ask(people.bob.actor), 'allowed')
  expect('a delegate, for research', await ask(people.bob.actor, 'research'), 'refused')
  expect('a system as delegate', await ask({ ...people.bob.actor, kind: 'system' }), 'refused')
  between = () => sends(people.ada, 'delegation-ended', DELEGATION_END_MEDIA_TYPE, { v: 1, delegate: 'bob' }, delegation)
  expect('a delegate, ended between decision and record', await ask(people.bob.actor), 'refused')
  await delegate()

  await world.give(people.ada, admitted, { expires: instantText(new Date(world.clock.now.getTime() + dayMs)) })
  later(2 * dayMs)
  expect('the consented, once it has ended', await ask(people.doctorB.actor), 'refused')
  expect('a delegate, once it has ended', await ask(people.bob.actor), 'refused')
  return wrong
}
