import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { failureOf } from './__fixtures__/failure.ts'
import { connectGateway } from './__fixtures__/gateway-client.ts'
import { connectNetwork } from './__fixtures__/network-client.ts'
import { startNetwork } from './__fixtures__/start-network.ts'
import type { FabricTestPeer } from './index.ts'

let peer: FabricTestPeer
beforeEach(async () => {
  peer = await startNetwork({ aliveExpirationMs: 300 })
})
afterEach(() => peer.stop())

const refused = /rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:\d+: connect: connection refused"/

describe('fabric-gateway', () => {
  it('ends as many endorsements as wanted with EndorseError 14, and no more', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    peer.faults.refuseEndorsements(2)
    expect(await failureOf(client.submit('put', 'a', '1'))).toMatchObject({ name: 'EndorseError', code: 14 })
    expect(await failureOf(client.submit('put', 'a', '1'))).toMatchObject({ name: 'EndorseError', code: 14 })
    expect(await client.submit('put', 'a', '1')).toBe('1')
  })

  it('loses the answer to a transaction that is ordered all the same', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    peer.faults.dropBroadcastAnswers(1)
    const failure = await failureOf(client.submit('put', 'a', '1'))
    expect(failure).toMatchObject({ name: 'SubmitError', code: 14, message: expect.stringContaining('no orderers could successfully process transaction') })
    expect(failure.details[0]?.message).toBe('rpc error: code = Unavailable desc = error reading from server: EOF')
    await expect.poll(() => client.evaluate('get', 'a').catch(() => '')).toBe('1')
  })

  it('loses the commit status of a transaction that is committed all the same', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    peer.faults.dropCommitStatus(1)
    expect(await failureOf(client.submit('put', 'a', '1'))).toMatchObject({ name: 'CommitStatusError', code: 14 })
    await expect.poll(() => client.evaluate('get', 'a').catch(() => '')).toBe('1')
  })

  it('leaves a client without commit status until its deadline, though the transaction stands', async () => {
    const channel = peer.createChannel()
    await using client = await connectGateway(peer, channel, { deadlineMs: 1_000 })
    const release = peer.faults.withholdCommits()
    expect(await failureOf(client.submit('put', 'a', '1'))).toMatchObject({ name: 'CommitStatusError', code: 4 })
    expect(await client.evaluate('get', 'a')).toBe('1')
    release()
    expect(await client.submit('put', 'a', '2')).toBe('2')
  })

  it('answers "payloads do not match" while the other peer is behind', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    peer.faults.lagPeer('Org2MSP', 2)
    await client.submit('bump', 'n')
    const failure = await failureOf(client.submit('bump', 'n'))
    expect(failure).toMatchObject({ name: 'EndorseError', code: 10 })
    expect(failure.details).toMatchObject([{ mspId: 'Org2MSP', message: 'ProposalResponsePayloads do not match' }])
    await expect.poll(() => client.submit('bump', 'n').catch(() => '')).toBe('2')
  })

  it('fails without the other peer, first by its silence and then by the plan, and recovers when it is back', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    const other = peer.faults.peer('Org2MSP')
    await other.stop()
    const early = await failureOf(client.submit('put', 'a', '1'))
    expect(early).toMatchObject({ code: 10, details: [{ mspId: 'Org2MSP', message: expect.stringMatching(refused) }] })
    await expect.poll(async () => (await failureOf(client.submit('put', 'a', '1'))).code).toBe(9)
    expect((await failureOf(client.submit('put', 'a', '1'))).message).toContain('no peer combination can satisfy the endorsement policy')
    expect(await client.evaluate('ping')).toBe('pong')
    await other.start()
    expect(await client.submit('put', 'a', '1')).toBe('1')
  })

  it('keeps the ledger over a restart of the peer on the same port, and the peer catches up with what it missed', async () => {
    const channel = peer.createChannel()
    await using client = await connectGateway(peer, channel)
    await client.submit('put', 'a', '1')
    const release = peer.faults.holdBlocks(channel)
    const endorsed = await client.contract.newProposal('put', { arguments: ['b', '2'] }).endorse()
    const submitted = await endorsed.submit()
    await peer.faults.peer().stop()
    expect((await failureOf(client.evaluate('get', 'a'))).code).toBe(14)
    expect((await failureOf(client.submit('put', 'a', '1'))).code).toBe(14)
    release()
    await peer.faults.peer().start()
    await expect.poll(() => client.evaluate('get', 'b').catch(() => ''), { timeout: 10_000 }).toBe('2')
    expect(await submitted.getStatus()).toMatchObject({ successful: true })
    expect(await client.evaluate('get', 'a')).toBe('1')
  })

  it('cannot submit without the orderer, evaluates all the same, and submits when it is back', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    await peer.faults.orderer.stop()
    const failure = await failureOf(client.submit('put', 'a', '1'))
    expect(failure).toMatchObject({ name: 'SubmitError', code: 14, details: [{ mspId: 'OrdererMSP', message: expect.stringMatching(refused) }] })
    expect(await client.evaluate('ping')).toBe('pong')
    await peer.faults.orderer.start()
    expect(await client.submit('put', 'a', '1')).toBe('1')
  })

  it('says that the chaincode could not be launched, and dials it again when it is back', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    await client.submit('put', 'a', '1')
    await peer.faults.chaincode.stop()
    const submit = await failureOf(client.submit('put', 'a', '2'))
    expect(submit).toMatchObject({ name: 'EndorseError', code: 10 })
    expect(submit.details[0]?.message).toMatch(/^error in simulation: failed to execute transaction \w+: could not launch chaincode .*connection refused"$/)
    expect(await failureOf(client.evaluate('get', 'a'))).toMatchObject({ name: 'GatewayError', code: 10 })
    await peer.faults.chaincode.start()
    expect(await client.evaluate('get', 'a')).toBe('1')
  })

  it('ends what is running when the chaincode process dies', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    const failure = await failureOf(client.submit('exit'))
    expect(failure.code).toBe(10)
    expect(failure.details[0]?.message).toContain('error sending: chaincode stream terminated')
  })

  it('gives up on a chaincode that does not answer in time', async () => {
    const hasty = await startNetwork({ executeTimeoutMs: 100 })
    try {
      await using client = await connectGateway(hasty, hasty.createChannel())
      await client.evaluate('ping')
      const failure = await failureOf(client.submit('hang'))
      expect(failure.details[0]?.message).toContain('timeout expired while executing transaction')
      expect(await client.submit('put', 'a', '1')).toBe('1')
    } finally {
      await hasty.stop()
    }
  })

  it('cuts the clients of one peer off, while those of the other still get its endorsement', async () => {
    const channel = peer.createChannel()
    await using client = await connectGateway(peer, channel)
    await using other = await connectGateway(peer, channel, { identity: await peer.enrol({ mspId: 'Org2MSP' }) })
    await client.evaluate('ping')
    const reconnect = peer.faults.cutOff()
    expect((await failureOf(client.submit('put', 'a', '1'))).code).toBe(14)
    expect(await other.submit('put', 'a', '2')).toBe('2')
    await reconnect()
    await expect.poll(() => client.evaluate('get', 'a').catch(() => ''), { timeout: 10_000 }).toBe('2')
  })

  it('cuts an event stream with code 14, and a new one resumes', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    const events = await client.network.getChaincodeEvents('fixture')
    const iterator = events[Symbol.asyncIterator]()
    await client.submit('put', 'a', '1')
    const first = (await iterator.next()).value!
    peer.faults.cutStreams()
    expect(await failureOf(iterator.next())).toMatchObject({ code: 14 })
    await client.submit('put', 'a', '2')
    using resumed = await client.network.getChaincodeEvents('fixture', { startBlock: first.blockNumber + 1n })
    for await (const event of resumed) {
      expect(Buffer.from(event.payload).toString()).toBe('a=2')
      break
    }
  })
})

