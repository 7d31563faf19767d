import { typeReach } from '../../consent/covers.ts'
import { groundsOf, isConsented, type Permit } from '../../decisions/authorize.ts'
import { permittedRecords, type PermittedRecord } from '../permitted-records.ts'
import { remembered } from '../remembered.ts'
import type { RecordRow } from '../tables.ts'
import { flagOf, type Flag } from './flags.ts'
import { firstInstant } from './clinical-time.ts'

/** One record of a chart with the older versions of it that the permit reaches, newest first. */
export interface ChartRecord extends PermittedRecord {
  readonly versions: readonly PermittedRecord[]
  /** Milliseconds at which its clinical date begins; `undefined` without one. */
  readonly at?: number | undefined
  /** Of a measured result: what it means, by its own word or its own range. */
  readonly flag?: Flag | undefined
}

/** Everything of a patient that the permit reaches, from rows alone: nothing is opened. */
export interface Chart {
  /** Newest entry first; what has been amended is folded under what amended it. */
  readonly records: readonly ChartRecord[]
  /** There are more rows than a chart holds: the oldest entries are missing. */
  readonly truncated: boolean
}

/** How much of some types a permit reaches: `all`, `part` (of the time), or `none`. What is not `all` may be silent about what is there. */
export type Reach = 'all' | 'part' | 'none'

/** Most rows of one chart. */
const rowsMax = 20_000

/** `types`: resource types; absent: all. */
export async function readChart(permit: Permit, types?: readonly string[]): Promise<Chart> {
  const { records, truncated } = await permittedRecords(permit, { types }, rowsMax)
  return { records: fold(records), truncated }
}

/** A version is folded only where the one that replaced it may be read too; otherwise it stands by itself. */
export const fold = remembered((records: readonly PermittedRecord[]): readonly ChartRecord[] => {
  const byId = new Map(records.map((record) => [record.id, record]))
  const isFolded = ({ row }: PermittedRecord): boolean => row.replacedBy !== undefined && byId.has(row.replacedBy)
  return records.filter((record) => !isFolded(record)).map((record) => {
    const { id, row, consent } = record
    const { at, flag } = factsOf(row)
    return { id, row, consent, versions: row.replaces === undefined ? [] : versionsOf(record, byId), at, flag }
  })
})

const factsOf = remembered((row: RecordRow): Pick<ChartRecord, 'at' | 'flag'> => ({ at: row.date === undefined ? undefined : firstInstant(row.date), flag: row.measure === undefined ? undefined : flagOf(row.measure) }))

function versionsOf(record: PermittedRecord, byId: ReadonlyMap<string, PermittedRecord>): readonly PermittedRecord[] {
  const versions: PermittedRecord[] = []
  for (let former = byId.get(record.row.replaces ?? ''); former !== undefined; former = byId.get(former.row.replaces ?? '')) versions.push(former)
  return versions
}

export function reachOf(permit: Permit, types: readonly string[]): Reach {
  const grounds = groundsOf(permit)
  if (!isConsented(grounds)) return 'all'
  const reaching = types.map((type): Reach => typeReach(grounds.consents, type))
  return reaching.every((reach) => reach === 'all') ? 'all' : reaching.every((reach) => reach === 'none') ? 'none' : 'part'
}

/** Newest first by clinical date; those without one last, the newest entry first. */
export function newestFirst(a: ChartRecord, b: ChartRecord): number {
  return (b.at ?? -Infinity) - (a.at ?? -Infinity) || (a.id < b.id ? 1 : -1)
}
