import type { LedgerDescription } from '@careledger/ledger-spec'
import type { ChainProfile } from './profile.ts'
import type { CheckedSettings } from './settings.ts'

/** Bytes that a record takes in a transaction beside its data: 85 with head, key and marker. */
const RECORD_BYTES = 96

/**
 * What the ledger says of itself. No private streams: every node has every log. `pageMax` is 1,000 because geth refuses more ids in
 * one filter (go-ethereum eth/filters/api.go, maxSubTopics).
 */
export function describeLedger(settings: CheckedSettings, profile: ChainProfile, ledgerId: string): LedgerDescription {
  const { finality, blockTimeMs } = settings
  const blocks = 'tag' in finality ? 100 : 3 * finality.confirmationsMin
  return {
    specVersion: 'v1',
    kind: profile.kind,
    ledgerId,
    limits: {
      recordsMax: settings.recordsMax,
      appendBytesMax: settings.appendBytesMax,
      recordBytes: RECORD_BYTES,
      dataFactor: 1,
      dataBytesMax: settings.dataBytesMax,
      pageMax: 1_000,
    },
    finalWithinMs: settings.finalWithinMs ?? blocks * blockTimeMs + 5_000,
    append: 'ordered',
    capabilities: new Set(profile.receiptsRoot ? ['membership', 'evidence'] : ['membership']),
  }
}
