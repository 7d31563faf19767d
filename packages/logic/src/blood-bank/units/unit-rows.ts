import type { RowChange, RowValue } from '../../entries/network-definition.ts'
import { unitKey, type UnitFacts } from './unit-facts.ts'
import type { UnitPlace } from './unit-life.ts'

/** Row `unit`, plain; key = `<din> <product>`; indexes `bank` (who holds it, and in which state), `donation`, and `to` while it is on its way. */
export interface UnitRow extends UnitFacts, Omit<UnitPlace, 'expires'> {
  /** Entries of its life so far; the next step's number. */
  readonly steps: number
  /** The newest of them, who signed it, and its author's time. */
  readonly entry: string
  readonly signer: string
  readonly asOf: string
}

export const unitTables = { unit: { readBack: true }, 'blood-stock': { readBack: true } } as const

export function unitChange(row: UnitRow, options: { readonly insert?: boolean } = {}): RowChange {
  return {
    table: 'unit', key: unitKey(row), value: row as unknown as RowValue, ...options,
    indexes: { bank: row.bank, kind: stockKey(row), donation: row.din, ...(row.to === undefined ? {} : { to: row.to }) },
  }
}

/** What units of one bank, component and group are found by, and their stock row's key. */
export function stockKey({ bank, component, group }: Pick<UnitRow, 'bank' | 'component' | 'group'>): string {
  return `${bank} ${component} ${group}`
}
