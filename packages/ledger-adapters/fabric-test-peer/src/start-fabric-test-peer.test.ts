import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectGateway } from './__fixtures__/gateway-client.ts'
import { connectNetwork } from './__fixtures__/network-client.ts'
import { startNetwork } from './__fixtures__/start-network.ts'
import { startFabricTestPeer, type FabricTestPeer } from './index.ts'

let peer: FabricTestPeer
beforeAll(async () => {
  peer = await startNetwork()
})
afterAll(() => peer.stop())

for (const [name, connect] of [
  ['fabric-gateway', connectGateway],
  ['fabric-network', connectNetwork],
] as const) {
  describe(name, () => {
    it('submits through both organisations and reads what was written', async () => {
      await using client = await connect(peer, peer.createChannel())
      expect(await client.submit('put', 'a', '1')).toBe('1')
      expect(await client.evaluate('get', 'a')).toBe('1')
    })

    it('sees nothing of another channel', async () => {
      await using first = await connect(peer, peer.createChannel())
      await first.submit('put', 'a', '1')
      await using second = await connect(peer, peer.createChannel())
      await expect(second.evaluate('get', 'a')).rejects.toThrow('NOT_FOUND: a')
    })

    it('lets the chaincode know who calls', async () => {
      const identity = await peer.enrol({ mspId: 'Org2MSP', attributes: { role: 'clerk' } })
      await using client = await connect(peer, peer.createChannel(), { identity })
      expect(JSON.parse(await client.evaluate('whoami'))).toEqual({ mspId: 'Org2MSP', attribute: 'clerk' })
    })
  })
}

it('says what the chaincode printed if it does not start, and leaves nothing running', async () => {
  const command = [process.execPath, '--eval', 'console.error("no such contract"); process.exit(3)', '--']
  await expect(startFabricTestPeer({ chaincode: { name: 'broken', command } })).rejects.toThrow(/it ended with 3\s+no such contract/)
})
