import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ledgerConformance, type LedgerUnderTest } from '@careledger/ledger-conformance'
import { describe, it } from 'vitest'
import { createInMemoryNetwork, type InMemoryLedgerSettings } from './index.ts'

ledgerConformance({ describe, it }, { name: 'in-memory', create: () => createSubject({}) })
ledgerConformance({ describe, it }, { name: 'in-memory, final later', create: () => createSubject({ finalAfterMs: 25 }) })
ledgerConformance({ describe, it }, {
  name: 'in-memory with a journal',
  async create() {
    const folder = await mkdtemp(join(tmpdir(), 'careledger-journal-'))
    const subject = await createSubject({ journal: { path: join(folder, 'journal') } })
    return {
      ...subject,
      async dispose() {
        await subject.dispose()
        await rm(folder, { recursive: true })
      },
    }
  },
})

/** A network with a client for each account. A restart opens the journal again; without one, the network is what stays. */
async function createSubject(settings: InMemoryLedgerSettings): Promise<LedgerUnderTest> {
  let network = await createInMemoryNetwork({ settings })
  const ledger = network.connect({ account: 'first' })
  const clients = [ledger]
  const connect = async (account: string, readOnly = false) => {
    const client = network.connect({ account, readOnly })
    clients.push(client)
    return client
  }
  return {
    ledger,
    second: () => connect('second'),
    reader: () => connect('reader', true),
    async reopen() {
      for (const client of clients) await client.close()
      if (settings.journal !== undefined) {
        await network.close()
        network = await createInMemoryNetwork({ settings })
      }
      return await connect('first')
    },
    dispose: () => network.close(),
  }
}
