import { createHash, randomBytes } from 'node:crypto'
import { LedgerError } from '@careledger/ledger-spec'
import type { NewRecord } from '@careledger/ledger-spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestNetwork, type TestNetwork } from './__fixtures__/test-network.ts'
import { createFabricLedger, createFabricSigner, type FabricLedgerSettings } from './index.ts'

const hex = (bytes: number) => randomBytes(bytes).toString('hex')
const newRecords = (count: number): NewRecord[] => Array.from({ length: count }, () => ({ id: hex(16), key: hex(32), digest: hex(32) }))

describe('peers that take one key in a message', () => {
  let network: TestNetwork
  beforeAll(async () => { network = await startTestNetwork({ batchedMessages: false }) })
  afterAll(() => network.stop())

  it.each(['gateway', 'network'] as const)('have appends of at most 100 records, by %s, in public and in private', async (client) => {
    const ledger = await network.open(await network.createChannel(['labs']), 'admin', { client })
    expect(ledger.describe().limits.recordsMax).toBe(100)
    await ledger.privateStreams.open('private', [network.accountOf('admin')])
    for (const stream of ['labs', 'private']) {
      const records = newRecords(100)
      await ledger.append(stream, records, { until: 'final' })
      const listed = (await ledger.list(stream, { limit: 1_000 })).records
      expect(listed.map(({ id, key, digest }) => ({ id, key, digest }))).toEqual(records)
      expect((await ledger.list(stream, { key: records[7]?.key ?? '', limit: 10 })).records).toEqual([listed[7]])
    }
  })
})

describe('one network, used in another way', () => {
  let network: TestNetwork
  beforeAll(async () => { network = await startTestNetwork() })
  afterAll(() => network.stop())

  /** Settings that list every peer and orderer, as an administrator would write them down. */
  function listedNodes(channel: string): FabricLedgerSettings {
    const { peers, orderers } = network.peer.connectionProfile('Org1MSP')
    const toNode = ({ url, tlsCACerts }: { readonly url: string; readonly tlsCACerts: { readonly pem: string } }) => ({ address: url.replace('grpcs://', ''), tlsCertificate: tlsCACerts.pem })
    const { address, tlsRootCertificate } = network.peer.gateway('Org2MSP')
    const own = network.peer.gateway('Org1MSP')
    expect(Object.keys(peers)).toHaveLength(2)
    return {
      client: 'network', channel, chaincode: network.peer.chaincodeName,
      peer: { address: own.address, tlsCertificate: own.tlsRootCertificate },
      discovery: { peers: [{ address, tlsCertificate: tlsRootCertificate, mspId: 'Org2MSP' }], orderers: Object.values(orderers).map(toNode) },
      collections: [{ name: 'org1Only', organisations: ['Org1MSP'] }],
    }
  }

  async function slowSigner() {
    const signer = createFabricSigner(await network.peer.enrol({ mspId: 'Org1MSP', name: 'admin' }))
    return { ...signer, sign: async (message: Uint8Array) => await signer.sign(message) }
  }

  it('a signer that takes its time works with listed peers and orderers', async () => {
    const channel = await network.createChannel(['labs'])
    const ledger = await createFabricLedger({ settings: listedNodes(channel), signer: await slowSigner() })
    try {
      await ledger.privateStreams.open('private', [network.accountOf('admin')])
      for (const stream of ['labs', 'private']) {
        const records = newRecords(3)
        await ledger.append(stream, records, { until: 'final' })
        expect((await ledger.list(stream, { limit: 10 })).records.map(({ id }) => id)).toEqual(records.map(({ id }) => id))
      }
    } finally {
      await ledger.close()
    }
  })

  it('a signer that takes its time is refused where fabric-network cannot wait', async () => {
    const channel = await network.createChannel([])
    const { discovery: _, ...settings } = listedNodes(channel)
    await expect(createFabricLedger({ settings, signer: await slowSigner() })).rejects.toThrow(TypeError)
  })

  it('spaces share a chaincode and see nothing of each other', async () => {
    const channel = await network.createChannel([])
    const [one, other] = await Promise.all(['one', 'other'].map((space) => network.open(channel, 'admin', { client: 'gateway', space })))
    if (one === undefined || other === undefined) throw new Error('Two ledgers were to be opened')
    for (const ledger of [one, other]) await ledger.membership.grant('labs', network.accountOf('admin'), 'write')
    const [record] = newRecords(1)
    if (record === undefined) throw new Error('One record was to be made')
    await one.append('labs', [record])
    expect(await other.getMany('labs', [record.id])).toEqual([undefined])
    expect(one.describe().ledgerId).not.toBe(other.describe().ledgerId)
  })

  it('data that is too much for one answer of the chaincode still fills a page', async () => {
    const ledger = await network.open(await network.createChannel(['labs']), 'admin', { client: 'gateway' })
    const records = Array.from({ length: 6 }, () => {
      const data = randomBytes(1_000_000)
      return { id: hex(16), digest: createHash('sha256').update(data).digest('hex'), data }
    })
    for (const record of records) await ledger.append('labs', [record])
    const page = await ledger.list('labs', { limit: 6 })
    expect(page.records.map(({ data = new Uint8Array(0) }) => createHash('sha256').update(data).digest('hex'))).toEqual(records.map(({ digest }) => digest))
    expect(page.next).toBeUndefined()
    expect((await ledger.getMany('labs', records.map(({ id }) => id))).map((record) => record?.digest)).toEqual(records.map(({ digest }) => digest))
  })

  it('a member by attribute may write, and another of its organisation may not', async () => {
    const channel = await network.createChannel([])
    const administrator = await network.open(channel, 'admin', { client: 'gateway' })
    await administrator.membership.grant('labs', 'Org1MSP#careledger=writer', 'write')
    const own = network.peer.gateway('Org1MSP')
    const settings: FabricLedgerSettings = { client: 'gateway', channel, chaincode: network.peer.chaincodeName, peer: { address: own.address, tlsCertificate: own.tlsRootCertificate } }
    const codes = await Promise.all([{ careledger: 'writer' }, { careledger: 'reader' }].map(async (attributes) => {
      const ledger = await createFabricLedger({ settings, signer: createFabricSigner(await network.peer.enrol({ name: 'somebody', attributes })) })
      return await ledger.append('labs', newRecords(1)).then(() => 'resolved', (error: unknown) => (LedgerError.is(error) ? error.code : String(error))).finally(() => ledger.close())
    }))
    expect(codes).toEqual(['resolved', 'LEDGER_UNAUTHORISED'])
  })
})
