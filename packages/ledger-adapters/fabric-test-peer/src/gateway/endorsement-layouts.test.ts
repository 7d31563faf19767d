import { peer } from '@hyperledger/fabric-protos'
import { describe, expect, it } from 'vitest'
import { toNetworkSettings } from '../settings.ts'
import { endorsementLayouts, planLayouts } from './endorsement-layouts.ts'

const settings = toNetworkSettings({
  chaincode: { name: 'c', command: ['c'] },
  organisations: ['A', 'B', 'C'],
  endorsementsRequired: 2,
  collections: [
    { name: 'ab', members: ['A', 'B'] },
    { name: 'a', members: ['A'], endorsedByAnyOf: ['A'] },
    { name: 'b-for-all', members: ['B'] },
  ],
})

function interest(...collections: readonly string[]): peer.ChaincodeInterest {
  const result = new peer.ChaincodeInterest()
  result.setChaincodesList(
    (collections.length === 0 ? [undefined] : collections).map((name) => {
      const call = new peer.ChaincodeCall()
      call.setName('c')
      if (name !== undefined) call.setCollectionNamesList([name])
      call.setNoPrivateReads(true)
      return call
    }),
  )
  return result
}

describe('endorsementLayouts', () => {
  it('gives every smallest set of organisations, and none with more', () => {
    expect(endorsementLayouts(settings, interest(), ['A', 'B', 'C'])).toEqual([['A', 'B'], ['A', 'C'], ['B', 'C']])
    expect(endorsementLayouts(settings, interest('a'), ['A', 'B', 'C'])).toEqual([['A']])
  })

  it('gives none where too few are alive', () => {
    expect(endorsementLayouts(settings, interest(), ['A'])).toEqual([])
    expect(endorsementLayouts(settings, interest('a'), ['B', 'C'])).toEqual([])
  })

  it('asks members only when private values were read', () => {
    const read = interest('ab')
    read.getChaincodesList()[0]!.setNoPrivateReads(false)
    expect(endorsementLayouts(settings, read, ['A', 'B', 'C'])).toEqual([['A', 'B']])
  })
})

describe('planLayouts', () => {
  const plan = (name: string, hasTransientData: boolean) => () =>
    planLayouts({ settings, interest: interest(name), alive: ['A', 'B', 'C'], preferred: 'B', hasTransientData })

  it('puts the layouts of the preferred organisation first', () => {
    expect(plan('ab', false)()).toEqual([['A', 'B'], ['B', 'C'], ['A', 'C']])
  })

  it('keeps transient data within the collection, and says so when that is too few', () => {
    expect(plan('ab', true)()).toEqual([['A', 'B']])
    expect(plan('b-for-all', true)).toThrow(
      'requires endorsement from organisation(s) that are not in the distribution policy of the private data collection(s): [b-for-all]',
    )
  })
})
