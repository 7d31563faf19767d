import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peer as protos } from '@hyperledger/fabric-protos'
import { failureOf } from './__fixtures__/failure.ts'
import { connectGateway } from './__fixtures__/gateway-client.ts'
import { connectNetwork } from './__fixtures__/network-client.ts'
import { startNetwork } from './__fixtures__/start-network.ts'
import type { FabricTestPeer } from './index.ts'

const { VALID, MVCC_READ_CONFLICT, PHANTOM_READ_CONFLICT, ENDORSEMENT_POLICY_FAILURE } = protos.TxValidationCode

let peer: FabricTestPeer
beforeAll(async () => {
  peer = await startNetwork()
})
afterAll(() => peer.stop())

describe('fabric-gateway', () => {
  it('commits one of several transactions that have read the same, and tells the others', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    const release = peer.faults.holdBlocks(client.network.getName())
    const endorsed = await Promise.all([1, 2, 3].map(() => client.contract.newProposal('bump', { arguments: ['n'] }).endorse()))
    const submitted = await Promise.all(endorsed.map((one) => one.submit()))
    release()
    const statuses = await Promise.all(submitted.map((one) => one.getStatus()))
    expect(statuses.map(({ code }) => code).sort()).toEqual([VALID, MVCC_READ_CONFLICT, MVCC_READ_CONFLICT])
    expect(await client.evaluate('get', 'n')).toBe('1')
  })

  it('answers CommitError 11 when a read has been overtaken', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    const late = await client.contract.newProposal('bump', { arguments: ['n'] }).endorse()
    await client.submit('bump', 'n')
    expect(await (await late.submit()).getStatus()).toMatchObject({ code: MVCC_READ_CONFLICT, successful: false })
  })

  it('refuses a transaction whose range has got a new key in between', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    await client.submit('put', 'a1', 'x')
    const late = await client.contract.newProposal('count', { arguments: ['a', 'b', 'sum'] }).endorse()
    await client.submit('put', 'a2', 'x')
    expect(await (await late.submit()).getStatus()).toMatchObject({ code: PHANTOM_READ_CONFLICT })
  })

  it('commits a transaction whose range has not changed', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    await client.submit('put', 'a1', 'x')
    const late = await client.contract.newProposal('count', { arguments: ['a', 'b', 'sum'] }).endorse()
    await client.submit('put', 'b1', 'x')
    expect(await (await late.submit()).getStatus()).toMatchObject({ code: VALID })
    expect(await client.evaluate('get', 'sum')).toBe('1')
  })

  it('takes the same signed transaction twice, and its status stays that of the first', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    const endorsed = await client.contract.newProposal('put', { arguments: ['a', '1'] }).endorse()
    const first = await (await endorsed.submit()).getStatus()
    const again = await client.gateway.newTransaction(endorsed.getBytes()).submit()
    await client.submit('put', 'b', '1')
    expect(await again.getStatus()).toEqual(first)
    expect(first.code).toBe(VALID)
  })

  it('does not endorse a transaction that has been committed', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    const proposal = client.contract.newProposal('put', { arguments: ['a', '1'] })
    await (await (await proposal.endorse()).submit()).getStatus()
    const failure = await failureOf(proposal.endorse())
    expect(failure).toMatchObject({ name: 'EndorseError', code: 10 })
    expect(failure.details[0]?.message).toMatch(`duplicate transaction found [${proposal.getTransactionId()}]. Creator [`)
  })

  it('commits no transaction that too few organisations have endorsed', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    const endorsed = await client.contract.newProposal('put', { arguments: ['a', '1'], endorsingOrganizations: ['Org1MSP'] }).endorse()
    expect(await (await endorsed.submit()).getStatus()).toMatchObject({ code: ENDORSEMENT_POLICY_FAILURE, successful: false })
    await expect(client.evaluate('get', 'a')).rejects.toThrow('NOT_FOUND')
  })

  it('gives no transaction when the organisations endorse different results', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    const failure = await failureOf(client.submit('random', 'a'))
    expect(failure).toMatchObject({ name: 'EndorseError', code: 10 })
    expect(failure.message).toContain('failed to collect enough transaction endorsements, see attached details for more info')
    expect(failure.details).toEqual([
      { address: peer.gateway('Org2MSP').address, mspId: 'Org2MSP', message: 'ProposalResponsePayloads do not match' },
    ])
  })

  it('tells what the chaincode refused, with status 500, on evaluate and on submit', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    const detail = { address: peer.gateway().address, mspId: 'Org1MSP', message: 'chaincode response 500, NOT_FOUND: nope' }
    expect(await failureOf(client.evaluate('get', 'nope'))).toMatchObject({ name: 'GatewayError', code: 2, details: [detail] })
    expect(await failureOf(client.submit('get', 'nope'))).toMatchObject({ name: 'EndorseError', code: 10, details: [detail] })
  })

  it('refuses an unknown chaincode, an unknown channel and a forged certificate', async () => {
    const channel = peer.createChannel()
    await using client = await connectGateway(peer, channel)
    expect(await failureOf(client.network.getContract('nocc').submitTransaction('x'))).toMatchObject({
      code: 9,
      message: expect.stringContaining(`No metadata was found for chaincode nocc in channel ${channel}`),
    })
    const lost = client.gateway.getNetwork('nochannel').getContract('fixture')
    expect(await failureOf(lost.evaluateTransaction('ping'))).toMatchObject({ code: 14, message: expect.stringContaining('failed to get config for channel') })
    await using forger = await connectGateway(peer, channel, { identity: await peer.enrol({ outsider: true }) })
    expect(await failureOf(forger.evaluate('ping'))).toMatchObject({
      code: 9,
      message: expect.stringContaining(`access denied: channel [${channel}] creator org unknown, creator is malformed`),
    })
  })

  it('takes no transaction above the maximum size', async () => {
    const small = await startNetwork({ absoluteMaxBytes: 10_000 })
    try {
      await using client = await connectGateway(small, small.createChannel())
      expect(await failureOf(client.submit('put', 'a', 'x'.repeat(10_000)))).toMatchObject({
        name: 'SubmitError',
        code: 10,
        message: expect.stringMatching(/status=BAD_REQUEST, info=message payload is \d+ bytes and exceeds maximum allowed 10000 bytes/),
      })
    } finally {
      await small.stop()
    }
  })
})

