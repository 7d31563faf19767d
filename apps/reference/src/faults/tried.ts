import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { isProblem } from '@careledger/client'
import { assertWorld, inWords, ownMs } from './assert-world.ts'
import type { CrashPoint } from './crash-points.ts'
import type { FaultOptions } from './fault.ts'
import type { FaultWorld, Recovery, Writing } from './fault-world.ts'
import type { Trouble } from './tcp-proxy.ts'

/** Ends the process at a point of a write, starts it again, repeats the write: it is there once, with the same receipt. */
export const killAt = (point: CrashPoint) => async (world: FaultWorld, { recoveryMaxMs }: FaultOptions): Promise<string> => {
  await begin(world)
  const writing = await world.prepare()
  await world.arm(point)
  const answer = await world.commitOnce(writing).then(() => 'acknowledged', () => 'not answered')
  await world.ended()
  const recovery = await world.start()
  await world.commit(writing, 'anchored')
  const again = await world.commitOnce(writing)
  assert.deepEqual(again.map(({ id, duplicate }) => [id, duplicate]), writing.entries.map(({ entry }) => [(JSON.parse(entry) as { readonly id: string }).id, true]), 'the same receipts, and nothing new')
  await assertWorld(world, { recovery, recoveryMaxMs })
  return `${answer}, ready again after ${inWords(recovery)}`
}

/** Kills at random while 32 clients write, again and again. */
export async function randomKills(world: FaultWorld, { kills, recoveryMaxMs }: FaultOptions): Promise<string> {
  await begin(world)
  let slowest: Recovery = { ms: 0, waitedMs: 0 }
  let writing = true
  let broken: unknown
  const writers = Array.from({ length: 32 }, async () => {
    try {
      while (writing) {
        const one = await patient(() => world.prepare(), () => writing)
        await patient(() => world.commitOnce(one))
        world.acknowledged.push(one)
      }
    } catch (error) {
      if (writing) broken ??= error
    }
  })
  try {
    for (let kill = 0; kill < kills; kill++) {
      const before = world.acknowledged.length
      await until(() => broken !== undefined || world.acknowledged.length > before)
      if (broken !== undefined) throw broken
      await pause(world.random() * 60)
      await world.kill()
      const recovery = await world.start()
      if (ownMs(recovery) > ownMs(slowest)) slowest = recovery
    }
  } finally {
    writing = false
    if (world.isRunning()) await Promise.all(writers)
  }
  const { records, provenMs } = await assertWorld(world, { recovery: slowest, recoveryMaxMs })
  return `${kills} kills, ${world.acknowledged.length} writes acknowledged, ${records} records there once, slowest start ${inWords(slowest)}, all on the ledger ${Math.round(provenMs)} ms after the last answer`
}

/** The ledger is away or slow while writes go on, and everything gets there afterwards. */
export const ledgerTrouble = (trouble: Trouble) => async (world: FaultWorld, { awayMs, recoveryMaxMs }: FaultOptions): Promise<string> => {
  const proxy = world.proxy
  assert.ok(proxy !== undefined)
  await begin(world)
  const healthy = await writeFor(world, awayMs / 2)
  proxy.trouble = trouble
  const troubled = await writeFor(world, awayMs)
  proxy.trouble = 'none'
  const began = performance.now()
  for (const one of world.acknowledged) await world.commitOnce(one, 'anchored')
  const drainedMs = performance.now() - began
  await assertWorld(world, { recoveryMaxMs })
  return `${troubled.count} writes acknowledged meanwhile, slowest ${Math.round(troubled.slowestMs)} ms (before: ${Math.round(healthy.slowestMs)} ms); backlog on the ledger ${Math.round(drainedMs)} ms after it was back`
}

/** A hundred times the same write at once is one write; other content under its id is refused. */
export async function submitTogether(world: FaultWorld, { recoveryMaxMs }: FaultOptions): Promise<string> {
  await begin(world)
  const writing = await world.prepare()
  const answers = await Promise.all(Array.from({ length: 100 }, () => patient(() => world.commitOnce(writing))))
  assert.equal(new Set(answers.map((receipts) => receipts.map(({ id }) => id).join())).size, 1, 'a hundred equal receipts')
  world.acknowledged.push(writing)
  await assertWorld(world, { recoveryMaxMs })
  return '100 equal answers, one record each'
}

/** The process is stopped for longer than its lease and goes on. */
export async function pausedProcess(world: FaultWorld, { recoveryMaxMs }: FaultOptions): Promise<string> {
  await begin(world)
  const first = await world.prepare()
  await world.commit(first)
  const second = await world.prepare()
  const sent = world.commitOnce(second)
  world.signal('SIGSTOP')
  await pause(4000)
  world.signal('SIGCONT')
  await sent
  world.acknowledged.push(second)
  await world.commitOnce(second, 'anchored')
  await assertWorld(world, { recoveryMaxMs })
  return 'stopped for 4 s in the middle of a write; answered, and on the ledger once'
}

/** Starts it where the fault before has left it stopped. */
async function begin(world: FaultWorld): Promise<void> {
  if (!world.isRunning()) await world.start()
  await world.trust()
}

async function writeFor(world: FaultWorld, ms: number): Promise<{ readonly count: number; readonly slowestMs: number }> {
  let count = 0
  let slowestMs = 0
  for (const end = performance.now() + ms; performance.now() < end; count++) {
    const writing: Writing = await world.prepare()
    const began = performance.now()
    await world.commit(writing)
    slowestMs = Math.max(slowestMs, performance.now() - began)
  }
  return { count, slowestMs }
}

/** Repeats what a process that is gone cannot answer, as a client does. */
async function patient<T>(ask: () => Promise<T>, wanted: () => boolean = () => true): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      const again = isProblem(error) ? ['UNAVAILABLE', 'BUSY', 'OUTCOME_UNKNOWN', 'STALE'].includes(error.code) : error instanceof Error && error.message === 'The process is not running.'
      if (!again || attempt === 2400 || !wanted()) throw error
      await pause(50)
    }
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn++) {
    if (turn === 60_000) throw new Error('Nothing was acknowledged in ten minutes.')
    await pause(10)
  }
}
