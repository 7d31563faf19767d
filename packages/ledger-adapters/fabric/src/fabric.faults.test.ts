import { createHash, randomBytes } from 'node:crypto'
import { LedgerError } from '@careledger/ledger-spec'
import type { Ledger, NewRecord } from '@careledger/ledger-spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestNetwork, type TestNetwork } from './__fixtures__/test-network.ts'
import { createFabricLedger, createFabricSigner, type FabricLedgerSettings } from './index.ts'

// What can go wrong between client, peers and orderer, on purpose: each fault once for each client.
const STREAM = 'labs'
let network: TestNetwork
beforeAll(async () => { network = await startTestNetwork({ absoluteMaxBytes: 1_048_576 }) })
afterAll(() => network.stop())

const hex = (bytes: number) => randomBytes(bytes).toString('hex')
const newRecord = (): NewRecord => ({ id: hex(16), key: hex(32), digest: hex(32) })
const idsOn = async (ledger: Ledger) => (await ledger.list(STREAM, { limit: 100 })).records.map((record) => record.id)
const code = (work: Promise<unknown>) => work.then(() => 'resolved', (error: unknown) => (LedgerError.is(error) ? error.code : String(error)))

describe.each(['gateway', 'network'] as const)('a fault, by %s', (client) => {
  const FAST = { client, commitTimeoutMs: 300, settleForMs: 2_000 } as const
  async function start(settings: Partial<FabricLedgerSettings> = {}) {
    const channel = await network.createChannel([STREAM])
    const open = (person: 'admin' | 'writer') => network.open(channel, person, { ...FAST, ...settings })
    return { channel, open, ledger: await open('admin'), faults: network.peer.faults }
  }

  it('a lost answer of the orderer: the transaction is found by its id, once on the ledger', async () => {
    const { ledger, faults } = await start()
    const record = newRecord()
    faults.dropBroadcastAnswers(1)
    expect((await ledger.append(STREAM, [record]))[0]?.state).toBe('final')
    expect(await idsOn(ledger)).toEqual([record.id])
  })

  it('blocks that come late: looked up, the same envelope sent again, once on the ledger', async () => {
    const { ledger, faults, channel } = await start({ settleForMs: 20_000 })
    const record = newRecord()
    const release = faults.holdBlocks(channel)
    const appending = ledger.append(STREAM, [record])
    await expect.poll(() => faults.heldTransactions(channel), { timeout: 15_000 }).toBeGreaterThan(1)
    release()
    expect((await appending)[0]?.state).toBe('final')
    expect(await idsOn(ledger)).toEqual([record.id])
  })

  it('no block within the time: the outcome is unknown, and the same append settles it', async () => {
    const { ledger, faults, channel } = await start({ settleForMs: 300 })
    const record = newRecord()
    const release = faults.holdBlocks(channel)
    expect(await code(ledger.append(STREAM, [record]))).toBe('LEDGER_OUTCOME_UNKNOWN')
    release()
    await ledger.append(STREAM, [record], { until: 'final' })
    expect(await idsOn(ledger)).toEqual([record.id])
  })

  it('endorsers at different blocks: tried again, nothing lost or doubled', async () => {
    const { ledger, faults, open } = await start()
    const records = [newRecord(), newRecord(), newRecord()]
    await ledger.append(STREAM, records.slice(0, 1))
    faults.lagPeer('Org2MSP', 3)
    await ledger.append(STREAM, records.slice(1, 2))
    await ledger.append(STREAM, records.slice(2))
    expect(await idsOn(await open('writer'))).toEqual(records.map((record) => record.id))
  })

  it('a race for the counter: the loser begins again, and both appends stand together', async () => {
    const { ledger, open } = await start()
    const other = await open('writer')
    const batches = Array.from({ length: 6 }, () => [newRecord(), newRecord()])
    await Promise.all(batches.map((batch, index) => (index % 2 === 0 ? ledger : other).append(STREAM, batch)))
    const ids = await idsOn(ledger)
    expect([...ids].sort()).toEqual(batches.flat().map((record) => record.id).sort())
    for (const [first, second] of batches) expect(ids.indexOf(second?.id ?? '')).toBe(ids.indexOf(first?.id ?? '') + 1)
  })

  it('the orderer down: nothing is lost, and the append goes through when it is back', async () => {
    const { ledger, faults } = await start({ settleForMs: 20_000 })
    const record = newRecord()
    await ledger.append(STREAM, [newRecord()])
    await faults.orderer.stop()
    const appending = ledger.append(STREAM, [record])
    const first = await Promise.race([code(appending), new Promise((resolve) => { setTimeout(() => resolve('waiting'), 300) })])
    await faults.orderer.start()
    if (first === 'waiting') await appending
    else await ledger.append(STREAM, [record])
    expect((await idsOn(ledger)).filter((id) => id === record.id)).toEqual([record.id])
  })

  it('the own peer restarted: a watch goes on, and so do appends', async () => {
    const { ledger, faults } = await start()
    const records = [newRecord(), newRecord()]
    const seen: string[] = []
    const ending = new AbortController()
    const watching = (async () => { for await (const record of ledger.watch(STREAM, { signal: ending.signal })) seen.push(record.id) })().catch((error: unknown) => error)
    await ledger.append(STREAM, records.slice(0, 1))
    const peer = faults.peer('Org1MSP')
    await peer.stop()
    expect(await code(ledger.append(STREAM, records.slice(1)))).toBe('LEDGER_UNAVAILABLE')
    expect((await ledger.health()).ok).toBe(false)
    await peer.start()
    await expect.poll(() => code(ledger.append(STREAM, records.slice(1))), { timeout: 30_000 }).toBe('resolved')
    await expect.poll(() => seen, { timeout: 15_000 }).toEqual(records.map((record) => record.id))
    ending.abort()
    await watching
    expect((await ledger.health()).problems).toEqual([])
  })

  it('an endorser that refuses for a moment is LEDGER_UNAVAILABLE, and nothing was sent', async () => {
    const { ledger, faults } = await start()
    faults.refuseEndorsements(1, client === 'gateway' ? 'Org1MSP' : 'Org2MSP')
    const record = newRecord()
    expect(await code(ledger.append(STREAM, [record]))).toBe('LEDGER_UNAVAILABLE')
    expect(await idsOn(ledger)).toEqual([])
    await ledger.append(STREAM, [record])
    expect(await idsOn(ledger)).toEqual([record.id])
  })

  it('the chaincode restarted: health says so, and afterwards everything goes on', async () => {
    const { ledger, faults } = await start()
    await faults.chaincode.stop()
    expect(await code(ledger.append(STREAM, [newRecord()]))).toBe('LEDGER_UNAVAILABLE')
    expect((await ledger.health()).problems.map((problem) => problem.code)).toEqual(['LEDGER_UNAVAILABLE'])
    await faults.chaincode.start()
    await expect.poll(() => code(ledger.append(STREAM, [newRecord()])), { timeout: 15_000 }).toBe('resolved')
  })

  it('a transaction that is larger than the orderer takes is LEDGER_REJECTED, and nothing is there', async () => {
    const { ledger } = await start()
    const records = Array.from({ length: 3 }, () => {
      const data = randomBytes(400_000)
      return { id: hex(16), digest: createHash('sha256').update(data).digest('hex'), data }
    })
    expect(await code(ledger.append(STREAM, records))).toBe('LEDGER_REJECTED')
    expect(await idsOn(ledger)).toEqual([])
  })

  it('what the settings name is checked when it is opened', async () => {
    const { channel, ledger } = await start()
    const open = (settings: Partial<FabricLedgerSettings>) => code(network.open(channel, 'admin', { ...FAST, ...settings }))
    expect(await open({ ledgerId: ledger.describe().ledgerId })).toBe('resolved')
    expect(await open({ ledgerId: 'fabric:another' })).toBe('LEDGER_WRONG_CHAIN')
    expect(await open({ chaincode: 'another' })).toBe('LEDGER_UNAVAILABLE')
  })

  it('an identity that the channel does not know is LEDGER_UNAUTHORISED', async () => {
    const { channel } = await start()
    const { address, tlsRootCertificate } = network.peer.gateway('Org1MSP')
    const signer = createFabricSigner(await network.peer.enrol({ outsider: true, name: 'admin' }))
    const settings = { client, channel, chaincode: network.peer.chaincodeName, peer: { address, tlsCertificate: tlsRootCertificate }, discovery: { asLocalhost: true } }
    expect(await code(createFabricLedger({ settings, signer }).then((opened) => opened.close()))).toBe('LEDGER_UNAUTHORISED')
  })

  it('members of organisations that no collection has are LEDGER_REJECTED', async () => {
    const { ledger } = await start()
    expect(await code(ledger.privateStreams.open('private', [network.accountOf('writer')]))).toBe('LEDGER_REJECTED')
  })
})
