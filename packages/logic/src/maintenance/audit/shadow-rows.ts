import type { Projection } from '@careledger/data-spec'
import { concat, equalBytes, sha256, toHex, utf8 } from '@careledger/proof'
import type { RowValue, SealedFor, TableDefinition } from '../../entries/network-definition.ts'
import type { RowSource, TouchedRow } from '../../entries/projector.ts'
import { rowAssociatedData, rowBytes } from '../../entries/rows.ts'
import type { Parts } from '../../parts.ts'
import { createCompactRows, type CompactRows } from './compact-rows.ts'
import type { Damage } from './damage.ts'
import type { Findings } from './findings.ts'
import { createOwners } from './owners.ts'
import { remakeRow } from './remake-row.ts'

/**
 * What every row should be, by replaying the entries. Of rows named by an entry that no projection reads again, or that can be made again
 * from that entry, it keeps 16 bytes of digest in a table without objects; of the others the value.
 */
export interface ShadowRows {
  readonly source: RowSource
  apply(rows: readonly TouchedRow[]): void
  /** What the entries give here rests on what is stored here: there is nothing to compare. */
  adopt(table: string, key: string): void
  /** Compares the stored tables with what should be there; a difference that depends on a damaged entry is counted there. Gives the number of rows looked at. */
  compare(damage: Damage): Promise<number>
}

interface ShadowRow {
  readonly digest: Uint8Array
  readonly value?: RowValue | undefined
  readonly indexes?: Readonly<Record<string, string>> | undefined
  readonly sealedFor?: SealedFor | undefined
  /** Digests of former values in hex, newest last: a row that holds one of them was rolled back. */
  readonly former?: readonly string[] | undefined
}

const formerMax = 16
/** Sealed rows that do not open are tried in each other's places, as long as they are few. */
const misplacedMax = 200

