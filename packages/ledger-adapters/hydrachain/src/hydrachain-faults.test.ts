import { findAnvil } from '@careledger/ledger-ethereum/testing'
import type { Ledger, NewRecord, ListedRecord } from '@careledger/ledger-spec'
import { hexlify, randomBytes, sha256, SigningKey, Transaction } from 'ethers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createHydraChainLedger, deployHydraChainContract, signerFromPrivateKey, type HydraChainLedgerSettings } from './index.ts'
import { startHydraChainDouble, type HydraChainDouble } from './testing/hydrachain-double.ts'
import { createWorld, type HydraChainWorld } from './testing/hydrachain-world.ts'

const FAST = { validators: 'one', pollMs: 10, resendAfterMs: 100, requestTimeoutMs: 5_000, acceptWithinMs: 20_000 } as const

describe.skipIf(findAnvil() === undefined)('what HydraChain nodes do to transactions (skipped where npm has no anvil for the platform)', () => {
  let double: HydraChainDouble
  let world: HydraChainWorld
  let stream: string
  let streams = 0

  beforeAll(async () => {
    double = await startHydraChainDouble({ blockTimeMs: 5 })
    world = await createWorld(double.url, FAST)
  })
  beforeEach(async () => {
    streams += 1
    stream = `faults-${streams}`
    const administration = await world.open(world.owner)
    await administration.membership.grant(stream, world.owner.address, 'write')
  })
  afterEach(async () => {
    double.stall(false)
    double.hang(false)
    double.offline(false)
    await world.closeAll()
  })
  afterAll(() => double.close())

  it('a transaction that the node lost is sent again, under another hash', async () => {
    const ledger = await world.open(world.owner)
    double.lose(1)
    await ledger.append(stream, [record()])
    expect(await all(ledger)).toHaveLength(1)
  })

  it('a transaction that is lost several times in a row stands once', async () => {
    const ledger = await world.open(world.owner)
    double.lose(3)
    await ledger.append(stream, [record(), record()])
    expect(await all(ledger)).toHaveLength(2)
  })

  it('a transaction whose answer is cut off stands once', async () => {
    const ledger = await world.open(world.owner)
    double.cutAnswers('eth_sendRawTransaction', 1)
    await ledger.append(stream, [record()])
    expect(await all(ledger)).toHaveLength(1)
  })

  it('a transaction that the node stumbles over when it has passed it on stands once', async () => {
    const ledger = await world.open(world.owner)
    double.failAnswers('eth_sendRawTransaction', 1, "unhashable type: 'bytearray'")
    await ledger.append(stream, [record()])
    expect(await all(ledger)).toHaveLength(1)
  })

  it('what a restarted node has forgotten is given to it again', async () => {
    const ledger = await world.open(world.owner)
    double.stall(true)
    const appending = ledger.append(stream, [record()])
    await untilPending(double.url, world.owner.address)
    await double.restart()
    double.stall(false)
    await appending
    expect(await all(ledger)).toHaveLength(1)
  })

  it('no block in time is LEDGER_OUTCOME_UNKNOWN, and the same append settles it', async () => {
    const ledger = await world.open(world.owner, { acceptWithinMs: 300 })
    double.stall(true)
    const records = [record()]
    await expect(ledger.append(stream, records)).rejects.toMatchObject({ code: 'LEDGER_OUTCOME_UNKNOWN' })
    double.stall(false)
    await double.makeBlock()
    await ledger.append(stream, records)
    expect(await all(ledger)).toHaveLength(1)
  })

  it('what a client sent before it ended stands once when the next one appends it again', async () => {
    const first = await world.open(world.owner)
    double.stall(true)
    const records = [record(), record()]
    const appending = expect(first.append(stream, records)).rejects.toMatchObject({ code: 'LEDGER_OUTCOME_UNKNOWN' })
    await untilPending(double.url, world.owner.address)
    await first.close()
    await appending
    const second = await world.open(world.owner)
    const again = second.append(stream, records)
    double.stall(false)
    await again
    expect(await all(second)).toHaveLength(2)
  })

  it('two processes with one account, whose nonces collide without a word, append everything once', async () => {
    const [first, second] = [await world.open(world.owner), await world.open(world.owner)]
    await Promise.all([first, second].flatMap((ledger) => Array.from({ length: 4 }, () => ledger.append(stream, [record()]))))
    expect(await all(first)).toHaveLength(8)
  })

  it('a node that takes requests and does not answer is LEDGER_UNAVAILABLE', async () => {
    const ledger = await world.open(world.owner, { requestTimeoutMs: 200 })
    double.hang(true)
    await expect(ledger.getMany(stream, [record().id])).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    await expect(ledger.append(stream, [record()])).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(await ledger.health()).toMatchObject({ ok: false, problems: [{ code: 'LEDGER_UNAVAILABLE' }] })
    double.hang(false)
    await ledger.append(stream, [record()])
    expect(await all(ledger)).toHaveLength(1)
  })

  it('a fee that the account cannot pay is dropped without a word, health says why, and with money it goes on', async () => {
    const writer = world.account()
    const administration = await world.open(world.owner)
    await administration.membership.grant(stream, writer.address, 'write')
    const ledger = await world.open(writer, { gasPriceMaxWei: 1n, acceptWithinMs: 300 })
    const records = [record()]
    await expect(ledger.append(stream, records)).rejects.toMatchObject({ code: 'LEDGER_OUTCOME_UNKNOWN' })
    expect((await ledger.health()).problems.map(({ code }) => code)).toContain('LEDGER_REJECTED')
    await double.fund(writer.address, 10n ** 18n)
    await expect.poll(() => ledger.finality([{ stream, id: records[0]?.id ?? '', digest: records[0]?.digest ?? '' }]), { timeout: 10_000 }).toEqual(['final'])
    await ledger.append(stream, records)
    expect(await all(ledger)).toHaveLength(1)
  })

  it('a block with a failed transaction, at which the node answers no call, is read and written behind', async () => {
    const ledger = await world.open(world.owner)
    await ledger.append(stream, [record()])
    await burn(double, world.settings.contract)
    await ledger.append(stream, [record()])
    await burn(double, world.settings.contract)
    expect(await all(ledger)).toHaveLength(2)
    expect(await ledger.membership.list(stream)).toEqual([{ member: world.owner.address, right: 'write' }])
  })

  it('the limits that are declared fit in a block', async () => {
    const ledger = await world.open(world.owner)
    const { recordsMax, appendBytesMax, recordBytes, dataBytesMax } = ledger.describe().limits
    await ledger.append(stream, Array.from({ length: recordsMax }, () => record()))
    const withData = Array.from({ length: Math.floor(appendBytesMax / (recordBytes + dataBytesMax)) }, () => record(dataBytesMax))
    await ledger.append(stream, withData)
    expect((await all(ledger)).filter(({ data }) => data?.length === dataBytesMax)).toHaveLength(withData.length)
  })

  it('a node of another chain with the same genesis block and a contract at the same address is LEDGER_WRONG_CHAIN', async () => {
    const other = await startHydraChainDouble({ blockTimeMs: 5 })
    try {
      const signer = signerFromPrivateKey(hexlify(randomBytes(32)))
      const here = await deployHydraChainContract({ settings: { ...FAST, urls: [double.url] }, signer })
      const there = await deployHydraChainContract({ settings: { ...FAST, urls: [other.url] }, signer })
      expect(there.contract).toBe(here.contract)
      const open = (changes: Partial<HydraChainLedgerSettings>) => createHydraChainLedger({ settings: { ...FAST, ...here, urls: [double.url], ...changes }, signer })
      await expect(open({ urls: [other.url] })).rejects.toMatchObject({ code: 'LEDGER_WRONG_CHAIN' })
      const ledger = await open({ urls: [double.url, other.url] })
      double.offline(true)
      await expect(ledger.getMany(stream, [record().id])).rejects.toMatchObject({ code: 'LEDGER_WRONG_CHAIN' })
      await ledger.close()
    } finally {
      await other.close()
    }
  })

  it('an address without the contract is LEDGER_WRONG_CHAIN', async () => {
    await expect(world.open(world.owner, { contract: world.owner.address })).rejects.toMatchObject({ code: 'LEDGER_WRONG_CHAIN' })
  })

  it('somebody other than the administrator gives no rights: LEDGER_UNAUTHORISED, and nothing is sent', async () => {
    const somebody = world.account()
    const ledger = await world.open(somebody)
    await expect(ledger.membership.grant(stream, somebody.address, 'write')).rejects.toMatchObject({ code: 'LEDGER_UNAUTHORISED' })
    expect(await ask(double.url, 'eth_nonce', [somebody.address, 'pending'])).toBe('0x100000')
  })

  async function all(ledger: Ledger): Promise<readonly ListedRecord[]> {
    const { records, next } = await ledger.list(stream, { limit: ledger.describe().limits.pageMax })
    expect(next).toBeUndefined()
    return records
  }
})

