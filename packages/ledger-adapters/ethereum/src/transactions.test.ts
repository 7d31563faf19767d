import type { Ledger } from '@careledger/ledger-spec'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startFaultyProxy, type FaultyProxy } from './testing/faulty-proxy.ts'
import { createWorld, grantAll, type EthereumWorld, type TestSettings } from './testing/fixtures.ts'
import { newRecord, newRecords } from './testing/records.ts'
import { findAnvil, startAnvil, type DevelopmentChain } from './testing/start-anvil.ts'

const STREAM = 'conformance-a'
const OTHER = 'conformance-b'

interface PoolTransaction { readonly hash: string; readonly nonce: string; readonly maxFeePerGas: string }

describe.skipIf(findAnvil() === undefined)('transactions (skipped where npm has no anvil for the platform)', () => {
  let chain: DevelopmentChain
  let world: EthereumWorld
  let ledger: Ledger
  let proxy: FaultyProxy

  async function open(settings: TestSettings = {}): Promise<void> {
    world = await createWorld(chain, settings)
    proxy = await startFaultyProxy(chain.url)
    ledger = await world.open(world.owner, { urls: [proxy.url] })
    await grantAll(ledger, [world.owner])
  }

  beforeEach(async () => { chain = await startAnvil() })
  afterEach(async () => {
    await world.closeAll()
    await proxy.stop()
    await chain.stop()
  })

  const stopMining = () => chain.rpc('evm_setAutomine', false)
  const mine = () => chain.rpc('evm_mine')

  async function waiting(): Promise<readonly PoolTransaction[]> {
    const { pending } = await chain.rpc('txpool_content') as { readonly pending: Readonly<Record<string, Readonly<Record<string, PoolTransaction>>>> }
    return Object.values(pending).flatMap((byNonce) => Object.values(byNonce))
  }

  async function untilWaiting(count: number): Promise<readonly PoolTransaction[]> {
    await expect.poll(async () => (await waiting()).length, { timeout: 10_000 }).toBe(count)
    return await waiting()
  }

  const listed = async (stream = STREAM) => (await ledger.list(stream, { limit: 100 })).records.map(({ id }) => id)

  it('replaces a transaction that is stuck by one with higher fees and the same nonce', async () => {
    await open({ fees: { bumpAfterMs: 50 } })
    await stopMining()
    const record = newRecord()
    const appending = ledger.append(STREAM, [record])
    const [first] = await untilWaiting(1)
    await expect.poll(async () => (await waiting())[0]?.hash, { timeout: 10_000 }).not.toBe(first?.hash)
    const [replaced] = await untilWaiting(1)
    expect(replaced?.nonce).toBe(first?.nonce)
    expect(BigInt(replaced?.maxFeePerGas ?? 0)).toBeGreaterThan(BigInt(first?.maxFeePerGas ?? 0))
    await mine()
    await appending
    expect(await listed()).toEqual([record.id])
  })

  it('never offers more than the caps, and says that the outcome is unknown when that is not enough', async () => {
    await open({ fees: { bumpAfterMs: 20, maxFeePerGasWei: 3_000_000_000n, maxPriorityFeePerGasWei: 1_200_000_000n }, acceptWithinMs: 1_000 })
    await stopMining()
    const record = newRecord()
    await expect(ledger.append(STREAM, [record])).rejects.toMatchObject({ code: 'LEDGER_OUTCOME_UNKNOWN' })
    for (const { maxFeePerGas } of await waiting()) expect(BigInt(maxFeePerGas)).toBeLessThanOrEqual(3_000_000_000n)
    await expect.poll(async () => (await ledger.health()).problems.map(({ code }) => code), { timeout: 10_000 }).toContain('LEDGER_UNAVAILABLE')
    await mine()
    await chain.rpc('evm_setAutomine', true)
    await ledger.append(STREAM, [record])
    expect(await listed()).toEqual([record.id])
  })

  it.each([['legacy', '0x0'], ['eip1559', '0x2'], ['auto', '0x2']] as const)('pays with fees of the kind %s', async (kind, type) => {
    await open({ fees: { kind } })
    const [receipt] = await ledger.append(STREAM, newRecords(1))
    expect(await chain.rpc('eth_getTransactionByHash', receipt?.raw?.['transaction'])).toMatchObject({ type, chainId: `0x${chain.chainId.toString(16)}` })
  })

  it('replaces a stuck transaction with a gas price too', async () => {
    await open({ fees: { kind: 'legacy', bumpAfterMs: 50 } })
    await stopMining()
    const appending = ledger.append(STREAM, newRecords(1))
    const [first] = await untilWaiting(1)
    await expect.poll(async () => (await waiting())[0]?.hash, { timeout: 10_000 }).not.toBe(first?.hash)
    await mine()
    expect(await appending).toMatchObject([{ state: 'final' }])
  })

  it('sends nothing while the chain asks for more than the caps allow', async () => {
    await open()
    const poor = await world.open(world.owner, { fees: { maxFeePerGasWei: 1n } })
    await expect(poor.append(STREAM, newRecords(1))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(await waiting()).toEqual([])
  })

  it('sends a transaction again that the pool has dropped', async () => {
    await open()
    await stopMining()
    const record = newRecord()
    const appending = ledger.append(STREAM, [record])
    const [first] = await untilWaiting(1)
    await chain.rpc('anvil_dropTransaction', first?.hash)
    await untilWaiting(1)
    await mine()
    await appending
    expect(await listed()).toEqual([record.id])
  })

  it('fills the gap when the pool has dropped one that others of the account wait behind', async () => {
    await open()
    await stopMining()
    const [one, two] = [newRecord(), newRecord()]
    const first = ledger.append(STREAM, [one])
    await untilWaiting(1)
    const second = ledger.append(OTHER, [two])
    const [dropped] = (await untilWaiting(2)).toSorted((a, b) => Number(BigInt(a.nonce) - BigInt(b.nonce)))
    await chain.rpc('anvil_dropTransaction', dropped?.hash)
    await untilWaiting(2)
    await mine()
    await Promise.all([first, second])
    expect([await listed(), await listed(OTHER)]).toEqual([[one.id], [two.id]])
  })

  it('fills nonces that a reorganisation has given back while others wait behind', async () => {
    await open({ finality: { confirmationsMin: 10 } })
    const [one, two] = [newRecord(), newRecord()]
    await ledger.append(STREAM, [one])
    await stopMining()
    const second = ledger.append(OTHER, [two])
    await untilWaiting(1)
    await chain.rpc('anvil_reorg', 1, [])
    await chain.rpc('evm_setAutomine', true)
    await mine()
    await second
    expect(await ledger.finality([{ stream: STREAM, ...one }, { stream: OTHER, ...two }])).toEqual(['absent', 'pending'])
    await ledger.append(STREAM, [one])
    expect(await ledger.finality([{ stream: STREAM, ...one }])).toEqual(['pending'])
  })

  it('looks again when another transaction of the account has taken the nonce', async () => {
    await open()
    await stopMining()
    const record = newRecord()
    const appending = ledger.append(STREAM, [record])
    const [first] = await untilWaiting(1)
    await chain.rpc('anvil_dropTransaction', first?.hash)
    await chain.rpc('anvil_impersonateAccount', world.owner.address)
    proxy.fault = (methods) => (methods.includes('eth_sendRawTransaction') ? 'lose-request' : undefined)
    await chain.rpc('eth_sendTransaction', { from: world.owner.address, to: world.owner.address, value: '0x0', nonce: first?.nonce, maxFeePerGas: '0x2540be400' })
    await mine()
    await chain.rpc('evm_setAutomine', true)
    proxy.fault = () => undefined
    await appending
    expect(await listed()).toEqual([record.id])
  })

  it('replaces what an earlier process left in the pool', async () => {
    await open({ acceptWithinMs: 2_000 })
    await stopMining()
    const [left, next] = [newRecord(), newRecord()]
    const lost = ledger.append(STREAM, [left]).catch((error: unknown) => error)
    const [first] = await untilWaiting(1)
    await ledger.close()
    await lost
    const again = await world.open(world.owner)
    const appending = again.append(STREAM, [next])
    await expect.poll(async () => (await waiting())[0]?.hash, { timeout: 10_000 }).not.toBe(first?.hash)
    await mine()
    await appending
    expect((await again.list(STREAM, { limit: 10 })).records.map(({ id }) => id)).toEqual([next.id])
    await chain.rpc('evm_setAutomine', true)
    await again.append(STREAM, [left])
    expect((await again.list(STREAM, { limit: 10 })).records.map(({ id }) => id)).toEqual([next.id, left.id])
  })

  it('writes once when the answer to the transaction is lost', async () => {
    await open()
    let lost = 0
    proxy.fault = (methods) => (methods.includes('eth_sendRawTransaction') && (lost += 1) === 1 ? 'lose-answer' : undefined)
    const record = newRecord()
    await ledger.append(STREAM, [record])
    expect(lost).toBeGreaterThan(0)
    expect(await listed()).toEqual([record.id])
    expect(await ledger.append(STREAM, [record])).toMatchObject([{ id: record.id, state: 'final' }])
  })

  it('sends again when the transaction itself was lost on the way', async () => {
    await open()
    let lost = 0
    proxy.fault = (methods) => (methods.includes('eth_sendRawTransaction') && (lost += 1) === 1 ? 'lose-request' : undefined)
    const record = newRecord()
    await ledger.append(STREAM, [record])
    expect(await listed()).toEqual([record.id])
  })

  it('says that nothing was sent when the node is away before the transaction', async () => {
    await open()
    proxy.fault = () => 'lose-request'
    await expect(ledger.append(STREAM, newRecords(1))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    proxy.fault = (methods) => (methods.includes('eth_estimateGas') ? 'lose-answer' : undefined)
    await expect(ledger.append(STREAM, newRecords(1))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(await listed()).toEqual([])
  })

  it('does not send what the account cannot pay for', async () => {
    await open()
    await chain.rpc('anvil_setBalance', world.owner.address, '0x1')
    await expect(ledger.append(STREAM, newRecords(1))).rejects.toMatchObject({ code: 'LEDGER_REJECTED' })
    expect((await ledger.health()).problems.map(({ code }) => code)).toContain('LEDGER_REJECTED')
  })

  it('keeps no more in flight than the settings allow', async () => {
    await open({ inFlightMax: 1, acceptWithinMs: 1_500 })
    await stopMining()
    await expect(ledger.append(STREAM, newRecords(1))).rejects.toMatchObject({ code: 'LEDGER_OUTCOME_UNKNOWN' })
    expect(await waiting()).toHaveLength(1)
    await expect(ledger.append(OTHER, newRecords(1))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE', details: { inFlightMax: 1 } })
    expect(await waiting()).toHaveLength(1)
  })

  it('refuses a signature of another account', async () => {
    await open()
    const stranger = await world.account()
    const ill = await world.open({ address: world.owner.address, signDigest: (digest) => stranger.signDigest(digest) })
    await expect(ill.append(STREAM, newRecords(1))).rejects.toMatchObject({ code: 'LEDGER_REJECTED' })
  })
})
