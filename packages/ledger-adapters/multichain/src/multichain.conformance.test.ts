import { ledgerConformance, sideBySide } from '@careledger/ledger-conformance'
import { describe, it } from 'vitest'
import { createAccounts, createSubject } from './testing/conformance-subject.ts'
import { createDoubleNetwork, type DoubleNetworkOptions } from './testing/double-network.ts'

const worlds: readonly (readonly [string, DoubleNetworkOptions])[] = [
  ['multichain, double of one node', { callsPerBlock: 1 }],
  ['multichain, double of two nodes under load', { nodes: 2, callsPerBlock: 2, busyEvery: 7 }],
]

for (const [name, options] of worlds) {
  ledgerConformance({ describe, it: sideBySide(it) }, {
    name,
    async create() {
      const network = await createDoubleNetwork(options)
      const subject = { chainName: network.chainName, node: network.servers[0].access, secondNode: network.servers[1]?.access, settings: { pollMs: 5 } }
      const ledger = await createSubject(subject, await createAccounts(subject))
      return {
        ...ledger,
        async dispose() {
          await ledger.dispose()
          await network.close()
        },
      }
    },
  })
}
