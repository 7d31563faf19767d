import type { DataStore, StoredEntry } from '@careledger/data-spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFaultyDriver, type Break, type FaultyDriver } from './testing/faulty-driver.ts'
import { pgliteSubjects, postgresSubjects, type Subjects } from './testing/fixtures.ts'
import { findPostgres, startPostgres, type PostgresServer } from './testing/postgres-server.ts'
import { batchOf, bytes, LOG, newDecision, newEntries, newOutboxRow, noteOf } from '@careledger/data-conformance/samples'

/** A step of the way of an entry, and what of it can be seen: all of the numbers are 0 before it and 1 after it. */
interface Step {
  readonly name: string
  run(): Promise<unknown>
  seen(): Promise<readonly number[]>
}

function stepsOf(store: DataStore): readonly Step[] {
  const entries = newEntries(3)
  const ids = entries.map(({ id }) => id)
  const decision = newDecision('patient')
  const write = {
    entries,
    projections: [{ table: 'rows', key: 'a', next: bytes(5), indexes: { by: 'x' } }],
    guards: [{ table: 'rows', key: 'absent' }],
    claims: [{ scope: 'jti', value: 'one', owner: 'me' }],
    decisions: [decision],
  }
  const batch = batchOf(entries, 0, new Map(), { tiles: [{ path: 'partial/0', bytes: bytes(96) }], outbox: ids.map((id) => newOutboxRow(id)) })
  let token = 0
  const leased = async (): Promise<number> => { token = (await store.sequencer.lease(LOG, 'me', 60_000))?.token ?? 0; return token }
  return [
    {
      name: 'write',
      run: () => store.write(write),
      seen: () => store.read(async (view) => [
        (await view.entries(ids)).filter((entry): entry is StoredEntry => entry !== undefined).length / 3, (await view.projection('rows', 'a'))?.version ?? 0,
        (await view.find({ table: 'rows', index: 'by', equals: 'x', limit: 2 })).rows.length, (await view.decisions({ about: 'patient', limit: 5 })).rows.length, (await view.unsequenced({ limit: 10 })).length / 3,
      ]),
    },
    {
      name: 'write alone',
      run: () => store.write({ projections: [{ table: 'rows', key: 'alone', next: bytes(5) }], claims: [{ scope: 'jti', value: 'two', owner: 'me' }], decisions: [newDecision('alone')] }),
      seen: () => store.read(async (view) => [(await view.projection('rows', 'alone'))?.version ?? 0, (await view.decisions({ about: 'alone', limit: 5 })).rows.length]),
    },
    { name: 'lease', run: leased, seen: async () => [token] },
    {
      name: 'assign',
      run: async () => store.sequencer.assign(LOG, await leased(), batch),
      seen: () => store.read(async (view) => [
        (await view.treeState(LOG)).size / 3, (await view.leaves(LOG, { from: 0, limit: 10 })).length / 3, (await view.tiles(LOG, ['partial/0'])).filter((tile) => tile !== undefined).length,
        (await view.outboxSummary()).reduce((sum, { target, count }) => sum + (target === 'ledger' ? count : 0), 0) / 3, (await view.outboxRows({ target: 'ledger', limit: 10 })).rows.length / 3, 1 - (await view.unsequenced({ limit: 10 })).length / 3,
      ]),
    },
    {
      name: 'checkpoint',
      run: async () => store.sequencer.putCheckpoint(LOG, await leased(), { size: 3, note: noteOf(3, 'root', 'log one') }, [newOutboxRow('checkpoint', { target: 'second' })]),
      seen: () => store.read(async (view) => [(await view.checkpoint(LOG)) === undefined ? 0 : 1, (await view.outboxOf('checkpoint')).length]),
    },
    {
      name: 'settle',
      run: () => store.outbox.settle('ledger', ids.map((item) => ({ item, state: 'final' as const }))),
      seen: () => store.read(async (view) => [((await view.outboxSummary()).find(({ state }) => state === 'final')?.count ?? 0) / 3, (await view.outboxRows({ target: 'ledger', state: 'final', limit: 10 })).rows.length / 3]),
    },
  ]
}

/** Runs the way once for every call of every step and every place where it can break. */
async function failEveryCall(subjects: Subjects, faults: FaultyDriver): Promise<number> {
  let broken = 0
  for (const where of ['before', 'between', 'after'] as const) {
    for (let at = 0; at < 6; at += 1) {
      for (let call = 1; ; call += 1) {
        const subject = await subjects.create()
        const hit = await failOnce(stepsOf(subject.store), faults, at, call, where)
        await subject.dispose()
        if (!hit) break
        broken += 1
      }
    }
  }
  return broken
}

/** Gives false when the step made fewer calls. */
async function failOnce(steps: readonly Step[], faults: FaultyDriver, at: number, call: number, where: Break): Promise<boolean> {
  for (const step of steps.slice(0, at)) await step.run()
  const step = steps[at] as Step
  faults.fail(call, where)
  const code = await step.run().then(() => undefined, (error: { code?: string }) => error.code ?? String(error))
  const hit = faults.failed
  faults.heal()
  const seen = await step.seen()
  const told = `${step.name}, call ${call} broken ${where}, answer ${code ?? 'success'}`
  expect(new Set(seen).size, `${told}: all or nothing, saw ${seen.join(' ')}`).toBe(1)
  expect([undefined, 'STORE_UNAVAILABLE', 'STORE_OUTCOME_UNKNOWN'], told).toContain(code)
  if (code === undefined) expect(seen[0], told).toBe(1)
  if (code === 'STORE_UNAVAILABLE' && step.name !== 'lease') expect(seen[0], told).toBe(0)
  // What stands is not repeated, what does not is; then the way goes on to its end.
  if (seen[0] === 0) await step.run()
  for (const later of steps.slice(at + 1)) await later.run()
  for (const one of steps.filter(({ name }) => name === 'assign' || name === 'checkpoint' || name === 'settle')) expect(new Set(await one.seen()), told).toEqual(new Set([1]))
  return hit
}

describe('a lost connection at every call of every step', () => {
  it('leaves all or nothing on PGlite, and the step can be repeated', async () => {
    const faults = createFaultyDriver()
    const subjects = pgliteSubjects(faults.wrap)
    expect(await failEveryCall(subjects, faults)).toBeGreaterThan(30)
    await subjects.closeAll()
  }, 300_000)

  describe.skipIf(findPostgres() === undefined)('on a PostgreSQL server (skipped where there are no server binaries)', () => {
    let server: PostgresServer
    beforeAll(async () => { server = await startPostgres({ fsync: false }) }, 120_000)
    afterAll(() => server.stop())

    it('leaves all or nothing, and the step can be repeated', async () => {
      const faults = createFaultyDriver()
      const subjects = postgresSubjects(() => server, faults.wrap)
      expect(await failEveryCall(subjects, faults)).toBeGreaterThan(30)
      await subjects.closeAll()
    }, 300_000)
  })
})
