import type { LedgerDescription } from '@careledger/ledger-spec'

/** Whoever can open the folder reads all of it, nobody manages rights in it, and it proves nothing: no capability is declared. */
export function describeLedger(ledgerId: string): LedgerDescription {
  return {
    specVersion: 'v1',
    kind: 'folder',
    ledgerId,
    limits: { recordsMax: 500, appendBytesMax: 1_000_000, recordBytes: 300, dataFactor: 2, dataBytesMax: 65_536, pageMax: 500 },
    finalWithinMs: 1_000,
    append: 'ordered',
    capabilities: new Set(),
  }
}
