import type { LedgerDescription } from '@careledger/ledger-spec'

/**
 * `ordered`, because the node refuses an append when the stream has grown meanwhile; a ledger on which both writers' items land, and the
 * first counts, is `first-final`. Limits are what you have seen the ledger take, not what its manual says.
 */
export function describeLedger(genesis: string): LedgerDescription {
  return {
    specVersion: 'v1',
    kind: 'template',
    ledgerId: `template:${genesis}`,
    limits: { recordsMax: 100, appendBytesMax: 1_000_000, recordBytes: 100, dataFactor: 1, dataBytesMax: 65_536, pageMax: 100 },
    finalWithinMs: 1_000,
    append: 'ordered',
    capabilities: new Set(),
  }
}