describe('fabric-network', () => {
  it('does not learn of the commit in time, though the transaction stands', async () => {
    const channel = peer.createChannel()
    await using client = await connectNetwork(peer, channel, { commitTimeout: 1 })
    const release = peer.faults.withholdCommits()
    const failure = await failureOf(client.submit('put', 'a', '1'))
    expect(failure).toMatchObject({ name: 'TimeoutError', message: expect.stringContaining('Event strategy not satisfied within the timeout period') })
    expect(await client.evaluate('get', 'a')).toBe('1')
    release()
    expect(await client.submit('put', 'a', '2')).toBe('2')
  })

  it('loses the answer of the orderer to a transaction that is ordered all the same', async () => {
    await using client = await connectNetwork(peer, peer.createChannel())
    peer.faults.dropBroadcastAnswers(1)
    await failureOf(client.submit('put', 'a', '1'))
    await expect.poll(() => client.evaluate('get', 'a').catch(() => '')).toBe('1')
  })

  it('fails while an endorsement is refused, and succeeds after', async () => {
    await using client = await connectNetwork(peer, peer.createChannel(), { discovery: true })
    peer.faults.refuseEndorsements(1)
    expect((await failureOf(client.submit('put', 'a', '1'))).message).toContain('Endorsement has failed')
    expect(await client.submit('put', 'a', '1')).toBe('1')
  })

  it('finds that endorsements do not match while the other peer is behind', async () => {
    await using client = await connectNetwork(peer, peer.createChannel(), { discovery: true })
    peer.faults.lagPeer('Org2MSP', 2)
    await client.submit('bump', 'n')
    expect((await failureOf(client.submit('bump', 'n'))).message).toContain('Peer endorsements do not match')
    await expect.poll(() => client.submit('bump', 'n').catch(() => '')).toBe('2')
  })

  it('says that the chaincode could not be launched', async () => {
    await using client = await connectNetwork(peer, peer.createChannel())
    await peer.faults.chaincode.stop()
    expect((await failureOf(client.evaluate('ping'))).message).toMatch(/could not launch chaincode .*connection refused/)
  })

  it('goes on listening after its stream has been cut, and misses nothing', async () => {
    await using client = await connectNetwork(peer, peer.createChannel())
    const seen: string[] = []
    await client.contract.addContractListener(async (event) => void seen.push(event.payload!.toString()))
    await client.submit('put', 'a', '1')
    await expect.poll(() => seen).toEqual(['a=1'])
    peer.faults.cutStreams()
    await expect.poll(() => client.submit('put', 'a', '2').catch(() => ''), { timeout: 20_000 }).toBe('2')
    await expect.poll(() => seen.at(-1), { timeout: 20_000 }).toBe('a=2')
  })
})
