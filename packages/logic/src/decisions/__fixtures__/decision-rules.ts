import type { Actor } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { createHospitalWorld, dayMs, immunization, observation } from '../../hospital/__fixtures__/hospital-world.ts'
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
  const { patient } = admitted
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
  await world.give(people.ada, admitted, { expires })
  world.clock.now = new Date(world.clock.now.getTime() + 2 * dayMs)
  expect('the consented, once it has ended', await ask(people.doctorB.actor), 'refused')
  return wrong
}
