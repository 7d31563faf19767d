import { giveDelegation, importBundle, openInEmergency } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from './__fixtures__/bundle.ts'
import { INPUTS, outcomeOf } from './__fixtures__/inputs.ts'
import { startInstance, type PersonName, type TestInstance } from './__fixtures__/instance.ts'
import { operationsByName } from './operation.ts'
import { createOperations } from './operations/index.ts'

const NONE = '01890a5d-ac96-774b-bcce-b302099a8057'
const contracts = [...operationsByName(createOperations()).values()].map(({ contract }) => contract)
/** Operations that name an object, or that what somebody may read shows in: every other answers the same whatever was opened. Ending one's own session comes last. */
const tried = contracts.filter(({ name }) => !name.startsWith('session.')).map(({ name, kind, rule }) => ({ name, kind, rule }))

let instance: TestInstance
let theirs: { readonly patient: string; readonly record: string }
beforeAll(async () => {
  instance = await startInstance()
  const { patient, ids } = await importBundle(await instance.as('clerk-a'), smallBundle(), { linkTo: 'patient-a' })
  theirs = { patient, record: ids[1] as string }
})
afterAll(() => instance.stop())

/** The well-formed input of an operation, with the patient's own objects where it names one. */
function withObjects(input: unknown, name = ''): unknown {
  if (input === NONE) return name === 'patient' || name === 'other' ? theirs.patient : theirs.record
  if (Array.isArray(input)) return input.map((each) => withObjects(each, name))
  if (typeof input !== 'object' || input === null) return input
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, withObjects(value, key)]))
}

async function outcomes(who: PersonName): Promise<Readonly<Record<string, string>>> {
  const client = await instance.as(who)
  return Object.fromEntries(await Promise.all(tried.map(async ({ name, kind }) => [name, await outcomeOf(instance, client, name, kind, withObjects(INPUTS[name]))] as const)))
}

const INTRODUCTION = `# What breaking the glass and acting for somebody open

Made by a test (\`packages/api/src/permission-grounds.test.ts\`) from the contracts: every operation is tried over HTTP on one patient's objects, by a
doctor of another hospital before and after breaking the glass, and by another person before and after the patient let them act for them. Listed are the
operations that object decides (\`permit\`), and every other whose answer changed. \`opens\`: refused before, answered after; \`-\`: the same before and
after. Commands that carry a signed entry are tried with one that is malformed: what an entry may do is decided by its author
([emergency](emergency.md), [consent](consent-receipt.md)). A revoked key and an expired token may call what is public and nothing else, whatever was opened
([who may call what](permission-matrix.md)).

| operation | rule | doctor who broke the glass | delegate |
| --- | --- | --- | --- |
`

describe('who broke the glass, and who acts for somebody', () => {
  it('reach what the reviewed page says, operation by operation, over HTTP, and nothing more', async () => {
    const before = { doctor: await outcomes('doctor-b'), delegate: await outcomes('patient-b') }
    await openInEmergency(await instance.as('doctor-b'), { patient: theirs.patient }, { opens: 'record', reason: 'unconscious', text: 'Found after an accident' })
    const owner = await instance.as('patient-a')
    const [at] = (await owner.hospital.consents.subjects.query({})).items
    if (at === undefined) throw new Error('The patient has a record.')
    await giveDelegation(owner, at, { delegate: 'patient-b', basis: 'chosen', scope: ['read'], until: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10) })
    const after = { doctor: await outcomes('doctor-b'), delegate: await outcomes('patient-b') }
    const cell = (who: 'doctor' | 'delegate', name: string): string => {
      const [one, two] = [before[who][name], after[who][name]]
      return one === two ? '-' : two === 'OK' ? 'opens' : `${one} before, ${two} after`
    }
    const rows = tried.map(({ name, rule }) => ({ name, rule, doctor: cell('doctor', name), delegate: cell('delegate', name) }))
    expect(rows.find(({ name }) => name === 'hospital.records.read')).toMatchObject({ doctor: 'opens', delegate: 'opens' })
    const opened = rows.filter(({ doctor, delegate }) => doctor === 'opens' || delegate === 'opens').map(({ name }) => name)
    expect(contracts.filter(({ name, audit }) => opened.includes(name) && audit === 'none')).toEqual([])
    const shown = rows.filter(({ rule, doctor, delegate }) => rule === 'permit' || doctor !== '-' || delegate !== '-')
    await expect(`${INTRODUCTION}${shown.map(({ name, rule, doctor, delegate }) => `| ${name} | ${rule} | ${doctor} | ${delegate} |\n`).join('')}`).toMatchFileSnapshot('../../../docs/permission-grounds.md')
  })
})
