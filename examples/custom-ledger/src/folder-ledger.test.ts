import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ledgerConformance } from '@careledger/ledger-conformance'
import type { Ledger } from '@careledger/ledger-spec'
import { createFolderLedger } from './index.ts'

ledgerConformance({ describe, it }, {
  name: 'folder',
  async create() {
    const folder = await mkdtemp(join(tmpdir(), 'folder-ledger-'))
    const open: Ledger[] = []
    const connect = async (account: string): Promise<Ledger> => {
      const ledger = await createFolderLedger({ settings: { folder, account, writers: ['first', 'second'], pollMs: 5 } })
      open.push(ledger)
      return ledger
    }
    const closeAll = async (): Promise<void> => { for (const ledger of open) await ledger.close() }
    return {
      ledger: await connect('first'),
      second: () => connect('second'),
      reader: () => connect('reader'),
      async reopen() {
        await closeAll()
        return await connect('first')
      },
      async dispose() {
        await closeAll()
        await rm(folder, { recursive: true })
      },
    }
  },
})