describe('fabric-network', () => {
  for (const discovery of [false, true]) {
    it(`commits one of several transactions that have read the same (discovery ${discovery ? 'on' : 'off'})`, async () => {
      await using client = await connectNetwork(peer, peer.createChannel(), { discovery })
      const release = peer.faults.holdBlocks(client.network.getChannel().name)
      const waiting = [1, 2, 3].map(() => client.submit('bump', 'n').catch((error: { transactionCode?: string }) => error.transactionCode))
      await expect.poll(() => peer.faults.heldTransactions(client.network.getChannel().name)).toBe(3)
      release()
      expect((await Promise.all(waiting)).sort()).toEqual(['1', 'MVCC_READ_CONFLICT', 'MVCC_READ_CONFLICT'])
    })
  }

  it('tells what the chaincode refused', async () => {
    await using client = await connectNetwork(peer, peer.createChannel())
    expect(await failureOf(client.evaluate('get', 'nope'))).toMatchObject({ name: 'Error', message: 'NOT_FOUND: nope' })
    const failure = await failureOf(client.submit('get', 'nope'))
    expect(failure.message).toContain('No valid responses from any peers. Errors:')
    expect(failure.message).toContain('status=500, message=NOT_FOUND: nope')
  })

  it('sends nothing when the organisations endorse different results', async () => {
    await using client = await connectNetwork(peer, peer.createChannel(), { discovery: true })
    expect((await failureOf(client.submit('random', 'a'))).message).toContain('status=grpc, message=Peer endorsements do not match')
  })

  it('refuses an unknown chaincode, an unknown channel and a forged certificate', async () => {
    const channel = peer.createChannel()
    await using client = await connectNetwork(peer, channel, { discovery: true })
    const nocc = client.network.getContract('nocc').submitTransaction('x')
    expect((await failureOf(nocc)).message).toContain('DiscoveryService: nocc error: failed constructing descriptor for chaincodes:{name:"nocc"}')
    const lost = connectNetwork(peer, 'nochannel', { discovery: true })
    expect((await failureOf(lost)).message).toContain('DiscoveryService: nochannel error: access denied')
    const forger = connectNetwork(peer, channel, { discovery: true, identity: await peer.enrol({ outsider: true }) })
    expect((await failureOf(forger)).message).toContain(`DiscoveryService: ${channel} error: access denied`)
  })
})
