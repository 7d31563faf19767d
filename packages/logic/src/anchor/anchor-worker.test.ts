import { createInMemoryLedger } from '@careledger/ledger-in-memory'
import { LedgerError, type Ledger, type LedgerErrorCode, type Receipt } from '@careledger/ledger-spec'
import { describe, expect, it } from 'vitest'
import { accept, createWorld, draft, origin, signBatch, until, type World } from '../__fixtures__/world.ts'
import { entryStates } from '../log/entry-states.ts'
import { createSequencer } from '../log/sequencer.ts'
import type { LedgerTarget } from '../parts.ts'
import { createAnchorWorker } from './anchor-worker.ts'
import { retryBlocked } from './retry-blocked.ts'

/** A world with `count` sequenced entries whose ledger is the in-memory one, changed by `wrap`. */
async function createBacklog(count: number, wrap: (ledger: Ledger) => Ledger = (ledger) => ledger, way: 'indexed' | 'checkpointed' = 'indexed'): Promise<World & { readonly target: LedgerTarget; readonly ids: readonly string[] }> {
  const world = await createWorld({ targets: (ledger) => [{ name: 'memory', ledger: wrap(ledger), networks: ['ward'], way }] })
  const ids: string[] = []
  for (let left = count; left > 0; left -= 1000) {
    const batch = await signBatch(world.hospital.signer, Array.from({ length: Math.min(left, 1000) }, () => ({ entry: draft({ type: 'item-stocked', author: world.hospital.author }) })))
    ids.push(...(await accept(world.parts, world.hospital, batch)).map(({ id }) => id))
  }
  const sequencer = createSequencer(world.parts)
  while ((await sequencer.round()).assigned > 0);
  return { ...world, target: world.parts.targets[0]!, ids }
}
const rows = async ({ parts }: World) => (await parts.store.read((view) => view.outboxRows({ limit: 1000 }))).rows
const failing = (code: LedgerErrorCode, details: LedgerError['details'] = {}): LedgerError => new LedgerError(code, 'no', { details })
const count = async (ledger: Ledger, stream: string): Promise<number> => (await ledger.list(stream, { limit: ledger.describe().limits.pageMax })).records.length

