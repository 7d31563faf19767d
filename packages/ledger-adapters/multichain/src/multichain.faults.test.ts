import { randomBytes } from 'node:crypto'
import type { Ledger, NewRecord } from '@careledger/ledger-spec'
import { afterEach, describe, expect, it } from 'vitest'
import { createMultiChainLedger, type MultiChainLedgerSettings } from './index.ts'
import { encodeItem } from './item-format.ts'
import { createDoubleNetwork, type DoubleNetwork, type DoubleNetworkOptions } from './testing/double-network.ts'
import { callNode } from './testing/node-access.ts'

const STREAM = 'labs'
const NAME = `careledger-${STREAM}`
const open: { close(): Promise<void> }[] = []

afterEach(async () => { for (const each of open.splice(0).reverse()) await each.close() })

const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
const newRecord = (parts: Partial<NewRecord> = {}): NewRecord => ({ id: hex(16), key: hex(32), digest: hex(32), ...parts })
const code = (expected: string) => expect.objectContaining({ name: 'LedgerError', code: expected }) as Error

/** A chain with one stream that every node's address may write. Blocks come only when a test makes them. */
async function createWorld(options: DoubleNetworkOptions = {}): Promise<DoubleNetwork> {
  const network = await createDoubleNetwork(options)
  open.push(network)
  const [first] = network.servers
  await callNode(first.access, 'create', ['stream', NAME, { restrict: 'write' }])
  for (const { node } of network.servers.slice(1)) await callNode(first.access, 'grant', [node.addresses[0], `${NAME}.write`])
  network.chain.mine()
  return network
}

async function connect(network: DoubleNetwork, index = 0, settings: Partial<MultiChainLedgerSettings> = {}): Promise<Ledger> {
  const server = network.servers[index] ?? network.servers[0]
  const { url, user, password } = server.access
  const ledger = await createMultiChainLedger({
    settings: { url, credentials: { user, password }, chain: { name: network.chainName }, address: server.node.addresses[0], pollMs: 5, busyForMs: 2_000, timeoutMs: 5_000, ...settings },
  })
  open.push(ledger)
  return ledger
}

const ids = async (ledger: Ledger): Promise<readonly string[]> => (await ledger.list(STREAM, { limit: 100 })).records.map(({ id }) => id)

describe('an overloaded, starting or stopping node', () => {
  it('is asked again after 503, warm-up and stopping, and the append is there once', async () => {
    const network = await createWorld()
    const ledger = await connect(network)
    const record = newRecord()
    network.servers[0].fail(['busy', 'busy', 'warm-up', 'stopping', 'busy'])
    network.servers[0].fail(['busy', 'warm-up'], 'publishmultifrom')
    await ledger.append(STREAM, [record])
    expect(network.servers[0].executed.filter((method) => method === 'publishmultifrom')).toHaveLength(1)
    network.chain.mine(0, 8)
    expect(await ids(ledger)).toEqual([record.id])
  })

  it('that stays overloaded is LEDGER_UNAVAILABLE, and nothing was sent', async () => {
    const network = await createWorld()
    const ledger = await connect(network, 0, { busyForMs: 20 })
    network.servers[0].fail(Array.from({ length: 200 }, () => 'busy'), 'publishmultifrom')
    await expect(ledger.append(STREAM, [newRecord()])).rejects.toEqual(code('LEDGER_UNAVAILABLE'))
    expect(network.servers[0].executed).not.toContain('publishmultifrom')
  })
})

describe('a connection that is cut after sending', () => {
  it('is settled by looking for the ids when the node has executed the call', async () => {
    const network = await createWorld()
    const ledger = await connect(network)
    const record = newRecord()
    network.servers[0].fail(['cut-after'], 'publishmultifrom')
    expect(await ledger.append(STREAM, [record])).toMatchObject([{ id: record.id, state: 'pending' }])
    await ledger.append(STREAM, [record])
    expect(network.chain.nodes[0]?.mempool).toHaveLength(1)
  })

  it.each(['cut-before', 'garbage'] as const)('is LEDGER_OUTCOME_UNKNOWN when nobody can tell (%s), and calling again writes the record once', async (fault) => {
    const network = await createWorld()
    const ledger = await connect(network)
    const record = newRecord()
    network.servers[0].fail([fault], 'publishmultifrom')
    await expect(ledger.append(STREAM, [record])).rejects.toEqual(code('LEDGER_OUTCOME_UNKNOWN'))
    await ledger.append(STREAM, [record])
    network.chain.mine(0, 8)
    expect(await ids(ledger)).toEqual([record.id])
    expect(network.chain.nodes[0]?.blocks().flatMap(({ transactions }) => transactions).filter(({ act }) => act.kind === 'publish')).toHaveLength(1)
  })
})

