import { ledgerConformance, sideBySide } from '@careledger/ledger-conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createSubject } from './testing/fixtures.ts'
import { findAnvil, startAnvil, type DevelopmentChain } from './testing/start-anvil.ts'

describe.skipIf(findAnvil() === undefined)('on anvil (skipped where npm has no anvil for the platform)', () => {
  describe('a block for each transaction', () => {
    let chain: DevelopmentChain
    beforeAll(async () => { chain = await startAnvil() })
    afterAll(() => chain.stop())
    ledgerConformance({ describe, it: sideBySide(it) }, { name: 'ethereum on anvil', create: () => createSubject(chain) })
  })

  describe('a block each 50 ms', () => {
    let chain: DevelopmentChain
    beforeAll(async () => { chain = await startAnvil({ blockTimeS: 0.05 }) })
    afterAll(() => chain.stop())
    ledgerConformance({ describe, it: sideBySide(it) }, { name: 'ethereum on anvil, final after 3 blocks', create: () => createSubject(chain, { finality: { confirmationsMin: 3 } }) })
  })
})
