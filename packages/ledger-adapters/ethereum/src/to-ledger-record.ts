import { LedgerError, type LedgerRecord, type ListedRecord } from '@careledger/ledger-spec'
import type { PlacedLog } from './place-logs.ts'
import { toPosition } from './position.ts'

const ID_HEX = 32

/** A record's log and its batch as the port shows them. LEDGER_CORRUPTION when the log is not of the contract's form. */
export function toLedgerRecord({ log, batch }: PlacedLog, state: 'pending' | 'final'): LedgerRecord {
  const [, id = '', ...hashes] = log.topics
  const digest = hashes.at(-1)
  if (digest === undefined) throw new LedgerError('LEDGER_CORRUPTION', 'A log is not of the contract\'s form', { details: { height: Number(log.blockNumber) } })
  const [key] = hashes.length === 2 ? hashes : []
  return {
    id: toId(id),
    ...(key === undefined ? {} : { key: key.slice(2) }),
    digest: digest.slice(2),
    ...(log.data === '0x' ? {} : { data: toBytes(log.data.slice('0x01'.length)) }),
    state,
    writer: batch.writer,
    recordedAt: new Date(Number(batch.time) * 1_000),
  }
}

export function toListedRecord(placed: PlacedLog): ListedRecord {
  return { ...toLedgerRecord(placed, 'final'), state: 'final', position: toPosition(placed.sequence) }
}

/** The id in the second topic of a record's log. */
export function toId(topic: string): string {
  return topic.slice(2, 2 + ID_HEX)
}

function toBytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
