import type { Ledger } from '@careledger/ledger-spec'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { encodeAppend, modernBuild } from './contract/records-contract.ts'
import { startFaultyProxy, type FaultyProxy, type SeenCall } from './testing/faulty-proxy.ts'
import { createWorld, grantAll, type EthereumWorld } from './testing/fixtures.ts'
import { newRecord, newRecords } from './testing/records.ts'
import { findAnvil, startAnvil, type DevelopmentChain } from './testing/start-anvil.ts'

const STREAM = 'conformance-a'

describe.skipIf(findAnvil() === undefined)('reading (skipped where npm has no anvil for the platform)', () => {
  let chain: DevelopmentChain
  let world: EthereumWorld
  let ledger: Ledger
  let proxy: FaultyProxy
  beforeAll(async () => { chain = await startAnvil() })
  afterAll(() => chain.stop())
  beforeEach(async () => {
    world = await createWorld(chain)
    proxy = await startFaultyProxy(chain.url)
    ledger = await world.open(world.owner)
    await grantAll(ledger, [world.owner])
  })
  afterEach(async () => {
    await world.closeAll()
    await proxy.stop()
  })

  const ids = async (reader: Ledger, after?: string) => (await reader.list(STREAM, { after, limit: 1_000 })).records.map(({ id }) => id)
  const block = (value: unknown) => Number(BigInt(String(value)))
  const ranges = (calls: readonly SeenCall[]) => calls.filter(({ method }) => method === 'eth_getLogs').map(({ params: [filter] }) => filter as { readonly fromBlock: string; readonly toBlock: string })

  it('begins a page near its position in a new process, not at the beginning of the chain', async () => {
    const records = newRecords(140)
    for (const record of records) await ledger.append(STREAM, [record])
    const { records: listed } = await ledger.list(STREAM, { limit: 1_000 })
    const height = block(await chain.rpc('eth_blockNumber'))
    const firsts: number[] = []
    proxy.fault = (_methods, calls) => {
      for (const { fromBlock } of ranges(calls)) firsts.push(block(fromBlock))
      return undefined
    }
    const reader = await world.open(undefined, { urls: [proxy.url] })
    expect(await ids(reader, listed[129]?.position)).toEqual(records.slice(130).map(({ id }) => id))
    expect(height - (firsts[0] ?? 0)).toBeLessThan(64)
  })

  it('asks for fewer blocks when the node refuses, and finds everything all the same', async () => {
    const records = newRecords(20)
    for (const record of records) await ledger.append(STREAM, [record])
    proxy.fault = (_methods, calls) => (ranges(calls).some(({ fromBlock, toBlock }) => block(toBlock) - block(fromBlock) >= 4) ? { code: -32005, message: 'query exceeds max block range' } : undefined)
    const reader = await world.open(undefined, { urls: [proxy.url] })
    expect(await ids(reader)).toEqual(records.map(({ id }) => id))
    expect((await reader.getMany(STREAM, records.map(({ id }) => id))).map((record) => record?.digest)).toEqual(records.map(({ digest }) => digest))
    expect((await reader.list(STREAM, { key: records[7]?.key, limit: 5 })).records.map(({ id }) => id)).toEqual([records[7]?.id])
  })

  it('counts the first record with an id only, wherever it is looked for [effective-1]', async () => {
    const [first, other] = [newRecord(), newRecord()]
    const second = newRecord({ id: first.id })
    await ledger.append(STREAM, [first])
    await chain.rpc('anvil_impersonateAccount', world.owner.address)
    await chain.send({ from: world.owner.address, to: world.contract, data: encodeAppend(modernBuild, STREAM, 1n, [second, other]) })
    expect((await ledger.list(STREAM, { limit: 2 })).records.map(({ digest }) => digest)).toEqual([first.digest, other.digest])
    expect((await ledger.list(STREAM, { key: second.key, limit: 2 })).records).toEqual([])
    expect((await ledger.getMany(STREAM, [first.id]))[0]?.digest).toBe(first.digest)
    expect(await ledger.finality([{ stream: STREAM, ...second }])).toEqual(['lost'])
  })

  it('lists no log of a stranger, and the contract takes none [effective-2]', async () => {
    const stranger = await world.account()
    await chain.rpc('anvil_impersonateAccount', stranger.address)
    expect(await chain.send({ from: stranger.address, to: world.contract, gas: '0x30000', data: encodeAppend(modernBuild, STREAM, 0n, [newRecord()]) })).toMatchObject({ status: '0x0', logs: [] })
    expect(await ids(ledger)).toEqual([])
  })

  it('goes on at the next node when one is away, and says so when that is of another chain', async () => {
    const record = newRecord()
    await ledger.append(STREAM, [record])
    const reader = await world.open(undefined, { urls: [proxy.url, chain.url] })
    proxy.fault = () => 'lose-request'
    expect(await ids(reader)).toEqual([record.id])
    const elsewhere = await startAnvil({ flags: ['--chain-id', '77'] })
    try {
      proxy.fault = () => undefined
      const mixed = await world.open(undefined, { urls: [proxy.url, elsewhere.url] })
      proxy.fault = () => 'lose-request'
      await expect(ids(mixed)).rejects.toMatchObject({ code: 'LEDGER_WRONG_CHAIN' })
    } finally {
      await elsewhere.stop()
    }
  })

  it('opens no ledger on another chain, at another contract, or without a node', async () => {
    await expect(world.open(undefined, { chainId: 5n })).rejects.toMatchObject({ code: 'LEDGER_WRONG_CHAIN' })
    await expect(world.open(undefined, { contract: world.owner.address })).rejects.toMatchObject({ code: 'LEDGER_WRONG_CHAIN' })
    await expect(world.open(undefined, { profile: 'legacy', urls: ['http://127.0.0.1:1'] })).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
  })

  it('only reads without a signer', async () => {
    const reader = await world.open()
    await expect(reader.append(STREAM, newRecords(1))).rejects.toMatchObject({ code: 'LEDGER_UNAUTHORISED' })
    await expect(reader.membership.grant(STREAM, world.owner.address, 'write')).rejects.toMatchObject({ code: 'LEDGER_UNAUTHORISED' })
    expect((await reader.membership.list(STREAM)).map(({ member }) => member)).toEqual([world.owner.address])
  })

  it('lets only the administrator change rights, of addresses, and no right to read', async () => {
    const other = await world.account()
    const writer = await world.open(other)
    await expect(writer.membership.grant(STREAM, other.address, 'write')).rejects.toMatchObject({ code: 'LEDGER_UNAUTHORISED' })
    await expect(ledger.membership.grant(STREAM, 'nobody', 'write')).rejects.toMatchObject({ code: 'LEDGER_INVALID_RECORD' })
    await expect(ledger.membership.grant(STREAM, other.address, 'read')).rejects.toMatchObject({ code: 'LEDGER_NOT_SUPPORTED' })
  })

  it('says that a node is behind when it is', async () => {
    const record = newRecord()
    await ledger.append(STREAM, [record])
    const snapshot = await chain.rpc('evm_snapshot')
    await ledger.append(STREAM, newRecords(1))
    await chain.rpc('evm_revert', snapshot)
    await expect(ids(ledger)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
  })

  it('reports a node that does not answer, and that answers again', async () => {
    const reader = await world.open(undefined, { urls: [proxy.url] })
    expect((await reader.health()).ok).toBe(true)
    proxy.fault = () => 'lose-request'
    expect((await reader.health()).problems.map(({ code }) => code)).toEqual(['LEDGER_UNAVAILABLE'])
    proxy.fault = () => undefined
    expect((await reader.health()).ok).toBe(true)
  })

  it('is unavailable while the node answers with errors that nobody knows', async () => {
    const reader = await world.open(undefined, { urls: [proxy.url] })
    proxy.fault = () => ({ code: -32603, message: 'internal error' })
    await expect(ids(reader)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
  })
})
