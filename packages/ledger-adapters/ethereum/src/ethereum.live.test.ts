import { ledgerConformance, sideBySide } from '@careledger/ledger-conformance'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { legacyProfile } from './profile.ts'
import { createSubject, createWorld, grantAll } from './testing/fixtures.ts'
import { newRecord } from './testing/records.ts'
import type { DevelopmentChain } from './testing/start-anvil.ts'
import { findGeth, startGeth } from './testing/start-geth.ts'

const STREAM = 'conformance-a'

describe.skipIf(findGeth() === undefined)('on geth (skipped unless GETH_BIN names one)', () => {
  describe('a block when something waits', () => {
    let chain: DevelopmentChain
    beforeAll(async () => { chain = await startGeth() })
    afterAll(() => chain.stop())
    ledgerConformance({ describe, it: sideBySide(it) }, { name: 'ethereum on geth', create: () => createSubject(chain) })
    ledgerConformance({ describe, it: sideBySide(it) }, { name: 'ethereum on geth, legacy profile', create: () => createSubject(chain, {}, legacyProfile) })
  })

  describe('a block each second', () => {
    let chain: DevelopmentChain
    beforeAll(async () => { chain = await startGeth({ periodS: 1 }) })
    afterAll(() => chain.stop())
    ledgerConformance({ describe, it }, { name: 'ethereum on geth, final after 2 blocks', create: () => createSubject(chain, { finality: { confirmationsMin: 2 }, blockTimeMs: 1_000 }) })

    it('counts as final what the node has finalized', async () => {
      const world = await createWorld(chain, { finality: { tag: 'finalized' }, finalWaitMs: 100_000 })
      const ledger = await world.open(world.owner)
      try {
        await grantAll(ledger, [world.owner])
        const record = newRecord()
        const appending = ledger.append(STREAM, [record], { until: 'final' })
        const seen = new Set<string | undefined>()
        while (!seen.has('final')) seen.add((await ledger.finality([{ stream: STREAM, ...record }]))[0])
        expect([...seen]).toEqual(['absent', 'pending', 'final'])
        expect((await appending).map(({ state }) => state)).toEqual(['final'])
        expect((await ledger.list(STREAM, { limit: 2 })).records.map(({ id }) => id)).toEqual([record.id])
        const { height = 0n, finalHeight = 0n } = await ledger.health()
        expect(height).toBeGreaterThanOrEqual(finalHeight)
      } finally {
        await world.closeAll()
      }
    })
  })
})
