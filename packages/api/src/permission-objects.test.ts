import { readFileSync } from 'node:fs'
import { importBundle } from '@careledger/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { smallBundle } from './__fixtures__/bundle.ts'
import { fetchAs } from './__fixtures__/fetch-as.ts'
import { INPUTS, outcomeOf } from './__fixtures__/inputs.ts'
import { startInstance } from './__fixtures__/instance.ts'
import type { PersonName, TestInstance } from './__fixtures__/instance.ts'
import { query, type Contract, type Rule } from './contracts/contract.ts'
import { operationsByName } from './operation.ts'
import { createOperations } from './operations/index.ts'
import { permissionMatrix, permissionTable } from './permission-matrix.ts'
import { checkRule, RULES } from './rules.ts'

const NONE = '01890a5d-ac96-774b-bcce-b302099a8057'
const operations = operationsByName(createOperations())
const contracts = [...operations.values()].map(({ contract }) => contract)
const page = (): string => readFileSync(new URL('../../../docs/permission-matrix.md', import.meta.url), 'utf8')

let instance: TestInstance
let theirs: { readonly patient: string; readonly record: string }
beforeAll(async () => {
  instance = await startInstance()
  const { patient, ids } = await importBundle(await instance.as('clerk-a'), smallBundle(), { linkTo: 'patient-a' })
  theirs = { patient, record: ids[1] as string }
})
afterAll(() => instance.stop())

/** The well-formed input of an operation with hospital A's own patient and record where it names nothing; `undefined` where it names no object. */
function ofOthers(input: unknown, name = ''): unknown {
  if (input === NONE) return name === 'patient' || name === 'other' ? theirs.patient : theirs.record
  if (Array.isArray(input)) return input.map((each) => ofOthers(each, name))
  if (typeof input !== 'object' || input === null) return input
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, ofOthers(value, key)]))
}
const namesObjects = Object.keys(INPUTS).filter((name) => JSON.stringify(INPUTS[name]).includes(NONE))
const kindOf = (name: string): Contract['kind'] => operations.get(name)?.contract.kind ?? 'query'

describe('own role, another\'s object', () => {
  it.each(['doctor-b', 'patient-b', 'operator', 'officer-a'] as const)('is answered to %s like an object that does not exist, in every operation that names one', async (who) => {
    const client = await instance.as(who)
    expect(namesObjects.length).toBeGreaterThan(30)
    const compared = await Promise.all(namesObjects.map(async (name) => {
      const [nothing, other] = await Promise.all([INPUTS[name], ofOthers(INPUTS[name])].map((input) => outcomeOf(instance, client, name, kindOf(name), input)))
      return nothing === other ? [] : [`${name}: ${other} instead of ${nothing}`]
    }))
    expect(compared.flat()).toEqual([])
  })
})

describe('an expired token', () => {
  it('is refused by every operation that is not public', async () => {
    const ask = await fetchAs(instance, 'doctor-a')
    const call = async (name: string) => ((await (await ask(`/trpc/${name}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(INPUTS[name]) })).json()) as { readonly error?: { readonly data: { readonly problem: { readonly code: string } } } }).error?.data.problem.code ?? 'OK'
    expect(await call('session.me')).toBe('OK')
    instance.clock.offsetMs = 11 * 60_000
    try {
      const answers = await Promise.all(contracts.filter(({ rule }) => rule !== 'public').map(async ({ name }) => [name, await call(name)] as const))
      expect(answers.filter(([, code]) => code !== 'NOT_SIGNED_IN')).toEqual([])
    } finally {
      instance.clock.offsetMs = 0
    }
  })
})

describe('without its rule', () => {
  const mutable = RULES as Record<string, (typeof RULES)[keyof typeof RULES]>
  const kept = { ...RULES }
  afterEach(() => void Object.assign(mutable, kept))

  it('an operation does not compile, and one whose rule is unknown lets nobody in', () => {
    // @ts-expect-error A contract has a rule.
    const unruled = query({ name: 'x', summary: '', input: z.strictObject({}), output: z.strictObject({}), cost: 1, audit: 'none' })
    const actor = { party: 'p', kind: 'person' as const, displayName: '', roles: ['platform', 'admin', 'operator', 'doctor', 'patient'], key: '', credential: '' }
    expect(() => checkRule(unruled, actor)).toThrow(TypeError)
    expect(() => checkRule(unruled, undefined)).toThrow()
  })

  it('any one operation is another matrix than the reviewed one', () => {
    expect(permissionTable(permissionMatrix(contracts))).toBe(page())
    const unseen = contracts.flatMap((contract) => (['public', 'signed-in'] as const).flatMap((rule): string[] => {
      if (contract.rule === rule) return []
      const mutant = contracts.map((each) => (each === contract ? { ...contract, rule } : each))
      return permissionTable(permissionMatrix(mutant)) === page() ? [`${contract.name} as ${rule}`] : []
    }))
    expect(unseen).toEqual([])
  })

  it.each(Object.keys(RULES) as Exclude<Rule, 'public'>[])('%s, the matrix as reviewed and the one that is tried over HTTP both differ', async (rule) => {
    const matrix = permissionMatrix(contracts)
    if (rule === 'signed-in' || rule === 'permit') {
      // These let everybody in who is signed in: what is left to remove is that.
      const mutants = contracts.map((contract) => (contract.rule === rule ? { ...contract, rule: 'public' as const } : contract))
      expect(permissionTable(permissionMatrix(mutants))).not.toBe(page())
      return
    }
    mutable[rule] = () => true
    expect(permissionTable(permissionMatrix(contracts))).not.toBe(page())
    const refused = matrix.filter((row) => row.rule === rule)
    const persons: Readonly<Record<string, PersonName>> = { self: 'doctor-a', staff: 'operator', doctor: 'clerk-a', reviewer: 'doctor-a', 'organisation-admin': 'doctor-a', operator: 'doctor-a' }
    const client = await instance.as(persons[rule] as PersonName)
    const outcomes = await Promise.all(refused.filter(({ operation }) => kindOf(operation) === 'query').map(({ operation }) => outcomeOf(instance, client, operation, 'query', INPUTS[operation])))
    expect(outcomes.filter((outcome) => outcome !== 'NOT_ALLOWED').length).toBeGreaterThan(0)
  })
})
