import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHash } from 'node:crypto'
import { common, ledger, peer as protos } from '@hyperledger/fabric-protos'
import { failureOf } from './__fixtures__/failure.ts'
import { connectGateway, type GatewayClient } from './__fixtures__/gateway-client.ts'
import { connectNetwork } from './__fixtures__/network-client.ts'
import { startNetwork } from './__fixtures__/start-network.ts'
import type { FabricTestPeer } from './index.ts'

let peer: FabricTestPeer
beforeAll(async () => {
  peer = await startNetwork()
})
afterAll(() => peer.stop())

async function put(client: GatewayClient, collection: string, key: string, value: string): Promise<void> {
  await client.contract.submit('put-private', { arguments: [collection, key], transientData: { value } })
}

describe('a collection of both organisations', () => {
  it('gives its values to the clients of both', async () => {
    const channel = peer.createChannel()
    await using first = await connectGateway(peer, channel)
    await put(first, 'both', 'k', 'secret')
    await using second = await connectGateway(peer, channel, { identity: await peer.enrol({ mspId: 'Org2MSP' }) })
    expect(await first.evaluate('get-private', 'both', 'k')).toBe('secret')
    await expect.poll(() => second.evaluate('get-private', 'both', 'k')).toBe('secret')
    expect(JSON.parse(await second.evaluate('private-keys', 'both'))).toEqual(['k'])
  })

  it('leaves nothing of key and value in the block but their hashes', async () => {
    const channel = peer.createChannel()
    await using client = await connectGateway(peer, channel)
    await put(client, 'both', 'secret-key', 'secret-value')
    const bytes = await client.network.getContract('qscc').evaluateTransaction('GetBlockByNumber', channel, '1')
    const text = Buffer.from(bytes).toString('latin1')
    expect(text).not.toContain('secret-value')
    const set = readWriteSetOf(common.Block.deserializeBinary(bytes))
    const hashed = ledger.rwset.kvrwset.HashedRWSet.deserializeBinary(set.getCollectionHashedRwsetList()[0]!.getHashedRwset_asU8())
    expect(hashed.getHashedWritesList()[0]!.getKeyHash_asU8()).toEqual(Uint8Array.from(sha256('secret-key')))
    expect(hashed.getHashedWritesList()[0]!.getValueHash_asU8()).toEqual(Uint8Array.from(sha256('secret-value')))
  })

  it('forgets a value that was purged', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    await put(client, 'both', 'k', '1')
    await client.submit('purge-private', 'both', 'k')
    expect(await client.evaluate('get-private', 'both', 'k')).toBe('')
  })
})

describe('a collection of the first organisation alone', () => {
  it('is endorsed by it alone, without being told', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    await put(client, 'one', 'k', 'secret')
    expect(await client.evaluate('get-private', 'one', 'k')).toBe('secret')
  })

  it('is written and read by fabric-network with its organisation named', async () => {
    await using client = await connectNetwork(peer, peer.createChannel(), { discovery: true })
    const transaction = client.contract.createTransaction('put-private').setTransient({ value: Buffer.from('secret') })
    await transaction.setEndorsingOrganizations('Org1MSP').submit('one', 'k')
    expect(await client.evaluate('get-private', 'one', 'k')).toBe('secret')
  })

  it('is closed to the clients of the other, who can ask for hashes', async () => {
    const channel = peer.createChannel()
    await using member = await connectGateway(peer, channel)
    await put(member, 'one', 'k', 'secret')
    await using stranger = await connectGateway(peer, channel, { identity: await peer.enrol({ mspId: 'Org2MSP' }) })
    await expect.poll(() => stranger.evaluate('private-hash', 'one', 'k')).toBe(sha256('secret').toString('hex'))
    const read = await failureOf(stranger.evaluate('get-private', 'one', 'k'))
    expect(read.code).toBe(2)
    expect(read.message).toContain('tx creator does not have read access permission on privatedata in chaincodeName:fixture collectionName: one')
    const write = await failureOf(put(stranger, 'one', 'k', 'mine'))
    expect(write.details[0]?.message).toContain('tx creator does not have write access permission on privatedata')
  })

  it('is not on the other peer, even for a member', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    await put(client, 'one', 'k', 'secret')
    const elsewhere = () => client.contract.evaluate('get-private', { arguments: ['one', 'k'], endorsingOrganizations: ['Org2MSP'] })
    await expect.poll(async () => (await failureOf(elsewhere())).message).toContain('private data matching public hash version is not available')
  })

  it('fails the chaincode policy when a transaction that wrote nothing is submitted with its endorsement alone', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    await put(client, 'one', 'k', 'secret')
    const endorsed = await client.contract.newProposal('get-private', { arguments: ['one', 'k'], endorsingOrganizations: ['Org1MSP'] }).endorse()
    expect(await (await endorsed.submit()).getStatus()).toMatchObject({ code: protos.TxValidationCode.ENDORSEMENT_POLICY_FAILURE })
  })
})

it('refuses a write in a transaction that has searched a collection', async () => {
  await using client = await connectGateway(peer, peer.createChannel())
  const failure = await failureOf(client.submit('private-keys-then-put', 'both', 'k'))
  expect(failure.details[0]?.message).toContain('Transaction has already performed queries on pvt data. Writes are not allowed')
})

it('knows no collection that was not defined', async () => {
  await using client = await connectGateway(peer, peer.createChannel())
  expect((await failureOf(client.evaluate('get-private', 'none', 'k'))).message).toContain('fixture/none could not be found')
})

it('delivers private values with blocks to a listener of fabric-network', async () => {
  const channel = peer.createChannel()
  await using client = await connectNetwork(peer, channel)
  const seen: unknown[] = []
  await client.contract.addContractListener(
    async (event) => {
      seen.push(event.getTransactionEvent().privateData)
    },
    { type: 'private', startBlock: 0 },
  )
  const transaction = client.contract.createTransaction('put-private').setTransient({ value: Buffer.from('secret') })
  await transaction.submit('both', 'k')
  await expect.poll(() => JSON.stringify(seen)).toContain('"collection_name":"both"')
})

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function readWriteSetOf(block: common.Block): ledger.rwset.NsReadWriteSet {
  const envelope = common.Envelope.deserializeBinary(block.getData()!.getDataList_asU8()[0]!)
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8())
  const action = protos.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList()[0]!
  const endorsed = protos.ChaincodeActionPayload.deserializeBinary(action.getPayload_asU8()).getAction()!
  const response = protos.ProposalResponsePayload.deserializeBinary(endorsed.getProposalResponsePayload_asU8())
  const results = protos.ChaincodeAction.deserializeBinary(response.getExtension_asU8()).getResults_asU8()
  return ledger.rwset.TxReadWriteSet.deserializeBinary(results).getNsRwsetList()[0]!
}