describe('the anchor worker', () => {
  it('appends every waiting row in log order and settles what is final', async () => {
    const world = await createBacklog(30)
    const worker = createAnchorWorker(world.parts, world.target)
    while ((await worker.round()) > 0);
    const listed = (await world.ledger.list('ward', { limit: 100 })).records.map(({ id }) => id)
    expect(listed).toEqual(world.ids.map((id) => id.replaceAll('-', '')))
    expect((await rows(world)).every(({ state, receipt }) => state === 'final' && receipt !== undefined)).toBe(true)
    expect(await entryStates(world.parts, world.ids)).toEqual(world.ids.map((id, place) => ({ id, state: 'anchored', index: place + 4 })))
  })

  it('hands a ledger of checkpoints no entries, and entries count as anchored by the checkpoint', async () => {
    const world = await createBacklog(5, undefined, 'checkpointed')
    const worker = createAnchorWorker(world.parts, world.target)
    while ((await worker.round()) > 0);
    expect([await count(world.ledger, 'ward'), await count(world.ledger, 'checkpoints')]).toEqual([0, 1])
    expect((await entryStates(world.parts, world.ids)).every((progress) => progress?.state === 'anchored')).toBe(true)
  })

  it('asks again with the same records when no answer came, and doubles nothing', async () => {
    let lost = 2
    const sent: string[] = []
    const world = await createBacklog(5, (ledger) => ({ ...ledger, append: async (stream, records, options) => {
      const receipts = await ledger.append(stream, records, options)
      if (stream === 'ward') sent.push(records.map(({ id }) => id).join())
      if (stream === 'ward' && lost-- > 0) throw failing('LEDGER_OUTCOME_UNKNOWN')
      return receipts
    } }))
    await createAnchorWorker(world.parts, world.target).round()
    expect(new Set(sent).size).toBe(1)
    expect(sent).toHaveLength(3)
    expect(await count(world.ledger, 'ward')).toBe(5)
    expect((await rows(world)).every(({ state }) => state === 'final')).toBe(true)
  })

  it('keeps rows waiting while the ledger is down, opens its breaker, and drains everything once it is back', async () => {
    let down = true
    let calls = 0
    const world = await createBacklog(3000, (ledger) => ({ ...ledger, append: async (...given) => {
      calls++
      if (down) throw failing('LEDGER_UNAVAILABLE')
      return ledger.append(...given)
    } }))
    const worker = createAnchorWorker(world.parts, world.target)
    worker.start()
    await until(() => worker.status().breaker === 'open')
    expect(worker.status()).toMatchObject({ problem: 'LEDGER_UNAVAILABLE: no' })
    expect(calls).toBeLessThan(10)
    down = false
    const back = performance.now()
    await until(async () => (await world.parts.store.read((view) => view.outboxSummary())).every(({ state }) => state === 'final'))
    expect(performance.now() - back).toBeLessThan(3000)
    expect(worker.status()).toMatchObject({ breaker: 'closed', failures: 0, problem: undefined })
    await worker.stop()
  })

  it('blocks the one record that is in conflict, with the reason, and lets the others through', async () => {
    const world = await createBacklog(10)
    const lost = world.ids[4]!
    await world.ledger.append('ward', [{ id: lost.replaceAll('-', ''), digest: 'ab'.repeat(32) }])
    const worker = createAnchorWorker(world.parts, world.target)
    while ((await worker.round()) > 0);
    const blocked = (await rows(world)).filter(({ state }) => state === 'blocked')
    expect(blocked).toMatchObject([{ item: lost, reason: expect.stringContaining('LEDGER_CONFLICT') }])
    expect(await entryStates(world.parts, [lost, world.ids[5]!])).toMatchObject([{ state: 'blocked' }, { state: 'anchored' }])
    expect(await count(world.ledger, 'ward')).toBe(10)
  })

  it('finds by halving the one record that the ledger refuses, and an operator can put it back', async () => {
    let refuse = true
    const bad = (id: string): boolean => refuse && id.startsWith('bad')
    const world = await createBacklog(20, (ledger) => ({ ...ledger, append: async (stream, records, options) => {
      if (records.some(({ id }) => bad(id) || (refuse && id === badId()))) throw failing('LEDGER_INVALID_RECORD')
      return ledger.append(stream, records, options)
    } }))
    function badId(): string { return world.ids[13]!.replaceAll('-', '') }
    const worker = createAnchorWorker(world.parts, world.target)
    while ((await worker.round()) > 0);
    expect((await rows(world)).filter(({ state }) => state === 'blocked').map(({ item }) => item)).toEqual([world.ids[13]])
    refuse = false
    expect(await retryBlocked(world.parts, 'memory', [world.ids[13]!, world.ids[12]!])).toBe(1)
    while ((await worker.round()) > 0);
    expect((await rows(world)).every(({ state }) => state === 'final')).toBe(true)
  })

  it('does not block a whole backlog because the ledger rejects whatever it is given', async () => {
    const world = await createBacklog(50, (ledger) => ({ ...ledger, append: async () => { throw failing('LEDGER_REJECTED') } }))
    await expect(createAnchorWorker(world.parts, world.target).round()).rejects.toMatchObject({ code: 'LEDGER_REJECTED' })
    expect((await rows(world)).filter(({ state }) => state === 'blocked')).toHaveLength(1)
  })

  it.each(['LEDGER_UNAUTHORISED', 'LEDGER_CORRUPTION', 'LEDGER_WRONG_CHAIN', 'LEDGER_CLOSED', 'LEDGER_ABORTED', 'LEDGER_NOT_SUPPORTED'] as const)('keeps every row when the ledger as a whole says %s', async (code) => {
    const world = await createBacklog(5, (ledger) => ({ ...ledger, append: async () => { throw failing(code) } }))
    await expect(createAnchorWorker(world.parts, world.target).round()).rejects.toMatchObject({ code })
    const [row] = await rows(world)
    expect(row).toMatchObject({ state: 'waiting', reason: `${code}: no` })
  })

  it('polls what is pending until it is final, appends again what was dropped, blocks what lost its race', async () => {
    const fate = new Map<string, 'pending' | 'final' | 'absent' | 'lost'>()
    let appends = 0
    const world = await createBacklog(4, (ledger) => ({
      ...ledger,
      append: async (stream, records): Promise<readonly Receipt[]> => { appends++; return records.map(({ id, digest }) => ({ stream, id, digest, state: 'pending' as const })) },
      finality: async (receipts) => receipts.map(({ id }) => fate.get(id) ?? 'pending'),
    }))
    const worker = createAnchorWorker(world.parts, world.target)
    await worker.round()
    expect((await rows(world)).every(({ state }) => state === 'sent')).toBe(true)
    expect(appends).toBe(2)
    await worker.round()
    expect((await rows(world)).every(({ state }) => state === 'sent')).toBe(true)
    const recordOf = (place: number): string => world.ids[place]!.replaceAll('-', '')
    fate.set(recordOf(0), 'final').set(recordOf(1), 'absent').set(recordOf(2), 'lost')
    await new Promise((resolve) => setTimeout(resolve, 220))
    await worker.round()
    expect(Object.fromEntries((await rows(world)).map(({ item, state }) => [item, state]))).toMatchObject({ [world.ids[0]!]: 'final', [world.ids[1]!]: 'waiting', [world.ids[2]!]: 'blocked', [world.ids[3]!]: 'sent' })
    fate.set(recordOf(1), 'final')
    await worker.round()
    expect(appends).toBe(3)
  })

  it('cuts appends at the ledger\'s limits', async () => {
    const sizes: number[] = []
    const world = await createBacklog(10, (ledger) => ({
      ...ledger,
      describe: () => ({ ...ledger.describe(), limits: { ...ledger.describe().limits, recordsMax: 4, appendBytesMax: 3 * ledger.describe().limits.recordBytes } }),
      append: async (stream, records, options) => { if (stream === 'ward') sizes.push(records.length); return ledger.append(stream, records, options) },
    }))
    const worker = createAnchorWorker(world.parts, world.target)
    while ((await worker.round()) > 0);
    expect(sizes.every((size) => size <= 3)).toBe(true)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(10)
  })

  it('works beside another of its kind without doubling anything', async () => {
    const world = await createBacklog(200)
    const [one, two] = [createAnchorWorker(world.parts, world.target), createAnchorWorker(world.restart(), world.target)]
    for (;;) if ((await Promise.all([one.round(), two.round()])).every((claimed) => claimed === 0)) break
    expect(await count(world.ledger, 'ward')).toBe(200)
    expect((await rows(world)).every(({ state }) => state === 'final')).toBe(true)
  })

  it('writes every network to each of its ledgers', async () => {
    const second = await createInMemoryLedger()
    const world = await createWorld({ targets: (ledger) => [{ name: 'one', ledger, networks: ['ward'], way: 'indexed' }, { name: 'two', ledger: second, networks: ['ward'], way: 'indexed' }] })
    await accept(world.parts, world.hospital, await signBatch(world.hospital.signer, Array.from({ length: 3 }, () => ({ entry: draft({ type: 'item-stocked', author: world.hospital.author }) }))))
    await createSequencer(world.parts).round()
    for (const target of world.parts.targets) while ((await createAnchorWorker(world.parts, target).round()) > 0);
    expect([await count(world.ledger, 'ward'), await count(second, 'ward'), await count(second, 'checkpoints')]).toEqual([3, 3, 1])
    expect(origin).toBe(world.parts.log.origin)
  })
})
