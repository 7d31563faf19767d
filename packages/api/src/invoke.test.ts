import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { actorOf, listLogger, plainTokens, smallParts } from './__fixtures__/small-server.ts'
import { smallContracts, smallOperations } from './__fixtures__/small-tree.ts'
import { query } from './contracts/contract.ts'
import { Problem, PROBLEM_CODES } from './contracts/problem.ts'
import { createInvoke } from './invoke.ts'
import { createMetrics } from './metrics.ts'
import { implement } from './operation.ts'
import type { AnyOperation, Context } from './operation.ts'
import { PROBLEM_SENTENCE, PROBLEM_TRANSPORT } from './problem-codes.ts'
import { createRateLimit } from './rate-limit.ts'
import { toProblem } from './to-problem.ts'
import { createRouterOf } from './trpc-router.ts'

function setUp(capacity = 100) {
  const lines: string[] = []
  const metrics = createMetrics()
  const limit = () => createRateLimit({ capacity, perSecond: 1 })
  let elapsed = 0
  const invoke = createInvoke({ metrics, logger: listLogger(lines), rate: { keys: limit(), addresses: limit() }, elapsedMs: () => elapsed })
  return { lines, metrics, invoke, pass: (ms: number) => void (elapsed += ms) }
}

function contextOf(role?: string, party?: string): Context {
  return {
    parts: smallParts(), auth: plainTokens, actor: role === undefined ? undefined : actorOf(role, party), session: undefined, possession: undefined,
    address: '192.0.2.1', requestId: 'r', now: new Date(0), signal: new AbortController().signal,
  }
}

describe('invoke', () => {
  it('checks the rule before it looks at the input', async () => {
    const { invoke } = setUp()
    await expect(invoke(smallOperations.inside.operator, contextOf(), 17)).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' })
    await expect(invoke(smallOperations.inside.operator, contextOf('doctor'), 17)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(invoke(smallOperations.inside.operator, contextOf('operator'), 17)).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    expect(await invoke(smallOperations.inside.operator, contextOf('operator'), { text: 'a' })).toEqual({ text: 'a' })
  })

  it('refuses what a check of the validator cannot even compare', async () => {
    const list = z.strictObject({ list: z.array(z.string()).min(1) })
    const operation = implement(query({ name: 'echo.list', summary: 'Says it back.', rule: 'public', input: list, output: list, cost: 1, audit: 'none' }), async (_, input) => input)
    await expect(setUp().invoke(operation, contextOf(), { list: { length: { toString: '' } } })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
  })

  it('lets a small body of a large operation go at once, and one that is large or of unknown size wait its turn', async () => {
    const lines: string[] = []
    let turns = 0
    const heavy = { run: <T>(body: () => Promise<T>): Promise<T> => { turns++; return body() }, light: () => {}, pace: async () => {} }
    const limit = () => createRateLimit({ capacity: 100, perSecond: 1 })
    const invoke = createInvoke({ metrics: createMetrics(), logger: listLogger(lines), rate: { keys: limit(), addresses: limit() }, heavy })
    const large = implement({ ...smallContracts.echo.query, large: true }, async () => ({ text: '' }))
    for (const [bodyBytes, waited] of [[1_000, 0], [32_768, 0], [32_769, 1], [undefined, 2]] as const) {
      await invoke(large, { ...contextOf(), bodyBytes }, { text: 'a' })
      expect(turns).toBe(waited)
    }
  })

  it('names the places at fault and repeats neither values nor names that the caller made up', async () => {
    const { invoke, lines } = setUp()
    const refused: unknown = await invoke(smallOperations.echo.query, contextOf(), { text: 4711, 'canary-1': 'canary-2' }).catch((thrown: unknown) => thrown)
    expect(refused).toMatchObject({ code: 'INPUT_MALFORMED', details: { problems: [{ path: 'text', code: 'invalid_type', message: 'Expected string.' }, { path: '', code: 'unrecognized_keys', message: 'Has 1 unknown member.' }] } })
    expect(JSON.stringify([refused, (refused as Problem).message, lines])).not.toMatch(/canary|4711/)
  })

  it('lists at most 20 places and counts the rest', async () => {
    const { invoke } = setUp()
    const { z } = await import('zod')
    const many = implement({ ...smallContracts.echo.query, input: z.strictObject(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`m${index}`, z.string()]))) }, async () => ({ text: '' }))
    await expect(invoke(many as AnyOperation, contextOf(), {})).rejects.toMatchObject({ details: { more: 30 } })
  })

  it('answers INTERNAL for an output that breaks its contract, and tells the operator where', async () => {
    const { invoke, lines } = setUp()
    await expect(invoke(smallOperations.echo.wrong, contextOf(), { text: 'a' })).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/"level":"error".*Output breaks its contract: {2}unrecognized_keys/)
  })

  it('takes points by key and not by address once somebody is signed in, and gives them back with time', async () => {
    const { invoke, pass } = setUp(3)
    const call = (party: string) => invoke(smallOperations.inside.me, contextOf('doctor', party), {})
    for (let round = 0; round < 3; round++) await call('one')
    await expect(call('one')).rejects.toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 1 } })
    await call('two')
    pass(1000)
    await call('one')
    await expect(call('one')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  })

  it('logs who did what with which outcome, and counts it', async () => {
    const { invoke, lines, metrics } = setUp()
    await invoke(smallOperations.echo.command, contextOf('doctor', 'party-5'), { text: 'canary-3' })
    expect(JSON.parse(lines[0] ?? '')).toEqual({ level: 'info', requestId: 'r', operation: 'echo.command', party: 'party-5', outcome: 'OK', tookMs: 0, message: 'operation done' })
    expect(await metrics.registry.metrics()).toContain('careledger_operations_total{operation="echo.command",outcome="OK"} 1')
  })
})

