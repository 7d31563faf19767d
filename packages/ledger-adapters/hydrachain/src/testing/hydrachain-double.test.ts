import { readFileSync } from 'node:fs'
import { findAnvil } from '@careledger/ledger-ethereum/testing'
import { computeAddress } from 'ethers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plainExchanges } from './__fixtures__/plain-exchanges.ts'
import { runScenario, type Exchange } from './__fixtures__/scenario.ts'
import { startHydraChainDouble, type HydraChainDouble } from './hydrachain-double.ts'

const recorded = JSON.parse(readFileSync(new URL('__fixtures__/recorded.json', import.meta.url), 'utf8')) as readonly Exchange[]
const fundedKey = `0x${'51'.repeat(32)}`
const emptyKey = `0x${'52'.repeat(32)}`

describe.skipIf(findAnvil() === undefined)('the double of a HydraChain node (skipped where npm has no anvil for the platform)', () => {
  let double: HydraChainDouble
  let answers: readonly Exchange[]

  beforeAll(async () => {
    double = await startHydraChainDouble({ blockTimeMs: 3_600_000 })
    await double.fund(computeAddress(fundedKey), 10n ** 18n)
    answers = plainExchanges(await runScenario({ url: double.url, fundedKey, emptyKey, makeBlock: double.makeBlock, blockWithinMs: 20_000, silenceMs: 300 }))
  })
  afterAll(() => double.close())

  it('was asked what the real node was asked', () => {
    expect(answers.map(({ name }) => name)).toEqual(recorded.map(({ name }) => name))
  })

  it.each(recorded.map(({ name }, index) => [name, index] as const))('answers as the real node does: %s', (_, index) => {
    expect(answers[index]).toEqual(recorded[index])
  })
})
