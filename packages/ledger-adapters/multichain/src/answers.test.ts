import { expect, it } from 'vitest'
import recorded from './__fixtures__/answers.json' with { type: 'json' }
import { blockchainParams, blockList, chainInfo, chainTips, dataReference, keyCounts, mempoolInfo, permissionList, readAs, streamItems, streamList, text } from './answers.ts'
import { createDoubleNetwork } from './testing/double-network.ts'
import { recordAnswers } from './testing/record-answers.ts'

const shapes = {
  getblockchainparams: blockchainParams, getinfo: chainInfo, getbestblockhash: text, getmempoolinfo: mempoolInfo, getchaintips: chainTips, listblocks: blockList, getblockhash: text,
  'liststreams, not subscribed': streamList, 'liststreams, subscribed': streamList, publishmultifrom: text, 'liststreamitems, in no block': streamItems, liststreamkeyitems: streamItems,
  liststreamkeys: keyCounts, grantfrom: text, listpermissions: permissionList,
}

it('what the real node answered is of the form that is read', () => {
  for (const [title, shape] of Object.entries(shapes)) readAs(shape, recorded.answers[title as keyof typeof shapes])
  const [, , large] = recorded.answers['liststreamitems, in no block']
  expect(dataReference.parse(large?.data)).toMatchObject({ format: 'raw', size: 20_000 })
})

it('the double answers in no other form than the real node, and refuses the same', async () => {
  const network = await createDoubleNetwork()
  try {
    network.chain.mine()
    const { answers, refusals } = await recordAnswers(network.servers[0].access)
    for (const title of Object.keys(recorded.answers)) expect(foreignMembers(answers[title], recorded.answers[title as keyof typeof recorded.answers]), title).toEqual([])
    expect(Object.keys(refusals)).toEqual(Object.keys(recorded.refusals))
    expect(Object.values(refusals)).not.toContain('not refused')
    expect(Object.values(recorded.refusals)).not.toContain('not refused')
  } finally {
    await network.close()
  }
})

/** Members of the double's answer that the real one does not have, or has with another type. */
function foreignMembers(double: unknown, real: unknown, path = ''): readonly string[] {
  if (Array.isArray(double) && Array.isArray(real)) return double.length === 0 || real.length === 0 ? [] : foreignMembers(double[0], real[0], `${path}[]`)
  if (typeof double !== typeof real) return [path]
  if (typeof double !== 'object' || double === null || real === null) return []
  return Object.entries(double).flatMap(([name, value]) => (name in (real as object) ? foreignMembers(value, (real as Record<string, unknown>)[name], `${path}.${name}`) : [`${path}.${name}`]))
}