describe('the rate limit', () => {
  it('forgets the caller that was silent longest once it knows too many', () => {
    const limit = createRateLimit({ capacity: 1, perSecond: 0.001 }, 100)
    for (let caller = 0; caller < 1000; caller++) limit.take(`caller-${caller}`, 1, caller)
    expect(limit.size).toBe(100)
    expect(() => limit.take('caller-999', 1, 1000)).toThrow()
    limit.take('caller-0', 1, 1000)
  })

  it('lets an operation that costs more than a whole bucket through when the bucket is full', () => {
    const limit = createRateLimit({ capacity: 10, perSecond: 1 })
    limit.take('a', 50, 0)
    expect(() => limit.take('a', 1, 0)).toThrow()
  })
})

describe('the table of problems', () => {
  it('has a sentence, a tRPC code and a status of its class for every code', () => {
    for (const code of PROBLEM_CODES) {
      expect(PROBLEM_SENTENCE[code]).toMatch(/^[A-Z].*\.$/)
      expect(PROBLEM_TRANSPORT[code].status).toBeGreaterThanOrEqual(400)
    }
  })

  it('turns errors of every level into problems by name and code, and hides their messages', () => {
    const from = (name: string, code: string, details = {}) => toProblem(Object.assign(new Error('canary'), { name, code, details }))
    expect(from('StoreError', 'STORE_STALE', { table: 'policy', key: 'canary' })).toMatchObject({ code: 'STALE', details: {} })
    expect(from('StoreError', 'STORE_OUTCOME_UNKNOWN').code).toBe('OUTCOME_UNKNOWN')
    expect(from('StoreError', 'STORE_INVALID').code).toBe('INTERNAL')
    expect(from('LedgerError', 'LEDGER_CORRUPTION').code).toBe('CORRUPTION')
    expect(from('IdentityError', 'PROOF_REPLAYED').code).toBe('PROOF_OF_POSSESSION_INVALID')
    expect(from('ProofError', 'DUPLICATE_MEMBER', { path: 'author', offset: 3 })).toMatchObject({ code: 'INPUT_MALFORMED', details: { path: 'author', offset: 3 } })
    expect(from('LogicError', 'FHIR_INVALID', { problems: [{ path: 'Bundle' }] })).toMatchObject({ code: 'FHIR_INVALID', details: { problems: [{ path: 'Bundle' }] } })
    expect(from('LogicError', 'NEW_IN_A_LATER_RELEASE').code).toBe('INTERNAL')
    expect(from('Error', 'ENOSPC').code).toBe('INTERNAL')
    for (const thrown of [new Error('canary'), 'canary', undefined, null, { code: 5 }]) expect(toProblem(thrown)).toMatchObject({ code: 'INTERNAL', message: PROBLEM_SENTENCE.INTERNAL })
    expect(from('StoreError', 'STORE_BUSY').message).not.toContain('canary')
  })
})

describe('the tRPC router', () => {
  it('goes through invoke in this process too, with problems as causes', async () => {
    const { invoke } = setUp()
    const router = createRouterOf<typeof smallContracts>(smallOperations, invoke)
    const caller = router.createCaller(contextOf('doctor'))
    expect(await caller.echo.query({ text: 'a' })).toEqual({ text: 'a' })
    await expect(caller.inside.operator({ text: 'a' })).rejects.toMatchObject({ code: 'FORBIDDEN', cause: { code: 'NOT_ALLOWED' } })
    await expect(caller.echo.query({ text: 1 } as never)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })
})
