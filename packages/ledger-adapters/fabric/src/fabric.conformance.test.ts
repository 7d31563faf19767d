import { setTimeout as pause } from 'node:timers/promises'
import { CONFORMANCE_STREAMS, ledgerConformance, type LedgerUnderTest } from '@careledger/ledger-conformance'
import type { Ledger } from '@careledger/ledger-spec'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startTestNetwork, type Person, type TestNetwork } from './__fixtures__/test-network.ts'
import type { FabricLedgerSettings } from './index.ts'

// Real gRPC and TLS, the real chaincode in a process of its own, both organisations endorsing; each test on a channel of its own.
let network: TestNetwork
beforeAll(async () => { network = await startTestNetwork() })
afterAll(() => network.stop())

for (const client of ['gateway', 'network'] as const) {
  ledgerConformance({ describe, it }, { name: `fabric by ${client} on the test peer`, create: () => createSubject(client) })
}

async function createSubject(client: FabricLedgerSettings['client']): Promise<LedgerUnderTest> {
  const channel = await network.createChannel(CONFORMANCE_STREAMS.slice(0, 2))
  const ledgers: Ledger[] = []
  const open = async (person: Person): Promise<Ledger> => {
    const ledger = await network.open(channel, person, { client })
    ledgers.push(ledger)
    return ledger
  }
  const close = async (): Promise<void> => { for (const ledger of ledgers) await ledger.close() }
  return {
    ledger: await open('admin'),
    second: () => open('writer'),
    reader: () => open('reader'),
    async reopen() {
      await close()
      return await open('admin')
    },
    async interrupt(ms) {
      const restore = network.peer.faults.cutOff('Org1MSP')
      await pause(ms)
      await restore()
    },
    dispose: close,
  }
}
