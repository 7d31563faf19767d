import { ledgerConformance, sideBySide } from '@careledger/ledger-conformance'
import { findAnvil, startFaultyProxy } from '@careledger/ledger-ethereum/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startHydraChainDouble, type HydraChainDouble } from './testing/hydrachain-double.ts'
import { createSubject } from './testing/hydrachain-world.ts'

describe.skipIf(findAnvil() === undefined)('on the double of a node (skipped where npm has no anvil for the platform)', () => {
  let double: HydraChainDouble
  beforeAll(async () => { double = await startHydraChainDouble({ blockTimeMs: 5 }) })
  afterAll(() => double.close())
  ledgerConformance({ describe, it: sideBySide(it) }, {
    name: 'hydrachain on its double',
    create: async () => await createSubject(double.url, { validators: 'one', pollMs: 10, requestTimeoutMs: 10_000, acceptWithinMs: 30_000, reconnectForMs: 10_000 }, await startFaultyProxy(double.url)),
  })
})