export function createShadowRows(parts: Parts, findings: Findings, tables: ReadonlyMap<string, TableDefinition>): ShadowRows {
  const rows = new Map<string, ShadowRow>()
  const compact = new Map<string, CompactRows>([...tables].flatMap(([table, { readBack }]) => (readBack === true ? [] : [[table, createCompactRows()]])))
  const owners = createOwners()
  const adopted = new Set<string>()
  const shut: { readonly row: Projection; readonly expected: ShadowRow }[] = []

  const heldCompactly = (table: string, key: string): ShadowRow | undefined => {
    const held = entryKey.test(key) ? compact.get(table)?.get(key) : undefined
    return held === undefined ? undefined : { digest: held.digest, sealedFor: owners.get(held.owner) }
  }
  const take = (table: string, key: string): ShadowRow | undefined => {
    const name = `${table}\0${key}`
    const held = rows.get(name) ?? heldCompactly(table, key)
    if (!rows.delete(name) && held !== undefined) compact.get(table)?.delete(key)
    return held
  }

  const compareRow = async (row: Projection, damage: Damage): Promise<void> => {
    const id = `${row.table}/${row.key}`
    const expected = take(row.table, row.key)
    const excused = (text: string): boolean => {
      const cause = damage.causeOfRow(row.key, text)
      if (cause !== undefined) damage.rowUnchecked(cause)
      return cause !== undefined
    }
    if (adopted.has(`${row.table}\0${row.key}`) && (findings.has('projection', id) || excused(plainText(row.value)))) return
    if (expected === undefined) {
      if (!excused(entryKey.test(row.key) ? '' : `${JSON.stringify(row.indexes ?? {})} ${plainText(row.value)}`)) findings.add({ what: 'added', kind: 'projection', id, detail: 'No entry makes this row.' })
      return
    }
    const plain = await openPlain(parts, row, expected.sealedFor)
    if (plain === undefined) return void shut.push({ row, expected })
    const actual = digestOf(plain, row.indexes)
    if (equalBytes(actual, expected.digest)) return
    if (excused(plainText(plain))) return
    const what = expected.former?.includes(toHex(actual)) === true ? 'rolled-back' : 'altered'
    findings.add({ what, kind: 'projection', id, detail: what === 'altered' ? 'The row is not what the entries give.' : 'The row holds a former value.', expected: toHex(expected.digest), actual: toHex(actual) })
  }

  const source: RowSource = async (table, key, _sealedFor) => {
    const row = rows.get(`${table}\0${key}`)
    if (row !== undefined) return { version: 1, value: row.value, indexes: row.indexes }
    const held = tables.get(table)?.readBack === 'remade' ? heldCompactly(table, key) : undefined
    if (held === undefined) return undefined
    const made = await remakeRow(parts, source, table, key)
    return made?.value !== undefined && equalBytes(digestOf(rowBytes(made.value), made.indexes ?? {}), held.digest) ? { version: 1, value: made.value, indexes: made.indexes } : undefined
  }

  return {
    source,
    adopt: (table, key) => void adopted.add(`${table}\0${key}`),
    apply(touched) {
      // A row that an entry changes, and the ones it makes by that, cannot be made again from one entry alone: they are kept whole.
      const amends = touched.some(({ table, key, changed }) => changed && tables.get(table)?.readBack === 'remade' && (rows.has(`${table}\0${key}`) || heldCompactly(table, key) !== undefined))
      for (const { table, key, value, indexes, sealedFor, changed } of touched) {
        if (!changed) continue
        if (value === undefined) {
          take(table, key)
          continue
        }
        const digest = digestOf(rowBytes(value), indexes ?? {})
        const { readBack } = tables.get(table) ?? { readBack: true }
        const small = entryKey.test(key) && (readBack === false || (readBack === 'remade' && !amends)) ? compact.get(table) : undefined
        if (small !== undefined) {
          small.set(key, digest, owners.numberOf(sealedFor))
          continue
        }
        const before = take(table, key)
        rows.set(`${table}\0${key}`, readBack === false ? { digest, sealedFor } : { digest, value, indexes, sealedFor, former: before === undefined ? undefined : [...(before.former ?? []), toHex(before.digest)].slice(-formerMax) })
      }
    },
    async compare(damage) {
      let seen = 0
      for (const table of tables.keys()) {
        for (let after: string | undefined; ; ) {
          const page = await parts.store.read((view) => view.find({ table, after, limit: 1000 }))
          for (const row of page.rows) await compareRow(row, damage)
          seen += page.rows.length
          if (page.next === undefined) break
          after = page.next
        }
      }
      for (const one of shut) findings.add(await shutFinding(parts, one, shut))
      const missing = (table: string, key: string): void => {
        const cause = damage.causeOfRow(key)
        if (cause !== undefined) damage.rowUnchecked(cause)
        else findings.add({ what: 'removed', kind: 'projection', id: `${table}/${key}`, detail: 'A row that the entries give is missing.' })
      }
      for (const name of rows.keys()) missing(...(name.split('\0') as [string, string]))
      for (const [table, left] of compact) for (const key of left.keys()) missing(table, key)
      return seen
    },
  }
}

/** A sealed row that does not open in its place: another one's, if it opens there. */
async function shutFinding(parts: Parts, one: { readonly row: Projection }, shut: readonly { readonly row: Projection; readonly expected: ShadowRow }[]) {
  const id = `${one.row.table}/${one.row.key}`
  for (const other of shut.length > misplacedMax ? [] : shut) {
    if (other.row === one.row) continue
    if ((await openPlain(parts, { ...other.row, value: one.row.value }, other.expected.sealedFor)) !== undefined) {
      return { what: 'swapped', kind: 'projection', id, detail: `The row holds what belongs at ${other.row.table}/${other.row.key}.` } as const
    }
  }
  return { what: 'altered', kind: 'projection', id, detail: 'The sealed row does not open in its place.' } as const
}

async function openPlain(parts: Parts, row: Pick<Projection, 'table' | 'key' | 'value'>, sealedFor: SealedFor | undefined): Promise<Uint8Array | undefined> {
  if (sealedFor === undefined) return row.value
  const keys = await parts.vaults.get(sealedFor.custodian)?.patient(sealedFor.patient)
  try {
    return keys?.open(row.value, rowAssociatedData(row.table, row.key))
  } catch {
    return undefined
  }
}

/** Rows with such a key are made by one entry: only that entry, or one they name, makes them doubtful. */
const entryKey = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function plainText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

function digestOf(plain: Uint8Array, indexes: Readonly<Record<string, string>>): Uint8Array {
  const names = Object.entries(indexes).sort(([a], [b]) => (a < b ? -1 : 1))
  return sha256(concat(plain, utf8(`\0${JSON.stringify(names)}`))).subarray(0, 16)
}
