import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INPUTS } from './__fixtures__/inputs.ts'
import { startInstance } from './__fixtures__/instance.ts'
import type { PersonName, TestInstance } from './__fixtures__/instance.ts'
import { createInvoke } from './invoke.ts'
import { createMetrics } from './metrics.ts'
import { operationsByName } from './operation.ts'
import type { Context } from './operation.ts'
import { createOperations } from './operations/index.ts'
import { PROBLEM_TRANSPORT } from './problem-codes.ts'
import { isProblem } from '@careledger/client'

const RUNS = Number(process.env['CARELEDGER_FUZZ_RUNS'] ?? 60)
const operations = operationsByName(createOperations())
const unlimited = { take: () => undefined, size: 0 }

let instance: TestInstance
let invoke: ReturnType<typeof createInvoke>
const logged: string[] = []
beforeAll(async () => {
  instance = await startInstance()
  const note = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }))
  invoke = createInvoke({ metrics: createMetrics(), logger: { debug: note, info: note, warn: note, error: note }, rate: { keys: unlimited, addresses: unlimited } })
})
afterAll(() => instance.stop())

/** Who gets past the rule of an operation. */
const WHO: Readonly<Record<string, PersonName>> = { self: 'patient-a', staff: 'doctor-a', 'organisation-admin': 'hospital-a', operator: 'operator', permit: 'doctor-a', 'signed-in': 'doctor-a', public: 'doctor-a' }

async function contextOf(name: PersonName): Promise<Context> {
  const client = await instance.as(name)
  const actor = client.actor as NonNullable<typeof client.actor>
  return { parts: instance.parts, auth: instance.auth, actor: actor as Context['actor'], session: { id: 's', expires: new Date(), possession: 'p'.repeat(43) }, possession: undefined, address: 'test', origin: instance.url, requestId: 'test', now: new Date(), signal: new AbortController().signal }
}

/** JSON that looks like the well-formed input with something changed, removed or added, besides JSON that looks like nothing. */
function inputsLike(good: unknown): fc.Arbitrary<unknown> {
  const members = Object.entries(good as Record<string, unknown>)
  const near = fc.record(Object.fromEntries(members.map(([name, value]) => [name, fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, fc.jsonValue(), texts)])), { requiredKeys: [] })
  return fc.oneof(near, fc.tuple(near, fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 })).map(([first, more]) => ({ ...first, ...more })), fc.jsonValue())
}

/** Texts that have broken others: separators, escapes, look-alikes, sizes. */
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '\u0000', '../../etc/passwd', "' OR 1=1 --", '%00', '=cmd|calc', '\u0410lice', 'e\u0301', '\ud800', 'a'.repeat(2000), '1e309', '-0', '[]', '{}', 'null', '__proto__', 'constructor'),
  fc.uuid(),
)

describe('arbitrary JSON', () => {
  it.each([...operations.keys()])('given to %s is answered or refused, never broken', async (name) => {
    const operation = operations.get(name)
    if (operation === undefined) throw new Error('There is no such operation.')
    const context = await contextOf(WHO[operation.contract.rule] ?? 'doctor-a')
    await fc.assert(fc.asyncProperty(inputsLike(INPUTS[name]), async (input) => {
      try {
        operation.contract.output.parse(await invoke(operation, context, input))
      } catch (thrown) {
        if (!isProblem(thrown)) throw thrown
        expect([thrown.code, PROBLEM_TRANSPORT[thrown.code].status, thrown.cause]).toEqual([thrown.code, expect.toSatisfy((status: number) => status < 500), thrown.cause])
        expect(JSON.stringify(thrown.details).length).toBeLessThan(20_000)
      }
    }), { numRuns: RUNS })
  }, 60_000 + RUNS * 1000)

  it('is never repeated in a log line', () => {
    expect(logged.join('\n')).not.toMatch(/etc\/passwd|cmd\|calc|OR 1=1/)
  })
})
