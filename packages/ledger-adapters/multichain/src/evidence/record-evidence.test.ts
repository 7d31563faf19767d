import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { createMultiChainLedger } from '../index.ts'
import { createDoubleNetwork } from '../testing/double-network.ts'
import { callNode } from '../testing/node-access.ts'
import { compactSize, doubleSha256, encodeHeader, fromShownHash, toShownHash } from './bitcoin-bytes.ts'
import { merklePath } from './merkle-tree.ts'

const hex = (bytes: number): string => randomBytes(bytes).toString('hex')

it('gives evidence once the record is final, the same ever after', async () => {
  const network = await createDoubleNetwork()
  const { access: { url, user, password }, node } = network.servers[0]
  await callNode(network.servers[0].access, 'create', ['stream', 'careledger-labs', { restrict: 'write' }])
  network.chain.mine()
  const ledger = await createMultiChainLedger({ settings: { url, credentials: { user, password }, chain: { name: network.chainName }, address: node.addresses[0] } })
  try {
    const record = { id: hex(16), digest: hex(32) }
    await ledger.append('labs', [record])
    expect(await ledger.evidence.evidence('labs', record.id)).toBeUndefined()
    network.chain.mine(0, 7)
    expect(await ledger.evidence.evidence('labs', record.id)).toBeUndefined()
    network.chain.mine()
    const evidence = await ledger.evidence.evidence('labs', record.id)
    expect(evidence?.format).toBe('multichain-transaction/1')
    network.chain.mine(0, 3)
    expect(await ledger.evidence.evidence('labs', record.id)).toEqual(evidence)
    expect(await ledger.evidence.evidence('labs', hex(16))).toBeUndefined()
  } finally {
    await ledger.close()
    await network.close()
  }
})

/** A block of a node of MultiChain 2.3, as its `getblock` showed it. */
it('makes the header and the tree of a block of a real node', () => {
  const header = encodeHeader({
    version: 3, time: 1_795_696_657, nonce: 294, bits: '2000ffff', merkleroot: '09f3f8b712ebb4e40954bf91d39b595c72952e47118a8cf887568c0ae60750d6',
    previousblockhash: '00df23b99c00a35d595cadfa6ee090805b796c8830c8419be2da359cc145b028',
  })
  expect(toShownHash(doubleSha256(header))).toBe('00e07ede3b322882ff9cafa51c5acd8758631c3d0dd29ef41fc0b9fc936fe0a6')
  const leaves = ['5c1b3823389b362f6d591ecbba33a3335d889d86c0fca640067c8ae5dd0a7ed2', '91c86ac2758fdd9c30bc32c1e38040a74c5b18138759ba8ec26103bc42fa5c58', '3321ea35cbef2525820e9f70a7fb30ebc0c3895d830b81d827694d8c1d68b889'].map(fromShownHash)
  for (const index of [0, 1, 2]) expect(toShownHash(merklePath(leaves, index).root)).toBe('09f3f8b712ebb4e40954bf91d39b595c72952e47118a8cf887568c0ae60750d6')
  expect(merklePath(leaves, 2).path[0]).toEqual(leaves[2])
})

it.each([[0xfc, 'fc'], [0xfd, 'fdfd00'], [0xffff, 'fdffff'], [0x1_0000, 'fe00000100']])('writes %i as %s', (value, expected) => {
  expect(compactSize(value).toString('hex')).toBe(expected)
})
