import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../__fixtures__/failure.ts'
import { connectGateway, type GatewayClient } from '../__fixtures__/gateway-client.ts'
import { startNetwork } from '../__fixtures__/start-network.ts'
import type { FabricTestPeer } from '../index.ts'

let peer: FabricTestPeer
beforeAll(async () => {
  peer = await startNetwork()
})
afterAll(() => peer.stop())

async function fill(client: GatewayClient, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, index) => `k${String(index).padStart(4, '0')}`)
  await client.submit('write-batch', ...keys.map((key) => `${key}=v`))
  return keys
}

describe('ranges', () => {
  it('give everything between two keys, over as many messages as it takes', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    await fill(client, 250)
    expect(await client.evaluate('count', 'k', 'l')).toBe('250')
    expect(await client.evaluate('count', 'k0010', 'k0020')).toBe('10')
  })

  it('give pages that follow each other by bookmark, the last without one', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    const keys = await fill(client, 250)
    const first = JSON.parse(await client.evaluate('page', 'k', 'l', '120', ''))
    expect(first).toEqual({ keys: keys.slice(0, 120), bookmark: 'k0120' })
    const second = JSON.parse(await client.evaluate('page', 'k', 'l', '130', first.bookmark))
    expect(second).toEqual({ keys: keys.slice(120), bookmark: '' })
  })

  it('follow the order of the bytes of UTF-8', async () => {
    await using client = await connectGateway(peer, peer.createChannel())
    await client.submit('write-batch', '\u{1f600}=v', '\uffee=v', 'z=v')
    expect(JSON.parse(await client.evaluate('page', 'a', '', '10', '')).keys).toEqual(['z', '\uffee', '\u{1f600}'])
  })
})

it('tells the history of a key, newest first', async () => {
  await using client = await connectGateway(peer, peer.createChannel())
  await client.submit('put', 'a', '1')
  await client.submit('put', 'a', '2')
  await client.submit('delete', 'a')
  expect(JSON.parse(await client.evaluate('history', 'a'))).toEqual(['-', '2', '1'])
  await expect(client.evaluate('get', 'a')).rejects.toThrow('NOT_FOUND')
})

it('reads many keys in one message, absent ones empty', async () => {
  await using client = await connectGateway(peer, peer.createChannel())
  await client.submit('write-batch', 'a=1', 'b=2')
  expect(JSON.parse(await client.evaluate('read-batch', 'b', 'x', 'a'))).toEqual(['2', '', '1'])
})

it('runs many transactions at once on one stream', async () => {
  await using client = await connectGateway(peer, peer.createChannel())
  const numbers = Array.from({ length: 30 }, (_, index) => String(index))
  await Promise.all(numbers.map((number) => client.submit('put', `n${number}`, number)))
  expect(await client.evaluate('count', 'n', 'o')).toBe('30')
})

describe('a peer before Fabric 3.1', () => {
  it('ends the stream at a batched message, and dials again for the next transaction', async () => {
    const old = await startNetwork({ batchedMessages: false })
    try {
      await using client = await connectGateway(old, old.createChannel())
      const failure = await failureOf(client.submit('write-batch', 'a=1'))
      expect(failure.details[0]?.message).toContain('chaincode stream terminated')
      expect(await client.submit('put', 'a', '1')).toBe('1')
    } finally {
      await old.stop()
    }
  })
})
