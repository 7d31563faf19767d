import { composeLedger } from '@careledger/ledger-kit'
import type { Ledger } from '@careledger/ledger-spec'
import { appendRecords, nextNumber } from './append-records.ts'
import { describeLedger } from './capabilities.ts'
import { openFolder } from './folder.ts'
import { getRecords, listRecords } from './read-records.ts'
import { checkSettings, type FolderLedgerSettings } from './settings.ts'
import { toLedgerError } from './to-ledger-error.ts'

/** Opens a folder as a ledger. TypeError: wrong settings. LEDGER_UNAVAILABLE: the folder cannot be used. */
export async function createFolderLedger({ settings }: { readonly settings: FolderLedgerSettings }): Promise<Ledger> {
  checkSettings(settings)
  const folder = await openFolder(settings).catch((error: unknown) => { throw toLedgerError(error, 'read') })
  return composeLedger({
    description: describeLedger(`folder:${folder.genesis.ledgerId}`),
    mark: () => nextNumber(folder),
    send: (stream, records, mark) => appendRecords(folder, settings.account, stream, records, mark as number),
    getMany: (stream, ids) => getRecords(folder, stream, ids),
    list: (stream, query) => listRecords(folder, stream, query),
    async health() {
      await folder.refresh()
      const height = BigInt(folder.height())
      return { ok: true, height, finalHeight: height, problems: [] }
    },
    close: () => Promise.resolve(),
    toLedgerError,
  }, { pollMs: settings.pollMs ?? 100 })
}
