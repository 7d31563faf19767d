/** A value for `$n`; every parameter is cast in the SQL (`$1::text`), lists travel as array literals in a text. */
export type SqlValue = string | number | Uint8Array | null

/** SQL with a name under which a server keeps the plan; without one it is planned each time. */
export interface Statement { readonly name?: string | undefined; readonly text: string }

export interface Query { readonly statement: Statement; readonly values?: readonly SqlValue[] | undefined }

/** Columns by name: `bytea` is Uint8Array, `int8` number, `jsonb` the value, `timestamptz` Date, everything else as PostgreSQL's text or number. */
export type Row = Readonly<Record<string, unknown>>

/** One connection for as long as it is held. */
export interface Session {
  /**
   * Sends all queries at once where the driver can, and gives the rows of each. When one fails, those behind it are not run or have no
   * effect (inside a transaction), and the promise rejects with the driver's first error once all are answered.
   */
  run(queries: readonly Query[]): Promise<readonly (readonly Row[])[]>
  /** Says goodbye to the server; for a session that runs nothing. */
  end(): Promise<void>
  /** Ends the connection at once: an open transaction is rolled back, a COMMIT on its way may have happened or not. */
  destroy(): void
  /** The connection is gone; nothing more can be run. */
  readonly broken: boolean
}

/** `write` has few lanes kept free for groups of writes, `read` for snapshots, `other` for sequencer, outbox and maintenance. */
export type Lane = 'write' | 'read' | 'other'

export interface Driver {
  readonly kind: 'pglite' | 'postgres'
  /** What a resolved COMMIT survives. */
  readonly durability: 'power-loss' | 'process-death'
  /** How many sessions of a lane can be held at once. */
  lanes(lane: Lane): number
  /** Waits for a free session; rejects with the driver's error when there is no connection. */
  acquire(lane: Lane): Promise<Session>
  release(lane: Lane, session: Session): void
  /** Waiting `acquire` calls reject; held sessions are destroyed. Idempotent. */
  close(): Promise<void>
}

/** Sends BEGIN, COMMIT and the like. */
export function command(text: string): Query {
  return { statement: { text } }
}
