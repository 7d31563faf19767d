/** Every table that a backup holds, with its columns and their types, in the order of restoring. Leases are left out. */
export interface BackupTable { readonly name: string; readonly columns: Readonly<Record<string, ColumnType>>; readonly order: string }
export type ColumnType = 'uuid' | 'text' | 'bytea' | 'int2' | 'int4' | 'int8' | 'jsonb' | 'timestamptz'

export const backupTables: readonly BackupTable[] = [
  {
    name: 'entry', order: 'id',
    columns: { id: 'uuid', entry_hash: 'bytea', signature_hash: 'bytea', canonical: 'bytea', signature: 'bytea', network: 'text', chain: 'text', commitment: 'bytea', sealed: 'bytea', document_id: 'text' },
  },
  { name: 'waiting', order: 'arrival', columns: { arrival: 'int8', entry_id: 'uuid' } },
  { name: 'leaf', order: 'log, leaf_index', columns: { log: 'text', leaf_index: 'int8', entry_id: 'uuid', leaf_input: 'bytea', chain: 'text', chain_sequence: 'int8' } },
  { name: 'chain_head', order: 'log, chain', columns: { log: 'text', chain: 'text', sequence: 'int8', leaf_hash: 'bytea' } },
  { name: 'tile', order: 'log, path', columns: { log: 'text', path: 'text', bytes: 'bytea' } },
  { name: 'tree', order: 'log', columns: { log: 'text', size: 'int8', frontier: 'bytea' } },
  { name: 'checkpoint', order: 'log, size', columns: { log: 'text', size: 'int8', note: 'text' } },
  { name: 'projection', order: 'table_name, row_key', columns: { table_name: 'text', row_key: 'text', version: 'int4', value: 'bytea', indexes: 'jsonb' } },
  { name: 'projection_index', order: 'table_name, index_name, index_value, row_key', columns: { table_name: 'text', index_name: 'text', index_value: 'text', row_key: 'text' } },
  { name: 'claim', order: 'scope, value', columns: { scope: 'text', value: 'text', owner: 'text', expires_at: 'timestamptz' } },
  { name: 'decision', order: 'id', columns: { id: 'uuid', about: 'text', bytes: 'bytea' } },
  {
    name: 'outbox', order: 'position',
    columns: {
      position: 'int8', target: 'text', item: 'text', stream: 'text', record_id: 'text', key: 'text', digest: 'text', data: 'bytea', epoch: 'int4', created_at: 'timestamptz',
      state: 'int2', attempts: 'int4', receipt: 'text', reason: 'text',
    },
  },
  { name: 'outbox_count', order: 'target, state, part', columns: { target: 'text', state: 'int2', part: 'int2', count: 'int8' } },
]
