import { createDecisionTally, decisionRangeBytes, DECISIONS_MEDIA_TYPE, newEntryId, parseDecisionRange, utf8 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { accept, createWorld, draft, sign, until, type World } from '../__fixtures__/world.ts'
import { openEntry } from '../entries/open-entry.ts'
import { isLogicError } from '../logic-error.ts'
import { audit } from '../maintenance/audit/audit.ts'
import { coverDecisions, recordDecisions } from './record-decisions.ts'
import { startLog } from './start-log.ts'

/** Stores decisions and lets the millisecond of the last one pass: it counts as settled only then. */
const decide = async ({ parts }: World, ids: readonly string[]): Promise<void> => {
  for (const id of ids) await parts.store.write({ decisions: [{ id, bytes: utf8(id) }] })
  await new Promise((resolve) => setTimeout(resolve, 5))
}
/** An id as it would be made at that time. */
const idAt = (ms: number): string => {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000001`
}
const recorded = async ({ parts }: World) => {
  const waiting = await parts.store.read((view) => view.unsequenced({ limit: 100 }))
  const own = waiting.filter(({ entry }) => entry.network === 'log')
  return Promise.all(own.map(async ({ entry }) => parseDecisionRange(((await openEntry(parts, entry)) as { payload: Uint8Array }).payload)))
}

describe('recordDecisions', () => {
  it('covers every decision once, in the order of their ids', async () => {
    const world = await createWorld()
    const ids = Array.from({ length: 7 }, () => newEntryId())
    await decide(world, ids.slice(0, 4))
    expect((await recordDecisions(world.parts)).covered).toBe(4)
    expect((await recordDecisions(world.parts)).covered).toBe(0)
    await decide(world, ids.slice(4))
    expect((await recordDecisions(world.parts)).covered).toBe(3)
    expect((await recorded(world)).map((range) => [range?.first, range?.last, range?.count])).toEqual([[ids[0], ids[3], 4], [ids[4], ids[6], 3]])
  })

  it('leaves decisions alone that may still be joined by a slower one', async () => {
    const world = await createWorld({ settings: { decisionsSettleMs: 60_000 } })
    await decide(world, [idAt(Date.now() - 70_000), idAt(Date.now() - 50_000)])
    expect((await recordDecisions(world.parts)).covered).toBe(1)
    expect((await recordDecisions(world.parts)).covered).toBe(0)
  })

  it('writes one entry for each second, with that second\'s decisions and no others, once the second is over and settled', async () => {
    let now = Date.UTC(2026, 10, 26, 12, 0, 30, 500)
    const world = await createWorld({ settings: { decisionsSettleMs: 2000, decisionsEveryMs: 1000 }, now: () => new Date(now) })
    const ids = [25_010, 25_990, 26_000, 27_400, 27_999, 28_000].map((ms) => idAt(Date.UTC(2026, 10, 26, 12, 0, 0) + ms))
    for (const id of ids) await world.parts.store.write({ decisions: [{ id, bytes: utf8(id) }] })
    expect((await recordDecisions(world.parts)).covered).toBe(5)
    expect((await recorded(world)).map((range) => [range?.first, range?.last, range?.count])).toEqual([[ids[0], ids[1], 2], [ids[2], ids[2], 1], [ids[3], ids[4], 2]])
    now += 500
    expect((await recordDecisions(world.parts)).covered).toBe(1)
  })

  it('lets one of several instances write, and the others find it done', async () => {
    const world = await createWorld()
    await decide(world, [newEntryId(), newEntryId()])
    const rounds = await Promise.all([recordDecisions(world.parts), recordDecisions(world.restart()), recordDecisions(world.restart())])
    expect(rounds.map(({ covered }) => covered).toSorted()).toEqual([0, 0, 2])
    expect(await recorded(world)).toHaveLength(1)
  })

  it('is done by the running log', async () => {
    const world = await createWorld()
    await decide(world, [newEntryId()])
    const log = await startLog(world.parts)
    await until(async () => (await world.parts.store.read((view) => view.projection('decision-cover', 'newest'))) !== undefined)
    expect(log.status().decisionsProblem).toBeUndefined()
    await log.stop()
  })

  it('leaves none uncovered, however young, when a process that stops covers them', async () => {
    const world = await createWorld({ settings: { decisionsSettleMs: 60_000 } })
    const log = await startLog(world.parts)
    const ids = Array.from({ length: 3 }, () => newEntryId())
    await decide(world, ids)
    expect((await recordDecisions(world.parts)).covered).toBe(0)
    await coverDecisions(world.parts)
    await log.stop()
    expect(await audit(world.parts)).toMatchObject({ ok: true, decisionsUncovered: 0, checked: { decisions: 3 } })
    expect(await world.parts.store.read((view) => view.unsequenced({ limit: 1 }))).toEqual([])
    await coverDecisions(world.parts)
  })

  it('is the platform\'s to do: nobody else\'s entry counts, and no range twice', async () => {
    const world = await createWorld()
    const tally = createDecisionTally()
    tally.add({ id: newEntryId(), bytes: utf8('x') })
    const signed = await sign(world.doctor.signer, draft({ network: 'log', type: 'decisions-recorded', author: world.doctor.author }), { mediaType: DECISIONS_MEDIA_TYPE, payload: decisionRangeBytes(tally.range()!) })
    expect(isLogicError(await accept(world.parts, world.doctor, signed).catch((error: unknown) => error), 'NOT_ALLOWED')).toBe(true)
    const empty = await sign(world.doctor.signer, draft({ network: 'log', type: 'decisions-recorded', author: world.doctor.author }), { mediaType: DECISIONS_MEDIA_TYPE, payload: utf8('{}') })
    expect(isLogicError(await accept(world.parts, world.doctor, empty).catch((error: unknown) => error), 'INPUT_MALFORMED')).toBe(true)
  })
})
