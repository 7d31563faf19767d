import { composeLedger } from '@careledger/ledger-kit'
import type { Ledger } from '@careledger/ledger-spec'
import { appendRecords } from './append-records.ts'
import { describeLedger } from './capabilities.ts'
import { getRecords, listRecords } from './read-records.ts'
import { checkSettings, type TemplateLedgerSettings } from './settings.ts'
import { toLedgerError } from './to-ledger-error.ts'

/** Opens the ledger. TypeError: wrong settings. */
export function createTemplateLedger({ settings }: { readonly settings: TemplateLedgerSettings }): Ledger {
  checkSettings(settings)
  const { node } = settings
  return composeLedger({
    description: describeLedger(node.genesis),
    mark: (stream) => node.size(stream),
    send: (stream, records, size) => appendRecords(settings, stream, records, size as number),
    getMany: (stream, ids) => getRecords(node, stream, ids),
    list: (stream, query) => listRecords(node, stream, query),
    health: () => Promise.resolve({ ok: true, problems: [] }),
    close: () => Promise.resolve(),
    toLedgerError,
  }, { pollMs: settings.pollMs ?? 100 })
}
