import type { Guard, ReadView } from '@careledger/data-spec'
import { readRow } from '../../entries/rows.ts'
import type { MergeRow } from './merge-entries.ts'

/** Patients that were said to be one person with the one asked about. */
export interface MergeGroup {
  /** Handles, the one in front first; one alone where nothing is merged. */
  readonly members: readonly string[]
  readonly merges: readonly MergeRow[]
  /** That nothing was merged or undone meanwhile, upwards of the patient and among the members. */
  readonly guards: readonly Guard[]
}

/** Most members of a group that are read. */
export const groupMax = 32

/** Follows merges up to the patient in front, then down to all that lead there. A few look-ups by key. */
export async function readGroup(view: ReadView, patient: string): Promise<MergeGroup> {
  const guards: Guard[] = []
  let top = patient
  for (let step = 0; step < groupMax; step++) {
    const row = await view.projection('patient-merge', top)
    guards.push({ table: 'patient-merge', key: top, version: row?.version })
    if (row === undefined) break
    top = (readRow(row) as unknown as MergeRow).into
  }
  const members = [top]
  const merges: MergeRow[] = []
  for (const member of members) {
    const { rows } = await view.find({ table: 'patient-merge', index: 'patient', equals: member, limit: groupMax })
    for (const row of rows) {
      if (members.length >= groupMax || members.includes(row.key)) continue
      members.push(row.key)
      merges.push(readRow(row) as unknown as MergeRow)
      if (!guards.some(({ key }) => key === row.key)) guards.push({ table: 'patient-merge', key: row.key, version: row.version })
    }
  }
  return { members, merges, guards }
}
