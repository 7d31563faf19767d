import type { Projection } from '@careledger/data-spec'
import type { DataKeys } from '@careledger/identity'
import { fromUtf8, utf8 } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import { rowAssociatedData } from '../../entries/rows.ts'
import { LogicError } from '../../logic-error.ts'

/**
 * Row `access-request`: somebody asks a patient for access. No entry makes it, for nothing has happened yet; it goes when it ends. Sealed under
 * the patient's key and padded, so that it has the length of a row that stands for nobody. Indexes: `patient`, `ends` (day), and `asker` on
 * one row of each asking.
 */
export const requestTable = 'access-request'

/** What is asked for; the patient may change all of it. */
export interface AskedTerms {
  readonly purpose: Purpose
  readonly types?: readonly string[] | undefined
  readonly from?: string | undefined
  /** 1 to 365. */
  readonly days: number
  readonly direct: boolean
}

export interface RequestRow {
  readonly asker: string
  readonly terms: AskedTerms
  readonly asked: string
  readonly ends: string
  readonly answer?: 'shared' | 'declined' | undefined
}

/** A request waits so long for its answer: 14 days. */
export const requestMs = 14 * 86_400_000
/** Plain bytes of every row. 100 names of types fit with room to spare. */
const rowBytesLength = 8192

export function sealRequest(keys: Pick<DataKeys, 'seal'>, key: string, row: RequestRow): Uint8Array {
  const text = utf8(JSON.stringify(row))
  if (text.length > rowBytesLength) throw new LogicError('INPUT_TOO_LARGE', 'The request is too long.')
  const padded = new Uint8Array(rowBytesLength).fill(0x20)
  padded.set(text)
  return keys.seal(padded, rowAssociatedData(requestTable, key))
}

/** Errors: CORRUPTION. */
export function openRequest(keys: Pick<DataKeys, 'open'>, { key, value }: Pick<Projection, 'key' | 'value'>): RequestRow {
  try {
    return JSON.parse(fromUtf8(keys.open(value, rowAssociatedData(requestTable, key)))) as RequestRow
  } catch (cause) {
    throw new LogicError('CORRUPTION', 'A request does not open in its place.', { cause, details: { table: requestTable, key } })
  }
}
