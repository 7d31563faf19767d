import { consistencyPath, epochKey, hkdfSha256, leafHash, ledgerKey, ledgerRecordId, parseCheckpoint, recordDigest, ledgerBlind, rootOfFrontier, toHex, verifyCheckpoint, verifyCosignatures } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { accept, createWorld, draft, hospitalId, note, origin, sign, signBatch, stock, type World } from '../__fixtures__/world.ts'
import type { Parts } from '../parts.ts'
import { createSequencer } from './sequencer.ts'
import { tilesOf } from './stored-tiles.ts'

const state = (parts: Parts) => parts.store.read((view) => view.treeState(origin))
const checkpoint = (parts: Parts) => parts.store.read((view) => view.checkpoint(origin))
const run = async (parts: Parts): Promise<void> => {
  const sequencer = createSequencer(parts)
  while ((await sequencer.round()).state === 'worked');
  await sequencer.release()
}
const store = async (world: World, count: number): Promise<void> => void (await accept(world.parts, world.hospital, await signBatch(world.hospital.signer, Array.from({ length: count }, () => ({ entry: draft({ type: 'item-stocked', author: world.hospital.author }) })))))

/** As if its time had passed. */
const endLeases = ({ database }: World): void => { for (const [log, lease] of database.leases) database.leases.set(log, { ...lease, until: 0 }) }

