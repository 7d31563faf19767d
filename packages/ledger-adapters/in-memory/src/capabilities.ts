import type { LedgerDescription } from '@careledger/ledger-spec'
import type { CheckedSettings } from './settings.ts'

/**
 * What the ledger says of itself. Private streams only without a journal: a journal is one plain file, and whoever may follow it
 * reads all of it. No evidence: there is no second party whose signature would make a proof more than our own word.
 */
export function describeLedger(settings: CheckedSettings, ledgerId: string): LedgerDescription {
  return {
    specVersion: 'v1',
    kind: 'in-memory',
    ledgerId,
    limits: {
      recordsMax: settings.recordsMax,
      appendBytesMax: 2 * settings.dataBytesMax + 512 * settings.recordsMax,
      recordBytes: 256,
      dataFactor: 2,
      dataBytesMax: settings.dataBytesMax,
      pageMax: settings.pageMax,
    },
    finalWithinMs: settings.finalAfterMs + 1_000,
    append: 'ordered',
    capabilities: new Set(settings.journal === undefined ? ['private-streams'] : []),
  }
}
