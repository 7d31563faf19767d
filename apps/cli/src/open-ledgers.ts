import type { Ledger } from '@careledger/ledger-spec'
import { CommandError, exitCodes } from './exit-codes.ts'
import { settingsOf } from './settings-of.ts'

/** Which ledgers a member's own process looks at. */
export interface Place {
  /** One of the file of ledgers; default: all of them. */
  readonly ledger?: string | undefined
  /** A journal by its path, instead of the file of ledgers. */
  readonly journal?: string | undefined
  /** The file of ledgers; default: that of the data directory. */
  readonly ledgers?: string | undefined
}
export interface NamedLedger {
  readonly name: string
  readonly ledger: Ledger
}

/** Opens them to read; journals are followed. Errors: SettingsError, USAGE. */
export async function openLedgers({ ledger, journal, ledgers }: Place, data: string | undefined): Promise<readonly NamedLedger[]> {
  if (journal === undefined) {
    const { openLedgersToRead } = await import('@careledger/reference')
    return openLedgersToRead(await settingsOf({ data }, ledgers === undefined ? {} : { CARELEDGER_LEDGERS: ledgers }), ledger)
  }
  if (ledger !== undefined) throw new CommandError(exitCodes.usage, 'USAGE', 'Say --ledger or --journal, not both.')
  const { createInMemoryLedger } = await import('@careledger/ledger-in-memory')
  return [{ name: 'journal', ledger: await createInMemoryLedger({ settings: { journal: { path: journal, readOnly: true } } }) }]
}
