import type { Finality, LedgerRecord, Receipt, RecordId, StreamName } from '@careledger/ledger-spec'

type Asked = Pick<Receipt, 'stream' | 'id' | 'digest'>

/**
 * The answer of `finality` from the records that a ledger shows now: no record is `absent`, another final digest is `lost`,
 * another pending digest is `absent` too, because nothing is decided yet. One `getMany` for each stream that is asked about.
 */
export async function finalityFromRecords(
  receipts: readonly Asked[],
  getMany: (stream: StreamName, ids: readonly RecordId[]) => Promise<readonly (LedgerRecord | undefined)[]>,
): Promise<readonly Finality[]> {
  const states: Finality[] = receipts.map(() => 'absent')
  const byStream = Map.groupBy(receipts.map((receipt, index) => ({ receipt, index })), ({ receipt }) => receipt.stream)
  for (const [stream, asked] of byStream) {
    const records = await getMany(stream, asked.map(({ receipt }) => receipt.id))
    asked.forEach(({ receipt, index }, place) => { states[index] = stateOf(receipt, records[place]) })
  }
  return states
}

function stateOf(receipt: Asked, record: LedgerRecord | undefined): Finality {
  if (record === undefined) return 'absent'
  if (record.digest === receipt.digest) return record.state
  return record.state === 'final' ? 'lost' : 'absent'
}
