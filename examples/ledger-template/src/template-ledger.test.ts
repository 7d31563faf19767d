import { describe, it } from 'node:test'
import { ledgerConformance } from '@careledger/ledger-conformance'
import type { Ledger } from '@careledger/ledger-spec'
import { createNode, createTemplateLedger } from './index.ts'

ledgerConformance({ describe, it }, {
  name: 'template',
  create() {
    const node = createNode(['first', 'second'])
    const open: Ledger[] = []
    const connect = (account: string): Ledger => {
      const ledger = createTemplateLedger({ settings: { node, account, pollMs: 5 } })
      open.push(ledger)
      return ledger
    }
    const closeAll = async (): Promise<void> => { for (const ledger of open) await ledger.close() }
    return Promise.resolve({
      ledger: connect('first'),
      second: () => Promise.resolve(connect('second')),
      reader: () => Promise.resolve(connect('reader')),
      async reopen() {
        await closeAll()
        return connect('first')
      },
      dispose: closeAll,
    })
  },
})
