import type { GroupRows } from '../statements/write-group.ts'
import { rowName, type Ticket } from './ticket.ts'

/** All rows of the tickets; a row that many hold is held once, and of one that many replace the last stands. */
export function groupRows(tickets: readonly Ticket[]): GroupRows {
  const guards = new Map(tickets.flatMap((ticket) => ticket.guards.map((guard) => [rowName(guard), guard] as const)))
  const all = [...guards.values()]
  return {
    entries: tickets.flatMap((ticket) => ticket.entries),
    projections: tickets.flatMap((ticket) => ticket.projections),
    replaced: [...new Map(tickets.flatMap((ticket) => ticket.replaced.map((row) => [rowName(row), row] as const))).values()],
    held: all.flatMap(({ table, key, version }) => (version === undefined ? [] : [{ table, key, version }])),
    absent: all.filter((guard) => guard.version === undefined),
    // Those who rest on the same mostly say it with the same objects; one that is named twice is looked at twice.
    seenRows: [...new Set(tickets.flatMap((ticket) => ticket.seenRows))],
    seenIndexes: [...new Set(tickets.flatMap((ticket) => ticket.seenIndexes))],
    claims: tickets.flatMap((ticket) => ticket.claims),
    decisions: tickets.flatMap((ticket) => ticket.decisions),
  }
}

const chunkRowsMax = 4_096
const chunkBytesMax = 4 * 1024 * 1024

/** The same rows for several statements of one transaction, so that no parameter grows without bound. */
export function chunksOf(group: GroupRows): readonly GroupRows[] {
  const none: GroupRows = { entries: [], projections: [], replaced: [], held: [], absent: [], seenRows: [], seenIndexes: [], claims: [], decisions: [] }
  const entries = slices(group.entries, (entry) => entry.canonical.length + entry.signature.length + (entry.sealed?.length ?? 0))
  const projections = slices(group.projections, (row) => row.next?.length ?? 0)
  const decisions = slices(group.decisions, (decision) => decision.bytes.length)
  const first = { ...group, entries: entries[0] ?? [], projections: projections[0] ?? [], decisions: decisions[0] ?? [] }
  return [
    first,
    ...entries.slice(1).map((slice) => ({ ...none, entries: slice })),
    ...projections.slice(1).map((slice) => ({ ...none, projections: slice })),
    ...decisions.slice(1).map((slice) => ({ ...none, decisions: slice })),
  ].filter((chunk) => Object.values(chunk).some((rows: readonly unknown[]) => rows.length > 0))
}

function slices<T>(rows: readonly T[], size: (row: T) => number): readonly (readonly T[])[] {
  const found: T[][] = []
  let bytes = 0
  for (const row of rows) {
    const last = found.at(-1)
    bytes += size(row)
    if (last !== undefined && last.length < chunkRowsMax && bytes <= chunkBytesMax) last.push(row)
    else {
      found.push([row])
      bytes = size(row)
    }
  }
  return found
}
