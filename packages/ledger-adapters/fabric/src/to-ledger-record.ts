import type { ListedRecord } from '@careledger/ledger-spec'
import type { AnsweredRecord } from './chaincode-answers.ts'
import { toPosition } from './position.ts'

/** A record as the port shows it: what the chaincode has committed is final. */
export function toLedgerRecord({ id, key, digest, data, writer, at, sequence }: AnsweredRecord): ListedRecord {
  return {
    id,
    ...(key === undefined ? {} : { key }),
    digest,
    ...(data === undefined ? {} : { data: Uint8Array.from(Buffer.from(data, 'base64')) }),
    state: 'final',
    writer,
    recordedAt: new Date(at),
    position: toPosition(sequence),
  }
}