function record(dataBytes = 0): NewRecord {
  const hex = (bytes: number): string => hexlify(randomBytes(bytes)).slice(2)
  if (dataBytes === 0) return { id: hex(16), key: hex(32), digest: hex(32) }
  const data = randomBytes(dataBytes)
  return { id: hex(16), key: hex(32), digest: sha256(data).slice(2), data }
}

/** Waits until the node has a transaction of the account that is in no block. */
async function untilPending(url: string, address: string): Promise<void> {
  await expect.poll(async () => await ask(url, 'eth_nonce', [address, 'pending']) !== await ask(url, 'eth_nonce', [address, 'latest']), { interval: 5, timeout: 10_000 }).toBe(true)
}

/** A block with a transaction that fails. */
async function burn(double: HydraChainDouble, contract: string): Promise<void> {
  const transaction = Transaction.from({ type: 0, chainId: 0n, nonce: 1_048_576, gasPrice: 0, gasLimit: 100_000, to: contract, data: '0xffffffff' })
  transaction.signature = new SigningKey(randomBytes(32)).sign(transaction.unsignedHash)
  await ask(double.url, 'eth_sendRawTransaction', [transaction.serialized])
  await double.makeBlock()
  expect(await ask(double.url, 'eth_getTransactionReceipt', [transaction.hash])).toMatchObject({ gasUsed: '0x186a0' })
}

async function ask(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
  return (await response.json() as { readonly result?: unknown }).result
}
