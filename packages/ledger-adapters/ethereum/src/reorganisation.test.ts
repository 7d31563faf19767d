import { LedgerError, type Ledger, type ListedRecord } from '@careledger/ledger-spec'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, grantAll, type EthereumWorld } from './testing/fixtures.ts'
import { newRecord, newRecords } from './testing/records.ts'
import { findAnvil, startAnvil, type DevelopmentChain } from './testing/start-anvil.ts'

const STREAM = 'conformance-a'

describe.skipIf(findAnvil() === undefined)('reorganisations (skipped where npm has no anvil for the platform)', () => {
  let chain: DevelopmentChain
  let world: EthereumWorld
  beforeAll(async () => { chain = await startAnvil() })
  afterAll(() => chain.stop())
  afterEach(() => world.closeAll())

  async function openWith(confirmationsMin: number): Promise<Ledger> {
    world = await createWorld(chain, { finality: { confirmationsMin } })
    const ledger = await world.open(world.owner)
    await grantAll(ledger, [world.owner])
    await chain.rpc('anvil_mine', `0x${confirmationsMin.toString(16)}`)
    return ledger
  }

  const mine = (blocks: number) => chain.rpc('anvil_mine', `0x${blocks.toString(16)}`)

  describe.each([1, 6, 64])('of %i blocks, below finality', (depth) => {
    let ledger: Ledger
    beforeEach(async () => { ledger = await openWith(depth + 2) })

    it('takes a pending record back to absent, and appending it again puts it there once', async () => {
      const [kept, lost] = [newRecord(), newRecord()]
      await ledger.append(STREAM, [kept])
      await mine(depth)
      const [receipt] = await ledger.append(STREAM, [lost])
      await mine(depth - 1)
      expect(receipt?.state).toBe('pending')
      await chain.rpc('anvil_reorg', depth, [])
      expect(await ledger.finality([{ stream: STREAM, ...kept }, { stream: STREAM, ...lost }])).toEqual(['final', 'absent'])
      expect(await ledger.getMany(STREAM, [lost.id])).toEqual([undefined])
      await ledger.append(STREAM, [lost])
      await mine(depth + 1)
      expect((await ledger.list(STREAM, { limit: 10 })).records.map(({ id }) => id)).toEqual([kept.id, lost.id])
      expect(await ledger.finality([{ stream: STREAM, ...lost }])).toEqual(['final'])
    })

    it('puts the record there again by itself when the caller waits for finality', async () => {
      const record = newRecord()
      const waiting = ledger.append(STREAM, [record], { until: 'final' })
      await expect.poll(async () => (await ledger.finality([{ stream: STREAM, ...record }]))[0], { timeout: 10_000 }).toBe('pending')
      await mine(depth - 1)
      await chain.rpc('anvil_reorg', depth, [])
      await expect.poll(async () => (await ledger.finality([{ stream: STREAM, ...record }]))[0], { timeout: 10_000 }).toBe('pending')
      await mine(depth + 1)
      expect((await waiting).map(({ state }) => state)).toEqual(['final'])
      expect((await ledger.list(STREAM, { limit: 10 })).records.map(({ id }) => id)).toEqual([record.id])
    })

    it('shows a watch only what stays', async () => {
      const [taken, stays] = [newRecord(), newRecord()]
      const seen: ListedRecord[] = []
      const ending = new AbortController()
      const watching = (async () => { for await (const record of ledger.watch(STREAM, { signal: ending.signal })) seen.push(record) })().catch((error: unknown) => error)
      await ledger.append(STREAM, [taken])
      await mine(depth - 1)
      await chain.rpc('anvil_reorg', depth, [])
      await ledger.append(STREAM, [stays])
      await mine(depth + 1)
      await expect.poll(() => seen.map(({ id }) => id), { timeout: 10_000 }).toEqual([stays.id])
      ending.abort()
      expect(LedgerError.is(await watching, 'LEDGER_ABORTED')).toBe(true)
    })
  })

  it('of more blocks than the settings count as final is corruption, for every verb and from then on', async () => {
    const ledger = await openWith(3)
    const record = newRecord()
    await ledger.append(STREAM, [record])
    await mine(3)
    expect(await ledger.finality([{ stream: STREAM, ...record }])).toEqual(['final'])
    await chain.rpc('anvil_reorg', 5, [])
    for (const call of [
      () => ledger.list(STREAM, { limit: 1 }),
      () => ledger.getMany(STREAM, [record.id]),
      () => ledger.finality([{ stream: STREAM, ...record }]),
      () => ledger.append(STREAM, newRecords(1)),
      () => ledger.watch(STREAM, { signal: new AbortController().signal })[Symbol.asyncIterator]().next(),
    ]) await expect(call()).rejects.toMatchObject({ name: 'LedgerError', code: 'LEDGER_CORRUPTION' })
    expect((await ledger.health()).problems.map(({ code }) => code)).toEqual(['LEDGER_CORRUPTION'])
  })
})
