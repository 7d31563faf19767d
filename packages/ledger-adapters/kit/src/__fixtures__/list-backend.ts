import { createHash } from 'node:crypto'
import type { LedgerRecord, ListedRecord, NewRecord } from '@careledger/ledger-spec'
import type { LedgerBackend } from '../ledger-backend.ts'

export interface ListBackend extends LedgerBackend {
  /** Records of every `send`, in turn. */
  readonly sends: (readonly NewRecord[])[]
  /** Final records of the one stream. */
  readonly records: LedgerRecord[]
}

/** The least backend there is: one list of final records in memory. `change` replaces methods of it. */
export function listBackend(change: (backend: ListBackend) => Partial<LedgerBackend> = () => ({})): ListBackend {
  const records: LedgerRecord[] = []
  const sends: (readonly NewRecord[])[] = []
  const backend: ListBackend = {
    sends,
    records,
    description: {
      specVersion: 'v1', kind: 'list', ledgerId: 'list', append: 'ordered', finalWithinMs: 100,
      limits: { recordsMax: 4, appendBytesMax: 1_000, recordBytes: 100, dataFactor: 2, dataBytesMax: 200, pageMax: 3 },
      capabilities: new Set(),
    },
    async send(_stream, sent) {
      sends.push(sent)
      await new Promise((resolve) => { setTimeout(resolve, 2) })
      records.push(...sent.map((record) => ({ ...record, state: 'final' as const, writer: 'me' })))
      return { outcome: 'accepted', state: 'final' }
    },
    getMany: async (_stream, ids) => ids.map((id) => records.find((record) => record.id === id)),
    async list(_stream, { after, limit }) {
      const from = after === undefined ? 0 : Number(after)
      const page = records.slice(from, from + limit).map((record, index): ListedRecord => ({ ...record, state: 'final', position: String(from + index + 1).padStart(6, '0') }))
      const last = page.at(-1)
      return from + limit < records.length && last !== undefined ? { records: page, next: last.position } : { records: page }
    },
    health: async () => ({ ok: true, problems: [] }),
    close: async () => undefined,
    toLedgerError: () => undefined,
  }
  return Object.assign(backend, change({ ...backend }))
}

let made = 0

export function newRecord(parts: Partial<NewRecord> = {}): NewRecord {
  const id = String((made += 1)).padStart(32, '0')
  return { id, digest: createHash('sha256').update(id).digest('hex'), ...parts }
}

export function newRecords(count: number): NewRecord[] {
  return Array.from({ length: count }, () => newRecord())
}