describe('a subscription', () => {
  it('is made at opening, and again when the node has forgotten it', async () => {
    const network = await createWorld()
    const ledger = await connect(network)
    expect(network.servers[0].executed).toContain('subscribe')
    const record = newRecord()
    await ledger.append(STREAM, [record])
    network.servers[0].node.forgetSubscriptions()
    network.chain.mine(0, 8)
    expect(await ids(ledger)).toEqual([record.id])
  })

  it('is not made to a stream that everybody may write, or that is not there', async () => {
    const network = await createWorld()
    await callNode(network.servers[0].access, 'create', ['stream', 'careledger-open', { restrict: 'offchain' }])
    const ledger = await connect(network)
    await expect(ledger.append('open', [newRecord()])).rejects.toEqual(code('LEDGER_REJECTED'))
    await expect(ledger.list('nowhere', { limit: 1 })).rejects.toEqual(code('LEDGER_REJECTED'))
    await expect(ledger.list('a-name-too-long-with-its-prefix', { limit: 1 })).rejects.toEqual(code('LEDGER_INVALID_RECORD'))
  })
})

describe('the order of two nodes', () => {
  it('differs before a block, and list shows neither until it is final', async () => {
    const network = await createWorld({ nodes: 2 })
    const clients = [await connect(network, 0), await connect(network, 1)] as const
    const id = hex(16)
    const contents = [newRecord({ id }), newRecord({ id })] as const
    await Promise.all(clients.map((client, index) => client.append(STREAM, [contents[index] ?? newRecord()])))
    const order = network.chain.nodes.map(({ mempool }) => mempool.map(({ txid }) => txid))
    expect(order[0]).toEqual(order[1]?.toReversed())
    for (const client of clients) {
      expect(await ids(client)).toEqual([])
      for (const { digest } of contents) expect(await client.finality([{ stream: STREAM, id, digest }])).toEqual(['pending'])
    }
    network.chain.mine(0, 7)
    for (const client of clients) expect(await ids(client)).toEqual([])
    network.chain.mine(1)
    const won = await clients[0].list(STREAM, { limit: 5 })
    expect(won.records).toHaveLength(1)
    expect(await clients[1].list(STREAM, { limit: 5 })).toEqual(won)
    const states = await clients[0].finality(contents.map(({ digest }) => ({ stream: STREAM, id, digest })))
    expect([...states].sort()).toEqual(['final', 'lost'])
  })

  it.each([1, 2, 3])('after a reorganisation of %i blocks is the same, and nothing that was not final was listed', async (depth) => {
    const network = await createWorld({ nodes: 2 })
    const clients = [await connect(network, 0), await connect(network, 1)] as const
    network.chain.part()
    const [here, there] = [newRecord(), newRecord()]
    await clients[0].append(STREAM, [here])
    network.chain.mine(0, depth)
    await clients[1].append(STREAM, [there])
    network.chain.mine(1, depth + 1)
    expect(await clients[0].finality([{ stream: STREAM, id: here.id, digest: here.digest }])).toEqual(['pending'])
    network.chain.join()
    expect(await clients[0].finality([{ stream: STREAM, id: here.id, digest: here.digest }])).toEqual(['pending'])
    network.chain.mine(0, 8)
    expect(await ids(clients[0])).toEqual([there.id, here.id])
    expect(await ids(clients[1])).toEqual([there.id, here.id])
    expect((await clients[0].health()).problems).toEqual([])
  })

  it('after a fork as deep as finality is LEDGER_CORRUPTION in list, in a running watch and in health', async () => {
    const network = await createWorld({ nodes: 2 })
    const ledger = await connect(network)
    network.chain.part()
    await ledger.append(STREAM, [newRecord()])
    network.chain.mine(0, 8)
    const watching = ledger.watch(STREAM, { signal: AbortSignal.timeout(10_000) })[Symbol.asyncIterator]()
    const { value } = await watching.next()
    const next = watching.next()
    network.chain.mine(1, 12)
    network.chain.join()
    await expect(next).rejects.toEqual(code('LEDGER_CORRUPTION'))
    await expect(ledger.list(STREAM, { limit: 1 })).rejects.toEqual(code('LEDGER_CORRUPTION'))
    const restarted = await connect(network)
    expect((await restarted.health()).problems.map((problem) => problem.code)).toEqual(['LEDGER_CORRUPTION'])
    await expect(restarted.list(STREAM, { after: value?.position, limit: 1 })).rejects.toEqual(code('LEDGER_CORRUPTION'))
    const settled = await connect(network, 0, { forksSettledBelow: 100 })
    expect((await settled.health()).problems).toEqual([])
  })
})

