import type { LedgerDescription } from '@careledger/ledger-spec'
import { DATA_BYTES_MAX, ITEM_RECORDS } from './item-limits.ts'
import type { Chain } from './open-chain.ts'
import type { CheckedSettings } from './settings.ts'

/**
 * Private streams are absent: MultiChain restricts reading in its Enterprise edition only. A record counts 160 bytes: two keys of 98
 * characters with their opcodes and 33 bytes of data, rounded up. Blocks come irregularly (9 to 32 s seen at a target of 15), so the
 * caller alarms after three times the nominal time.
 */
export function describeLedger(settings: CheckedSettings, chain: Chain): LedgerDescription {
  const names = Object.entries(settings.streams.names).sort().map(([stream, name]) => `,${stream}=${name}`).join('')
  return {
    specVersion: 'v1',
    kind: 'multichain',
    ledgerId: `multichain:${chain.genesisHash}:${settings.streams.prefix}${names}`,
    limits: {
      recordsMax: 10 * ITEM_RECORDS,
      appendBytesMax: 160 * 10 * ITEM_RECORDS + DATA_BYTES_MAX,
      recordBytes: 160,
      dataFactor: 1,
      dataBytesMax: DATA_BYTES_MAX,
      pageMax: 1_000,
    },
    finalWithinMs: Math.ceil(3_000 * chain.targetBlockTime * settings.confirmationsMin) + 5_000,
    append: 'first-final',
    capabilities: new Set(['membership', 'evidence']),
  }
}
