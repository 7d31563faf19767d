import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDoubleNetwork } from '@careledger/ledger-multichain/testing'
import { expect, it } from 'vitest'
import { askBlockHash } from './ask-block-hash.ts'

it('asks a node of MultiChain, with the user and password of the address', async () => {
  const network = await createDoubleNetwork()
  try {
    network.chain.mine(0, 2)
    const { url, user, password } = network.servers[0].access
    const address = new URL(url)
    address.username = user
    address.password = password
    expect(await askBlockHash('multichain', address.href, 2)).toBe(network.chain.nodes[0]?.blocks()[2]?.hash)
    await expect(askBlockHash('multichain', address.href, 3)).rejects.toMatchObject({ code: 'NO_SUCH_BLOCK' })
    address.password = 'wrong'
    const refused = await askBlockHash('multichain', address.href, 2).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'UNAVAILABLE' })
    expect(JSON.stringify([refused, String(refused)])).not.toContain('wrong')
  } finally {
    await network.close()
  }
})

it.each([
  [{ result: { hash: `0x${'ab'.repeat(32)}` } }, `0x${'ab'.repeat(32)}`], [{ result: null }, 'NO_SUCH_BLOCK'], [{ result: { hash: 'x' } }, 'UNAVAILABLE'], ['<html>', 'UNAVAILABLE'],
])('reads what a node of Ethereum answers: %j', async (answer, expected) => {
  const server = createServer((_request, response) => { response.end(typeof answer === 'string' ? answer : JSON.stringify(answer)) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const asked = askBlockHash('ethereum', `http://127.0.0.1:${(server.address() as AddressInfo).port}`, 7)
    expect(await asked.catch((error: { readonly code: string }) => error.code)).toBe(expected)
  } finally {
    server.close()
    await once(server, 'close')
  }
})