describe('the sequencer', () => {
  it('gives waiting entries contiguous indexes in arrival order and chains them', async () => {
    const world = await createWorld()
    const { subject } = await world.patient()
    const ids: string[] = []
    for (let count = 0; count < 3; count++) ids.push((await accept(world.parts, world.doctor, await note(world.doctor, subject)))[0]!.id)
    await run(world.parts)
    const leaves = await world.parts.store.read((view) => view.leaves(origin, { from: 0, limit: 100 }))
    expect(leaves.map(({ index }) => index)).toEqual(leaves.map((_, place) => place))
    expect(leaves.slice(-3).map(({ id, chainSequence }) => [id, chainSequence])).toEqual(ids.map((id, place) => [id, place + 1]))
  })

  it('signs each state of the tree and lets the platform\'s witness cosign it', async () => {
    const world = await createWorld()
    await run(world.parts)
    const newest = (await checkpoint(world.parts))!
    const signed = await verifyCheckpoint(newest.note, origin, world.signer.log.publicJwk)
    const tree = await state(world.parts)
    expect(signed).toMatchObject({ size: tree.size, root: rootOfFrontier(tree) })
    expect(await verifyCosignatures(newest.note, world.trust.witnesses)).toHaveLength(1)
  })

  it('keeps tiles from which every former state can be proven', async () => {
    const world = await createWorld({ settings: { sequenceMax: 100 } })
    await store(world, 700)
    await run(world.parts)
    const { size } = await state(world.parts)
    expect(size).toBe(704)
    const path = await world.parts.store.read((view) => consistencyPath(300, size, tilesOf(view, origin, size)))
    expect(path.length).toBeGreaterThan(3)
  })

  it('takes no more than its limit in one batch and goes on in the next', async () => {
    const world = await createWorld({ settings: { sequenceMax: 10 } })
    await store(world, 25)
    const sequencer = createSequencer(world.parts)
    expect([(await sequencer.round()).assigned, (await sequencer.round()).assigned, (await sequencer.round()).assigned, (await sequencer.round()).assigned]).toEqual([10, 10, 9, 0])
  })

  it('derives ledger records from the subject\'s epoch, so that none shows whose it is', async () => {
    const world = await createWorld()
    const { subject, patient } = await world.patient()
    const [first] = await accept(world.parts, world.doctor, await note(world.doctor, subject))
    await run(world.parts)
    await accept(world.parts, world.doctor, await sign(world.doctor.signer, draft({ type: 'epoch-raised', author: world.doctor.author, subject })))
    const [second] = await accept(world.parts, world.doctor, await note(world.doctor, subject))
    await run(world.parts)
    const secret = await (await world.parts.vaults.get(hospitalId)!.patient(patient))!.subjectSecret('ward')
    for (const [id, epoch] of [[first!.id, 0], [second!.id, 1]] as const) {
      const key = epochKey(secret, epoch)
      expect(key).toEqual(hkdfSha256(secret, `careledger/v1/epoch|${epoch}`))
      const [row, leaf] = await world.parts.store.read((view) => Promise.all([view.outboxOf(id), view.leafOf(origin, id)]))
      const hash = leafHash(leaf!.leafInput)
      expect(row).toMatchObject([{ stream: 'ward', epoch, recordId: toHex(ledgerRecordId(key, id)), key: toHex(ledgerKey(key)), digest: toHex(recordDigest(hash, ledgerBlind(key, hash))) }])
    }
  })

  it('derives records anew when the epoch is raised between reading and assigning', async () => {
    let raise: (() => Promise<unknown>) | undefined
    const world = await createWorld({ store: (inner) => ({ ...inner, sequencer: { ...inner.sequencer, assign: async (...given) => {
      const first = raise
      raise = undefined
      await first?.()
      return inner.sequencer.assign(...given)
    } } }) })
    const { subject } = await world.patient()
    const [written] = await accept(world.parts, world.doctor, await note(world.doctor, subject))
    const raised = await sign(world.doctor.signer, draft({ type: 'epoch-raised', author: world.doctor.author, subject }))
    raise = () => accept(world.restart(), world.doctor, raised)
    await run(world.parts)
    expect(await world.parts.store.read((view) => view.outboxOf(written!.id))).toMatchObject([{ epoch: 1 }])
  })

  it('hands a checkpoint to every ledger at most once in its interval, and after so many leaves', async () => {
    const world = await createWorld({ settings: { checkpointEveryMs: 60_000, checkpointLeaves: 20, sequenceMax: 10 } })
    const sequencer = createSequencer(world.parts)
    const sizes = async (): Promise<readonly string[]> => (await world.parts.store.read((view) => view.outboxRows({ limit: 1000 }))).rows.filter(({ stream }) => stream === 'checkpoints').map(({ item }) => item.split('/').at(-1)!)
    await sequencer.round()
    expect(await sizes()).toEqual(['4'])
    await store(world, 10)
    await sequencer.round()
    expect(await sizes()).toEqual(['4'])
    await store(world, 10)
    await sequencer.round()
    expect(await sizes()).toEqual(['4', '24'])
  })

  it('lets one of two instances work, and the other when it is gone', async () => {
    const world = await createWorld({ settings: { leaseMs: 60_000 } })
    const [one, two] = [createSequencer(world.parts), createSequencer(world.restart())]
    expect([(await one.round()).state, (await two.round()).state]).toEqual(['worked', 'standby'])
    endLeases(world)
    await store(world, 5)
    expect((await two.round()).assigned).toBe(5)
    await one.release()
  })

  it('fences an instance that slept past its lease: what it prepared is refused, nothing is doubled', async () => {
    let pause: Promise<void> | undefined
    let asleep: () => void = () => {}
    const world = await createWorld({ settings: { leaseMs: 60_000 }, store: (inner) => ({ ...inner, sequencer: { ...inner.sequencer, assign: async (...given) => {
      asleep()
      await pause
      return inner.sequencer.assign(...given)
    } } }) })
    let wake: () => void = () => {}
    pause = new Promise((resolve) => { wake = resolve })
    const sleeping = new Promise<void>((resolve) => { asleep = resolve })
    const late = createSequencer(world.parts).round()
    await sleeping
    endLeases(world)
    const other = createSequencer(world.restart())
    expect((await other.round()).assigned).toBe(4)
    wake()
    expect(await late).toEqual({ state: 'standby', assigned: 0 })
    expect((await state(world.parts)).size).toBe(4)
  })

  it('never doubles and never leaves a gap with four instances at once', async () => {
    const world = await createWorld({ settings: { leaseMs: 5, sequenceMax: 7 } })
    await store(world, 200)
    const instances = [world.parts, world.restart(), world.restart(), world.restart()].map(createSequencer)
    for (let round = 0; (await state(world.parts)).size < 204 && round < 400; round++) {
      // Where a round takes longer than a lease, each may undo the others' for ever: one may finish alone what four began.
      await Promise.all(instances.slice(0, round < 200 ? 4 : 1).map((instance) => instance.round().catch(() => undefined)))
      await new Promise((resolve) => setTimeout(resolve, 6))
    }
    const leaves = await world.parts.store.read((view) => view.leaves(origin, { from: 0, limit: 1000 }))
    expect(leaves.map(({ index }) => index)).toEqual(Array.from({ length: 204 }, (_, index) => index))
    expect(new Set(leaves.map(({ id }) => id)).size).toBe(204)
  })

  it('signs what a crash left unsigned', async () => {
    let crash = true
    const world = await createWorld({ store: (inner) => ({ ...inner, sequencer: { ...inner.sequencer, putCheckpoint: async (...given) => {
      if (crash) throw new Error('crash')
      return inner.sequencer.putCheckpoint(...given)
    } } }) })
    await expect(createSequencer(world.parts).round()).rejects.toThrow('crash')
    expect(await checkpoint(world.parts)).toBeUndefined()
    crash = false
    const next = createSequencer(world.restart({ store: world.parts.store }))
    world.database.leases.clear()
    expect(await next.round()).toEqual({ state: 'idle', assigned: 0 })
    expect(parseCheckpoint((await checkpoint(world.parts))!.note).size).toBe(4)
  })

  it('does not change a state that stands: stock written twice is one leaf each', async () => {
    const world = await createWorld()
    const signed = await stock(world.doctor)
    await accept(world.parts, world.doctor, signed)
    await run(world.parts)
    expect((await accept(world.parts, world.doctor, signed))[0]).toMatchObject({ duplicate: true, state: 'sequenced', index: 4 })
    await run(world.parts)
    expect((await state(world.parts)).size).toBe(5)
  })
})
