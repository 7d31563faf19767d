import type { CheckedWrite } from '@careledger/data-kit'
import { StoreError, type Claim, type Decision, type Guard, type SeenIndex, type SeenRow, type StoredEntry, type WriteResult } from '@careledger/data-spec'
import { toHex } from '../statements/diagnose.ts'
import type { ComparedWrite, ReplacingWrite } from '../statements/write-group.ts'

/** One caller's Write on its way through a group; what turns out to be there already is taken out of it. */
export interface Ticket {
  readonly entries: readonly StoredEntry[]
  readonly projections: readonly ComparedWrite[]
  /** [projection-3] */
  readonly replaced: readonly ReplacingWrite[]
  readonly guards: readonly Guard[]
  /** [seen-1] What others write at the same time is in nobody's way: both speak of the state before. */
  readonly seenRows: readonly SeenRow[]
  readonly seenIndexes: readonly SeenIndex[]
  claims: readonly Claim[]
  decisions: readonly Decision[]
  /** Names that no other ticket may touch while this one is under way. */
  readonly writes: readonly string[]
  /** Names that others may hold too at the same version; version 0 is absence, -1 what is replaced whatever it is. */
  readonly holds: readonly (readonly [name: string, version: number])[]
  readonly rows: number
  readonly bytes: number
  resolve(result: WriteResult): void
  reject(error: unknown): void
}

/** Most bytes that one Write may carry. */
export const writeBytesMax = 256 * 1024 * 1024

/** Finds what is wrong within the Write itself, so that the statement meets every row once. */
export function createTicket(write: CheckedWrite, settle: Pick<Ticket, 'resolve' | 'reject'>): Ticket {
  const projections = write.projections.filter((row): row is ComparedWrite => row.expected !== 'any')
  const replaced = write.projections.filter((row): row is ReplacingWrite => row.expected === 'any')
  const expected = new Map(projections.map((row) => [rowName(row), row.expected ?? 0]))
  const held = new Map<string, Guard>()
  for (const guard of write.guards) {
    const name = rowName(guard)
    const other = expected.get(name) ?? (held.has(name) ? held.get(name)?.version ?? 0 : undefined)
    if (other !== undefined && other !== (guard.version ?? 0)) throw stale(guard)
    if (!expected.has(name)) held.set(name, guard)
  }
  const claims = new Map<string, Claim>()
  for (const claim of write.claims) {
    const name = claimName(claim)
    const other = claims.get(name)
    if (other !== undefined && other.owner !== claim.owner) throw claimed(claim)
    if (other === undefined) claims.set(name, claim)
  }
  const commitments = write.entries.flatMap(({ commitment }) => (commitment === undefined ? [] : [`m:${toHex(commitment)}`]))
  const bytes = sizeOf(write)
  if (bytes > writeBytesMax) throw new StoreError('STORE_INVALID', 'The Write has too many bytes.', { details: { bytes, writeBytesMax } })
  return {
    entries: write.entries,
    projections,
    replaced,
    guards: [...held.values()],
    seenRows: write.seen.filter((one) => 'key' in one),
    seenIndexes: write.seen.filter((one) => 'index' in one),
    claims: [...claims.values()],
    decisions: write.decisions,
    writes: [...write.entries.map(({ id }) => `e:${id}`), ...new Set(commitments), ...expected.keys(), ...claims.keys(), ...write.decisions.map(({ id }) => `d:${id}`)],
    holds: [...[...held].map(([name, guard]) => [name, guard.version ?? 0] as const), ...replaced.map((row) => [rowName(row), -1] as const)],
    rows: write.rows,
    bytes,
    ...settle,
  }
}

export function rowName({ table, key }: { readonly table: string; readonly key: string }): string { return `p:${table}\0${key}` }
export function claimName({ scope, value }: Claim): string { return `c:${scope}\0${value}` }

export function stale({ table, key }: { readonly table: string; readonly key: string }): StoreError {
  return new StoreError('STORE_STALE', 'A row is no longer what it was.', { details: { table, key } })
}
/** [entry-4] */
export function partlyStored(id: string): StoreError {
  return new StoreError('STORE_STALE', 'Some of the entries are stored already.', { details: { id } })
}
export function claimed({ scope }: Claim): StoreError {
  return new StoreError('STORE_CLAIMED', 'The value is taken.', { details: { scope } })
}
export function conflict(message: string, id: string): StoreError {
  return new StoreError('STORE_CONFLICT', message, { details: { id } })
}

function sizeOf({ entries, projections, decisions }: CheckedWrite): number {
  let size = 0
  for (const entry of entries) size += 96 + entry.canonical.length + entry.signature.length + (entry.sealed?.length ?? 0)
  for (const row of projections) size += row.next?.length ?? 0
  for (const decision of decisions) size += decision.bytes.length
  return size
}
