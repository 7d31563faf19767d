import type { Projection, ProjectionWrite, ReadView } from '@careledger/data-spec'
import { utf8 } from '@careledger/proof'
import { openRowWith, rowAssociatedData } from '../../entries/rows.ts'
import type { RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { isStoreError, toLogicError } from '../../to-logic-error.ts'

/** How often a row is changed again when somebody else was first. */
const attemptsMax = 6

/**
 * Rows that belong to a person and not to the log: devices' names, passkeys, what guardians call somebody. No entry makes them, so they can be taken
 * back for ever; rebuild and audit leave them out. All are sealed under the platform's own key.
 */
export interface OwnRows<T extends RowValue> {
  read(view: ReadView, key: string): Promise<T | undefined>
  of(view: ReadView, index: string, equals: string): Promise<readonly { readonly key: string; readonly value: T }[]>
  /** Writes what `next` makes of the row as it stands; `null` deletes it, `undefined` leaves it. Errors: STALE after six tries. */
  change(key: string, next: (now: T | undefined) => T | null | undefined, indexes?: (value: T) => Readonly<Record<string, string>>): Promise<void>
  /** A write of a new row, to be joined to another one. */
  insert(key: string, value: T, indexes: Readonly<Record<string, string>>): Promise<ProjectionWrite>
}

/** Most rows of one index value that are read. */
const rowsMax = 200

export function ownRows<T extends RowValue>(parts: Parts, table: string): OwnRows<T> {
  const keys = async () => {
    const vault = parts.vaults.get(parts.system.custodian)
    if (vault === undefined) throw new LogicError('UNAVAILABLE', 'A vault cannot be reached.')
    return vault.organisation()
  }
  const open = async (row: Projection): Promise<T> => openRowWith(await keys(), row) as T
  const seal = async (key: string, value: T) => (await keys()).seal(utf8(JSON.stringify(value)), rowAssociatedData(table, key))
  return {
    async read(view, key) {
      const row = await view.projection(table, key)
      return row === undefined ? undefined : open(row)
    },
    async of(view, index, equals) {
      const { rows } = await view.find({ table, index, equals, limit: rowsMax })
      return Promise.all(rows.map(async (row) => ({ key: row.key, value: await open(row) })))
    },
    async change(key, next, indexes = () => ({})) {
      for (let attempt = 1; ; attempt++) {
        const row = await parts.store.read((view) => view.projection(table, key)).catch(rethrow)
        const value = next(row === undefined ? undefined : await open(row))
        if (value === undefined || (value === null && row === undefined)) return
        const write: ProjectionWrite = { table, key, expected: row?.version, next: value === null ? null : await seal(key, value), ...(value === null ? {} : { indexes: { ...row?.indexes, ...indexes(value) } }) }
        try {
          await parts.store.write({ projections: [write] })
          return
        } catch (error) {
          if (!isStoreError(error, 'STORE_STALE') || attempt === attemptsMax) throw toLogicError(error)
        }
      }
    },
    insert: async (key, value, indexes) => ({ table, key, next: await seal(key, value), indexes }),
  }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