describe('what is not ours', () => {
  it('does not exist for any verb', async () => {
    const network = await createWorld()
    const ledger = await connect(network)
    const [{ access, node }] = network.servers
    const record = newRecord()
    const other = encodeItem([newRecord({ id: record.id, key: record.key })])
    const strange = [
      { ...other, data: `${other.data}00` }, { ...other, data: { text: 'free text' } }, { ...other, data: { json: {} } }, { ...other, options: 'offchain' },
      { keys: [], data: '' }, { keys: [`i${record.id}`, 'mine'], data: other.data }, { keys: [`i${record.id}`], data: 'ff'.repeat(20_000) },
    ]
    for (const item of strange) await callNode(access, 'publishmultifrom', [node.addresses[0], NAME, [item]])
    expect(await ledger.getMany(STREAM, [record.id])).toEqual([undefined])
    await ledger.append(STREAM, [record])
    network.chain.mine(0, 8)
    expect(await ids(ledger)).toEqual([record.id])
    expect((await ledger.list(STREAM, { key: record.key, limit: 5 })).records.map(({ digest }) => digest)).toEqual([record.digest])
    expect((await ledger.getMany(STREAM, [record.id]))[0]?.digest).toBe(record.digest)
  })

  it('includes what a writer sent whose right was taken before a block had it', async () => {
    const network = await createWorld({ nodes: 2 })
    const [first, second] = [await connect(network, 0), await connect(network, 1)]
    const record = newRecord()
    network.chain.part()
    await callNode(network.servers[0].access, 'revokefrom', [network.servers[0].node.addresses[0], network.servers[1]?.node.addresses[0], `${NAME}.write`])
    await second.append(STREAM, [record])
    network.chain.mine(0, 2)
    network.chain.join()
    network.chain.mine(1, 8)
    for (const client of [first, second]) expect(await client.getMany(STREAM, [record.id])).toEqual([undefined])
    expect(await second.finality([{ stream: STREAM, id: record.id, digest: record.digest }])).toEqual(['absent'])
    await expect(second.append(STREAM, [record])).rejects.toEqual(code('LEDGER_UNAUTHORISED'))
  })
})

describe('opening', () => {
  it('refuses another chain, by name and by genesis block, and wrong credentials', async () => {
    const network = await createWorld()
    await expect(connect(network, 0, { chain: { name: 'another' } })).rejects.toEqual(code('LEDGER_WRONG_CHAIN'))
    await expect(connect(network, 0, { chain: { name: network.chainName, genesisHash: hex(32) } })).rejects.toEqual(code('LEDGER_WRONG_CHAIN'))
    await expect(connect(network, 0, { credentials: () => ({ user: 'u', password: 'wrong' }) })).rejects.toEqual(code('LEDGER_UNAUTHORISED'))
    const ledger = await connect(network, 0, { chain: { name: network.chainName, genesisHash: network.chain.genesis.hash } })
    expect(ledger.describe().ledgerId).toContain(network.chain.genesis.hash)
  })

  it('refuses confirmations that no chain reaches, and few ones where miners do not take turns', async () => {
    const network = await createWorld()
    await expect(connect(network, 0, { confirmationsMin: 11 })).rejects.toBeInstanceOf(TypeError)
    await expect(connect(network, 0, { confirmationsMin: 7 })).rejects.toEqual(code('LEDGER_REJECTED'))
    const strict = await createWorld({ params: { 'mining-diversity': 1 } })
    expect((await connect(strict, 0, { confirmationsMin: 1 })).describe().kind).toBe('multichain')
    const lazy = await createWorld({ params: { 'mine-empty-rounds': 5 } })
    await expect(connect(lazy)).rejects.toEqual(code('LEDGER_REJECTED'))
    await expect(connect(network, 0, { url: 'http://u:p@127.0.0.1:1/' })).rejects.toBeInstanceOf(TypeError)
  })
})

describe('health', () => {
  it('tells of a chain that stands still while records wait, and not of one that is only quiet', async () => {
    let clock = Date.now() - 3_600_000
    const network = await createWorld({ now: () => clock })
    const ledger = await connect(network)
    network.chain.mine(0, 11)
    expect(await ledger.health()).toMatchObject({ ok: true, height: 12n, finalHeight: 5n })
    await ledger.append(STREAM, [newRecord()])
    expect((await ledger.health()).problems).toMatchObject([{ code: 'LEDGER_UNAVAILABLE' }])
    network.chain.mine(0, 3)
    expect((await ledger.health()).problems).toMatchObject([{ code: 'LEDGER_UNAVAILABLE' }])
    clock = Date.now()
    network.chain.mine(0, 1)
    expect((await ledger.health()).ok).toBe(true)
  })
})

describe('data', () => {
  it('larger than a node shows in a list is fetched, once', async () => {
    const network = await createWorld()
    const ledger = await connect(network)
    const data = Uint8Array.from(randomBytes(100_000))
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', data)).toString('hex')
    const record = newRecord({ data, digest })
    await ledger.append(STREAM, [record])
    network.chain.mine(0, 8)
    for (let turn = 0; turn < 2; turn += 1) expect((await ledger.getMany(STREAM, [record.id]))[0]).toMatchObject({ digest, data })
    expect(network.servers[0].executed.filter((method) => method === 'gettxoutdata')).toHaveLength(1)
  })
})
