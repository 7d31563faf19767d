import { ledgerConformance } from '@careledger/ledger-conformance'
import { startFaultyProxy } from '@careledger/ledger-ethereum/testing'
import { describe, it, vi } from 'vitest'
import { createSubject } from './testing/hydrachain-world.ts'

/**
 * The whole suite on a real HydraChain node whose JSON-RPC is at `HYDRACHAIN_URL`; `HYDRACHAIN_VALIDATORS=several` where it has more than
 * one validator. It makes a contract for each test, and needs no money.
 */
const { HYDRACHAIN_URL: url, HYDRACHAIN_VALIDATORS: validators } = process.env

// A block takes a second or two, and some tests take dozens.
if (url !== undefined) vi.setConfig({ testTimeout: 900_000 })

describe.skipIf(url === undefined)('on a real node (skipped without HYDRACHAIN_URL)', () => {
  ledgerConformance({ describe, it }, {
    name: `hydrachain on a real node, ${validators === 'several' ? 'several validators' : 'one validator'}`,
    create: async () => await createSubject(url ?? '', {
      validators: validators === 'several' ? 'several' : 'one',
      pollMs: 100,
      requestTimeoutMs: 60_000,
    }, await startFaultyProxy(url ?? '')),
  })
})
