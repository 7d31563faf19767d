import type { Guard, ProjectionWrite } from '@careledger/data-spec'
import type { OrganisationKeys, PatientKeys } from '@careledger/identity'
import { randomBytes } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import type { AcceptedEntry, EntryType, ProjectContext, RowChange, RowMark, RowValue, SealedFor } from './network-definition.ts'
import { rowAssociatedData, rowBytes } from './rows.ts'

/** Runs entries' `project` one after another over an overlay of rows, and says at the end what must be written and what must still hold. */
export interface Projector {
  /** Adds one entry. When it throws, the whole write is refused and the projector thrown away. */
  add(type: EntryType, accepted: AcceptedEntry): Promise<void>
  /** A row's value as `project` would see it. What a check outside `project` rests on is read here too, and so becomes a guard. */
  row(table: string, key: string, sealedFor?: SealedFor): Promise<RowValue | undefined>
  /** As `project` has them: of each the vault is asked once for this write. */
  readonly keys: Pick<ProjectContext, 'organisation' | 'patient'>
  /** Every row that was touched, in the order of first touch. */
  touched(): readonly TouchedRow[]
  /** Expected versions for rows that change, guards for rows that were only read. */
  result(): Promise<{ readonly projections: readonly ProjectionWrite[]; readonly guards: readonly Guard[] }>
}

export interface TouchedRow {
  readonly table: string
  readonly key: string
  /** Version in the store: a number, `undefined` = no such row; `unread` = not looked at (an insert). */
  version: number | undefined | 'unread'
  value: RowValue | undefined
  indexes?: Readonly<Record<string, string>> | undefined
  sealedFor?: SealedFor | undefined
  changed: boolean
}

/** A row as it stands before this write. */
export interface SourceRow {
  readonly version: number
  readonly value: RowValue | undefined
  readonly indexes?: Readonly<Record<string, string>> | undefined
}

/** How a projector gets a row that it does not hold yet; sealed ones come opened. `undefined`: there is none. */
export type RowSource = (table: string, key: string, sealedFor: SealedFor | undefined) => Promise<SourceRow | undefined>

const markBytes = 16

export function createProjector(parts: Pick<Parts, 'vaults'>, source: RowSource): Projector {
  const rows = new Map<string, TouchedRow>()
  const marks = new Map<string, RowMark>()

  const touch = async (table: string, key: string, sealedFor: SealedFor | undefined): Promise<TouchedRow> => {
    const name = `${table}\0${key}`
    const held = rows.get(name)
    if (held !== undefined) return held
    const stored = await source(table, key, sealedFor)
    const row: TouchedRow = { table, key, version: stored?.version, changed: false, indexes: stored?.indexes, sealedFor, value: stored?.value }
    rows.set(name, row)
    return row
  }

  const context: ProjectContext = {
    row: async (table, key, sealedFor) => (await touch(table, key, sealedFor)).value,
    vault: (custodian) => vaultOf(parts, custodian),
    ...createKeyring(parts),
  }

  const apply = async (change: RowChange | RowMark): Promise<void> => {
    const name = `${change.table}\0${change.key}`
    if ('mark' in change) return void marks.set(name, change)
    if (change.insert === true && !rows.has(name)) {
      rows.set(name, { table: change.table, key: change.key, version: 'unread', value: undefined, changed: false })
    }
    const row = await touch(change.table, change.key, change.sealedFor)
    if (change.insert === true && row.value !== undefined) {
      throw new LogicError('ENTRY_CONFLICT', 'The entry makes a row that exists already.', { details: { table: change.table } })
    }
    row.value = change.value ?? undefined
    row.indexes = change.indexes
    row.sealedFor = change.sealedFor
    row.changed = true
  }

  return {
    async add(type, accepted) {
      for (const change of await type.project(context, accepted)) await apply(change)
    },
    row: context.row,
    keys: context,
    touched: () => [...rows.values()],
    async result() {
      const projections: ProjectionWrite[] = [...marks.values()].map(({ table, key }) => ({ table, key, expected: 'any', next: randomBytes(markBytes) }))
      const guards: Guard[] = []
      for (const row of rows.values()) {
        const expected = row.version === 'unread' ? undefined : row.version
        if (!row.changed) guards.push({ table: row.table, key: row.key, version: expected })
        else if (row.value !== undefined) projections.push({ table: row.table, key: row.key, expected, next: await encode(context, row), indexes: row.indexes })
        else if (row.version !== undefined && row.version !== 'unread') projections.push({ table: row.table, key: row.key, expected, next: null })
        else guards.push({ table: row.table, key: row.key, version: undefined })
      }
      return { projections, guards }
    },
  }
}

/** The stored bytes of a row. */
async function encode(keys: Projector['keys'], row: TouchedRow): Promise<Uint8Array> {
  const plain = rowBytes(row.value as RowValue)
  if (row.sealedFor === undefined) return plain
  return (await keys.patient(row.sealedFor)).seal(plain, rowAssociatedData(row.table, row.key))
}

function vaultOf(parts: Pick<Parts, 'vaults'>, custodian: string) {
  const vault = parts.vaults.get(custodian)
  if (vault === undefined) throw new LogicError('NOT_ALLOWED', 'This instance does not hold that custodian\'s payloads.', { details: { custodian } })
  return vault
}

/**
 * Keys of one write. A vault looks each time whether another process has changed it, and an import would ask some thousand times. What is destroyed
 * meanwhile refuses here too, or the write's guards do.
 */
function createKeyring(parts: Pick<Parts, 'vaults'>): Projector['keys'] {
  const organisations = new Map<string, OrganisationKeys>()
  const patients = new Map<string, PatientKeys>()
  return {
    async organisation(custodian) {
      const keys = organisations.get(custodian) ?? (await vaultOf(parts, custodian).organisation())
      organisations.set(custodian, keys)
      return keys
    },
    async patient({ custodian, patient }) {
      const name = `${custodian}\0${patient}`
      const keys = patients.get(name) ?? (await vaultOf(parts, custodian).patient(patient))
      if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this patient.')
      patients.set(name, keys)
      return keys
    },
  }
}
