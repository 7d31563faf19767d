import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChaincodeEvent } from '@hyperledger/fabric-gateway'
import { connectGateway } from './__fixtures__/gateway-client.ts'
import { connectNetwork } from './__fixtures__/network-client.ts'
import { startNetwork } from './__fixtures__/start-network.ts'
import type { FabricTestPeer } from './index.ts'

let peer: FabricTestPeer
beforeAll(async () => {
  peer = await startNetwork()
})
afterAll(() => peer.stop())

async function take(events: AsyncIterable<ChaincodeEvent>, count: number): Promise<ChaincodeEvent[]> {
  const taken: ChaincodeEvent[] = []
  for await (const event of events) if (taken.push(event) === count) break
  return taken
}

const payloads = (events: readonly ChaincodeEvent[]) => events.map(({ payload }) => Buffer.from(payload).toString())

describe('fabric-gateway', () => {
  it('hears the events of valid transactions, in order, and not those of invalid ones', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    using events = await client.network.getChaincodeEvents('fixture')
    await client.submit('put', 'a', '1')
    const alone = await client.contract.newProposal('put', { arguments: ['a', 'invalid'], endorsingOrganizations: ['Org1MSP'] }).endorse()
    await (await alone.submit()).getStatus()
    await client.submit('put', 'a', '2')
    expect(payloads(await take(events, 2))).toEqual(['a=1', 'a=2'])
  })

  it('resumes from a block and behind a transaction', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    for (const value of ['1', '2', '3']) await client.submit('put', 'a', value)
    using all = await client.network.getChaincodeEvents('fixture', { startBlock: 0n })
    const heard = await take(all, 3)
    expect(payloads(heard)).toEqual(['a=1', 'a=2', 'a=3'])
    const { blockNumber, transactionId } = heard[0]!
    const checkpoint = { getBlockNumber: () => blockNumber, getTransactionId: () => transactionId }
    using rest = await client.network.getChaincodeEvents('fixture', { checkpoint })
    expect(payloads(await take(rest, 2))).toEqual(['a=2', 'a=3'])
  })

  it('delivers whole and filtered blocks', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    await client.submit('put', 'a', '1')
    using blocks = await client.network.getBlockEvents({ startBlock: 0n })
    const numbers: number[] = []
    for await (const block of blocks) if (numbers.push(block.getHeader()!.getNumber()) === 2) break
    expect(numbers).toEqual([0, 1])
    using filtered = await client.network.getFilteredBlockEvents({ startBlock: 1n })
    for await (const block of filtered) {
      expect(block.getFilteredTransactionsList()).toHaveLength(1)
      break
    }
  })

  it('tells nothing to a stranger', async () => {
    const channel = peer.createChannel()
    await using client = await connectGateway(peer, channel, { identity: await peer.enrol({ outsider: true }) })
    using events = await client.network.getChaincodeEvents('fixture')
    await expect(take(events, 1)).rejects.toMatchObject({ code: 7 })
  })
})

describe('fabric-network', () => {
  it('hears events with their payload, and again from the first block', async () => {
    await using client = await connectNetwork(peer, peer.createChannel())
    const heard: string[] = []
    const replayed: string[] = []
    await client.contract.addContractListener(async (event) => void heard.push(event.payload!.toString()))
    await client.submit('put', 'a', '1')
    await client.submit('put', 'a', '2')
    await expect.poll(() => heard).toEqual(['a=1', 'a=2'])
    await client.contract.addContractListener(async (event) => void replayed.push(event.payload!.toString()), { startBlock: 0 })
    await expect.poll(() => replayed).toEqual(['a=1', 'a=2'])
  })
})
