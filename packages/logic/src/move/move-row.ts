import type { Projection, ReadView } from '@careledger/data-spec'
import { readRow, rowBytes } from '../entries/rows.ts'
import type { Parts } from '../parts.ts'
import type { Way } from '../routes/way.ts'

/**
 * `copying`: older entries are handed to the new ledger's outbox, new ones go to both. `settling`: everything was handed over, and becomes
 * final. `checking`: the new ledger is read back. `closing`: the network stands on the new ledger; the last records of the old one and of
 * the new one become final. `halted`: reading back found something; an operator decides. `done` and `cancelled` are the end.
 */
export type MoveState = 'copying' | 'settling' | 'checking' | 'closing' | 'halted' | 'done' | 'cancelled'

/** Something that the new ledger does not hold as the log says: `lost` or `altered`. */
export interface MoveFinding {
  readonly what: 'lost' | 'altered'
  /** Entry id, or `checkpoint/<origin>/<size>`. */
  readonly item: string
}

/** One move of a network, from its start for ever. All of it is one row, so that whoever comes after a crash goes on where it was. */
export interface Move {
  /** UUIDv7. */
  readonly id: string
  readonly network: string
  /** The ledger that is left; absent where the new one is added. */
  readonly from?: string | undefined
  readonly to: string
  readonly way: Way
  readonly state: MoveState
  /** No older entries are handed over, and nothing goes on by itself; new entries still go to both. */
  readonly paused: boolean
  readonly startedAt: string
  readonly endedAt?: string | undefined
  /** Size of the log from which on the sequencer itself writes to both; older entries are copied. Absent until it is known. */
  readonly start?: number | undefined
  /** Log index up to which (exclusive) entries were handed over. */
  readonly next: number
  /** Entries of the network among them that were handed over, or were on the new ledger before. */
  readonly copied: number
  /** Size of the log below which everything is final on the new ledger before the network stands there. */
  readonly mark?: number | undefined
  /** Records that reading back has compared so far. */
  readonly checked: number
  /** Size of the log at which the old ledger ends for this network. */
  readonly end?: number | undefined
  readonly switchedAt?: string | undefined
  /** At most 100; `findingsTotal` counts all. */
  readonly findings: readonly MoveFinding[]
  readonly findingsTotal: number
  /** Why it does not go on, in words, where a person can do something about it. */
  readonly problem?: string | undefined
  /** The continuity file, canonical JSON, once it is done; absent where the ledger that was left had no checkpoint. */
  readonly continuity?: string | undefined
}

/** A move with the version of its row. */
export interface StoredMove extends Move {
  readonly version: number
}

const table = 'move'
export const activeStates: readonly MoveState[] = ['copying', 'settling', 'checking', 'closing', 'halted']

export function isActive({ state }: Pick<Move, 'state'>): boolean {
  return activeStates.includes(state)
}

/** Moves, newest first; of one network where it is named. `limit` 1..1,000. */
export async function readMoves(view: ReadView, query: { readonly network?: string | undefined; readonly limit: number }): Promise<readonly StoredMove[]> {
  const { rows } = await view.find({ table, limit: query.limit, newestFirst: true, ...(query.network === undefined ? {} : { index: 'network', equals: query.network }) })
  return rows.map(toMove)
}

/** Every move that is under way. */
export async function readActiveMoves(view: ReadView): Promise<readonly StoredMove[]> {
  return (await view.find({ table, index: 'active', equals: 'yes', limit: 1000 })).rows.map(toMove)
}

export async function readMove(view: ReadView, id: string): Promise<StoredMove | undefined> {
  const row = await view.projection(table, id)
  return row === undefined ? undefined : toMove(row)
}

/** The write that puts a move's next state in the place of the one that was read, or makes it. */
export function moveWrite(move: Move, expected: number | undefined) {
  const { version: _version, ...plain } = move as StoredMove
  return { table, key: move.id, expected, next: rowBytes(plain as never), indexes: { network: move.network, ...(isActive(move) ? { active: 'yes' } : {}) } }
}

/** Changes a move and nothing else. Errors: STORE_STALE when somebody changed it since it was read. */
export async function putMove(parts: Pick<Parts, 'store'>, move: StoredMove, changes: Partial<Move>): Promise<StoredMove> {
  const next = { ...move, ...changes }
  await parts.store.write({ projections: [moveWrite(next, move.version)] })
  return { ...next, version: move.version + 1 }
}

function toMove(row: Projection): StoredMove {
  return { ...(readRow(row) as unknown as Move), version: row.version }
}
