import { createHash } from 'node:crypto'
import type { Projection } from '@careledger/data-spec'
import type { RowValue, SealedFor } from '../../entries/network-definition.ts'
import type { RowSource, TouchedRow } from '../../entries/projector.ts'
import { rowAssociatedData, rowBytes } from '../../entries/rows.ts'
import type { Parts } from '../../parts.ts'
import type { Damage } from './damage.ts'
import type { Findings } from './findings.ts'

/** What every row should be, by replaying the entries: the value where a projection may read it again, 16 bytes of digest elsewhere. */
export interface ShadowRows {
  readonly source: RowSource
  apply(rows: readonly TouchedRow[]): void
  /** What the entries give here rests on what is stored here: there is nothing to compare. */
  adopt(table: string, key: string): void
  /** Compares the stored tables with what should be there; a difference that depends on a damaged entry is counted there. Gives the number of rows looked at. */
  compare(tables: ReadonlyMap<string, { readonly readBack: boolean }>, damage: Damage): Promise<number>
}

interface ShadowRow {
  readonly digest: string
  readonly value?: RowValue | undefined
  readonly indexes?: Readonly<Record<string, string>> | undefined
  readonly sealedFor?: SealedFor | undefined
  /** Digests of former values, newest last: a row that holds one of them was rolled back. */
  readonly former?: readonly string[] | undefined
}

const formerMax = 16
/** Sealed rows that do not open are tried in each other's places, as long as they are few. */
const misplacedMax = 200

export function createShadowRows(parts: Parts, findings: Findings, tables: ReadonlyMap<string, { readonly readBack: boolean }>): ShadowRows {
  const rows = new Map<string, ShadowRow>()
  const adopted = new Set<string>()
  const shut: { readonly row: Projection; readonly expected: ShadowRow }[] = []

  const compareRow = async (row: Projection, damage: Damage): Promise<void> => {
    const name = `${row.table}\0${row.key}`
    const id = `${row.table}/${row.key}`
    const expected = rows.get(name)
    rows.delete(name)
    const excused = (text: string): boolean => {
      const cause = damage.causeOfRow(row.key, text)
      if (cause !== undefined) damage.rowUnchecked(cause)
      return cause !== undefined
    }
    if (adopted.has(name) && (findings.has('projection', id) || excused(plainText(row.value)))) return
    if (expected === undefined) {
      if (!excused(entryKey.test(row.key) ? '' : `${JSON.stringify(row.indexes ?? {})} ${plainText(row.value)}`)) findings.add({ what: 'added', kind: 'projection', id, detail: 'No entry makes this row.' })
      return
    }
    const plain = await openPlain(parts, row, expected.sealedFor)
    if (plain === undefined) return void shut.push({ row, expected })
    const actual = digestOf(plain, row.indexes)
    if (actual === expected.digest) return
    if (excused(plainText(plain))) return
    const what = expected.former?.includes(actual) === true ? 'rolled-back' : 'altered'
    findings.add({ what, kind: 'projection', id, detail: what === 'altered' ? 'The row is not what the entries give.' : 'The row holds a former value.', expected: expected.digest, actual })
  }

  return {
    async source(table, key) {
      const row = rows.get(`${table}\0${key}`)
      return row === undefined ? undefined : { version: 1, value: row.value, indexes: row.indexes }
    },
    adopt: (table, key) => void adopted.add(`${table}\0${key}`),
    apply(touched) {
      for (const { table, key, value, indexes, sealedFor, changed } of touched) {
        if (!changed) continue
        const name = `${table}\0${key}`
        if (value === undefined) {
          rows.delete(name)
          continue
        }
        const digest = digestOf(rowBytes(value), indexes ?? {})
        if (tables.get(table)?.readBack === false) rows.set(name, { digest, ...(sealedFor === undefined ? {} : { sealedFor }) })
        else {
          const before = rows.get(name)
          rows.set(name, { digest, value, indexes, sealedFor, former: before === undefined ? undefined : [...(before.former ?? []), before.digest].slice(-formerMax) })
        }
      }
    },
    async compare(all, damage) {
      let seen = 0
      for (const table of all.keys()) {
        for (let after: string | undefined; ; ) {
          const page = await parts.store.read((view) => view.find({ table, after, limit: 1000 }))
          for (const row of page.rows) await compareRow(row, damage)
          seen += page.rows.length
          if (page.next === undefined) break
          after = page.next
        }
      }
      for (const one of shut) findings.add(await shutFinding(parts, one, shut))
      for (const name of rows.keys()) {
        const [table, key] = name.split('\0') as [string, string]
        const cause = damage.causeOfRow(key)
        if (cause !== undefined) {
          damage.rowUnchecked(cause)
          continue
        }
        findings.add({ what: 'removed', kind: 'projection', id: `${table}/${key}`, detail: 'A row that the entries give is missing.' })
      }
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

function digestOf(plain: Uint8Array, indexes: Readonly<Record<string, string>>): string {
  const names = Object.entries(indexes).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(plain).update('\0').update(JSON.stringify(names)).digest('base64url').slice(0, 22)
}
