import type { Leaf, OutboxRow, OutboxState, Projection, StoredEntry, TreeState } from '@careledger/data-spec'
import type { Row } from '../driver/driver.ts'

export const entryColumns = 'e.id, e.entry_hash, e.signature_hash, e.canonical, e.signature, e.network, e.chain, e.commitment, e.sealed, e.document_id'

export function toEntry(row: Row): StoredEntry {
  return {
    id: row['id'] as string,
    entryHash: row['entry_hash'] as Uint8Array,
    signatureHash: row['signature_hash'] as Uint8Array,
    canonical: row['canonical'] as Uint8Array,
    signature: row['signature'] as Uint8Array,
    network: row['network'] as string,
    chain: row['chain'] as string,
    ...(row['commitment'] === null ? {} : { commitment: row['commitment'] as Uint8Array }),
    ...(row['sealed'] === null ? {} : { sealed: row['sealed'] as Uint8Array }),
    ...(row['document_id'] === null ? {} : { documentId: row['document_id'] as string }),
  }
}

/** [seen-2] Which transaction wrote the row, and how often it was written: `xmin` of an inserted row is another one, whatever its version. */
export const stampOf = (row: string): string => `${row}.version::text || '.' || ${row}.xmin::text`

export const projectionColumns = `p.table_name, p.row_key, p.version, p.value, p.indexes, ${stampOf('p')} AS stamp`

export function toProjection(row: Row): Projection {
  return {
    table: row['table_name'] as string,
    key: row['row_key'] as string,
    version: row['version'] as number,
    value: row['value'] as Uint8Array,
    indexes: row['indexes'] as Readonly<Record<string, string>>,
    stamp: row['stamp'] as string,
  }
}

export const leafColumns = 'l.entry_id, l.leaf_index, l.leaf_input, l.chain, l.chain_sequence'

export function toLeaf(row: Row): Leaf {
  return {
    id: row['entry_id'] as string,
    index: row['leaf_index'] as number,
    leafInput: row['leaf_input'] as Uint8Array,
    chain: row['chain'] as string,
    chainSequence: row['chain_sequence'] as number,
  }
}

export function toTreeState(row: Row | undefined): TreeState {
  return { size: (row?.['size'] as number | undefined) ?? 0, frontier: cut((row?.['frontier'] as Uint8Array | undefined) ?? new Uint8Array()) }
}

function cut(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: bytes.length / 32 }, (_, at) => bytes.slice(at * 32, at * 32 + 32))
}

/** Outbox states by their number in the column. */
export const outboxStates: readonly OutboxState[] = ['waiting', 'sent', 'final', 'blocked']

export const outboxColumns = 'o.position, o.target, o.item, o.stream, o.record_id, o.key, o.digest, o.data, o.epoch, o.created_at, o.state, o.attempts, o.receipt, o.reason'

export function toOutboxRow(row: Row): OutboxRow {
  return {
    target: row['target'] as string,
    item: row['item'] as string,
    stream: row['stream'] as string,
    recordId: row['record_id'] as string,
    digest: row['digest'] as string,
    createdAt: row['created_at'] as Date,
    state: outboxStates[row['state'] as number] as OutboxState,
    attempts: row['attempts'] as number,
    ...(row['key'] === null ? {} : { key: row['key'] as string }),
    ...(row['data'] === null ? {} : { data: row['data'] as Uint8Array }),
    ...(row['epoch'] === null ? {} : { epoch: row['epoch'] as number }),
    ...(row['receipt'] === null ? {} : { receipt: row['receipt'] as string }),
    ...(row['reason'] === null ? {} : { reason: row['reason'] as string }),
  }
}
