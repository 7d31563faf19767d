import { utf8, verifyContinuity, verifyProof } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { callsToFail, createFaults, faultWays, type FaultWay, type Faults } from '../__fixtures__/faulty.ts'
import { accept, note, settled, stock } from '../__fixtures__/world.ts'
import { createAnchorWorker } from '../anchor/anchor-worker.ts'
import { buildProof } from '../log/build-proof.ts'
import { createSequencer } from '../log/sequencer.ts'
import { audit } from '../maintenance/audit/audit.ts'
import type { Parts } from '../parts.ts'
import { settleRoutes } from '../routes/settle-routes.ts'
import { createMovingWorld, recordsOn, type MovingWorld } from './__fixtures__/moving-world.ts'
import { startMove } from './control-move.ts'
import { isActive, readActiveMoves, readMoves } from './move-row.ts'
import { stepMove } from './step-move.ts'

interface Run {
  readonly world: MovingWorld
  readonly faulty: Parts
  readonly ids: string[]
  readonly proof: string
}

/** Everything that a running instance does, round after round, each part going on as it would after an error. */
async function runOn(parts: Parts, rounds: number): Promise<void> {
  const tolerate = (): undefined => undefined
  const sequencer = createSequencer(parts)
  const workers = parts.targets.map((target) => createAnchorWorker(parts, target))
  for (let round = 0; round < rounds; round++) {
    await sequencer.round().catch(tolerate)
    for (const worker of workers) await worker.round().catch(tolerate)
    const moves = await parts.store.read((view) => readActiveMoves(view)).catch(tolerate)
    for (const move of moves ?? []) await stepMove(parts, move, AbortSignal.timeout(60_000)).catch(tolerate)
  }
  await sequencer.release().catch(tolerate)
}

async function prepare(faults: Faults): Promise<Run> {
  const world = await createMovingWorld({ settings: { leaseMs: 10, outboxLeaseMs: 10 } })
  const { parts, doctor } = world
  await settleRoutes(parts)
  const { subject } = await world.patient()
  const ids: string[] = []
  for (const signed of [await note(doctor, subject), await note(doctor, subject), await stock(doctor)]) ids.push(...(await accept(parts, doctor, signed)).map(({ id }) => id))
  await runOn(parts, 2)
  await settled(parts)
  const faulty = world.restart({ store: faults.store(world.restart().store), targets: parts.targets.map((target) => ({ ...target, ledger: faults.ledger(target.ledger) })) })
  return { world, faulty, ids, proof: (await buildProof(parts, ids[0] as string, { opening: true, recordAnchor: true })) as string }
}

/** A move from its start, with writes while older entries are copied and after the network stands on the new ledger. */
async function goThrough({ world, faulty, ids }: Run): Promise<void> {
  const tolerate = (): undefined => undefined
  const write = async (): Promise<void> => { ids.push(...((await accept(faulty, world.doctor, await stock(world.doctor)).catch(tolerate)) ?? []).map(({ id }) => id)) }
  await startMove(faulty, { network: 'ward', to: 'new' }).catch(tolerate)
  await write()
  await runOn(faulty, 5)
  await write()
  await runOn(faulty, 6)
}

/** What must hold after any fault, once the instance has been started again. */
async function assertMoved({ world, ids, proof }: Run): Promise<void> {
  const parts = world.restart()
  await settleRoutes(parts)
  const [newest] = await parts.store.read((view) => readMoves(view, { network: 'ward', limit: 1 }))
  if (newest === undefined) await startMove(parts, { network: 'ward', to: 'new' })
  for (let turn = 0; turn < 20 && (await parts.store.read((view) => readMoves(view, { network: 'ward', limit: 1 }))).some(isActive); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 12))
    await runOn(parts, 3)
  }
  const [move] = await parts.store.read((view) => readMoves(view, { network: 'ward', limit: 2 }))
  expect(move).toMatchObject({ state: 'done', from: 'old', to: 'new', findingsTotal: 0 })
  await verifyContinuity(utf8(move?.continuity as string), world.trust)
  const old = await recordsOn(world.old, 'ward')
  await accept(parts, world.doctor, await stock(world.doctor))
  await new Promise((resolve) => setTimeout(resolve, 12))
  await runOn(parts, 3)
  await settled(parts)
  expect(await recordsOn(world.old, 'ward')).toEqual(old)
  const records = (await recordsOn(world.fresh, 'ward')).map(({ id }) => id)
  const leaves = (await parts.store.read((view) => view.leaves(parts.log.origin, { from: 0, limit: 1000 }))).filter(({ chain }) => chain.startsWith('ward/'))
  expect(new Set(records).size).toBe(records.length)
  expect(records).toHaveLength(leaves.length)
  expect(leaves.map(({ id }) => id)).toEqual(expect.arrayContaining(ids))
  for (const text of [proof, await buildProof(parts, ids[0] as string, { opening: true, recordAnchor: true })]) expect((await verifyProof(utf8(text as string), world.trust)).valid).toBe(true)
  expect((await audit(parts)).findings).toEqual([])
}

describe('one failing call on the way of a move', () => {
  it.each(faultWays)('loses no record, doubles none, and the move comes to its end, wherever a call is %s', async (way: FaultWay) => {
    const counted = createFaults(0, way)
    const whole = await prepare(counted)
    await goThrough(whole)
    expect((await whole.world.parts.store.read((view) => readMoves(view, { limit: 1 })))[0]).toMatchObject({ state: 'done' })
    expect(counted.calls()).toBeGreaterThan(60)
    for (const k of callsToFail(counted, way)) {
      const faults = createFaults(k, way)
      const run = await prepare(faults)
      await goThrough(run)
      await assertMoved(run).catch((error: unknown) => Promise.reject(new Error(`Call ${k}, ${faults.names[k - 1]}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })))
    }
  }, 240_000)
})
