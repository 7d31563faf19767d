import type { Projection } from '@careledger/data-spec'
import type { DataKeys } from '@careledger/identity'
import { fromUtf8, utf8 } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { RowValue, SealedFor } from './network-definition.ts'
import type { Parts } from '../parts.ts'

/** The bytes of a plain row: JSON with the members in the order given. Members that are `undefined` are absent. */
export function rowBytes(value: RowValue): Uint8Array {
  return utf8(JSON.stringify(value))
}

/** What is bound to a sealed row, so that it opens in its own place only. */
export function rowAssociatedData(table: string, key: string): Uint8Array {
  return utf8(`${table}|${key}`)
}

/** The value of a plain row. Errors: CORRUPTION naming table and key when its bytes are no JSON. */
export function readRow(row: Pick<Projection, 'table' | 'key' | 'value'>): RowValue {
  return parseRow(row, row.value)
}

/**
 * The value of a row sealed under a patient's key; `undefined` once the patient's keys are destroyed. Errors: CORRUPTION naming table and
 * key when it does not open in this place.
 */
export async function openRow(parts: Pick<Parts, 'vaults'>, row: Pick<Projection, 'table' | 'key' | 'value'>, sealedFor: SealedFor): Promise<RowValue | undefined> {
  const keys = await parts.vaults.get(sealedFor.custodian)?.patient(sealedFor.patient)
  return keys === undefined ? undefined : openRowWith(keys, row)
}

/** The same with keys in hand: a page of rows asks the vault once, which looks each time whether another process has changed it. */
export function openRowWith(keys: Pick<DataKeys, 'open'>, row: Pick<Projection, 'table' | 'key' | 'value'>): RowValue | undefined {
  let plain: Uint8Array
  try {
    plain = keys.open(row.value, rowAssociatedData(row.table, row.key))
  } catch (cause) {
    if (isDestroyed(cause)) return undefined
    throw new LogicError('CORRUPTION', 'A sealed row does not open in its place.', { cause, details: { table: row.table, key: row.key } })
  }
  return parseRow(row, plain)
}

/** The keys went between their being asked for and their use. */
export function isDestroyed(error: unknown): boolean {
  return (error as { readonly name?: unknown }).name === 'VaultError' && (error as { readonly code?: unknown }).code === 'VAULT_DESTROYED'
}

function parseRow(row: Pick<Projection, 'table' | 'key'>, bytes: Uint8Array): RowValue {
  try {
    return JSON.parse(fromUtf8(bytes)) as RowValue
  } catch (cause) {
    throw new LogicError('CORRUPTION', 'A row is not JSON.', { cause, details: { table: row.table, key: row.key } })
  }
}
