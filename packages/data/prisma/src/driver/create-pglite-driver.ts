import type { PGlite } from '@electric-sql/pglite'
import { StoreError } from '@careledger/data-spec'
import type { Driver, Lane, Query, Row, Session } from './driver.ts'
import { pinnedPlans } from './pinned-plans.ts'
import { bytesToText, decoders } from './text-values.ts'

/** PGlite's own coding of bytes takes a microsecond for every five of them. */
const coding = { parsers: { ...decoders }, serializers: { 17: bytesToText } }

/**
 * One session for everybody, in the order of asking. `room` rejects while there is no room for what is to be written; reading snapshots do
 * not ask. `onClose` runs after the database is closed.
 */
export async function createPgliteDriver(database: PGlite, { room, onClose }: { room(queries: readonly Query[]): Promise<void>; onClose(): Promise<void> }): Promise<Driver> {
  const waiting: { resolve(): void; reject(error: unknown): void }[] = []
  let held: Session | undefined
  let open = true
  let transaction = false
  let closing: Promise<void> | undefined
  await database.exec(`SET TIME ZONE 'UTC'; ${pinnedPlans}`)

  const query = async ({ statement, values }: Query): Promise<readonly Row[]> => {
    if (values === undefined) {
      await database.exec(statement.text)
      return []
    }
    const { rows } = await database.query<Row>(statement.text, values as unknown[], coding)
    return rows
  }

  class PgliteSession implements Session {
    private ended = false
    private readonly lane: Lane

    constructor(lane: Lane) {
      this.lane = lane
    }

    get broken() { return this.ended || !open }
    destroy() { this.ended = true }
    async end() { this.ended = true }

    async run(queries: readonly Query[]): Promise<readonly (readonly Row[])[]> {
      const rows: (readonly Row[])[] = []
      if (this.lane !== 'read' && queries.some(({ statement }) => !/^(?:COMMIT|ROLLBACK)/.test(statement.text))) await room(queries)
      for (const one of queries) {
        if (this.broken) throw new StoreError('STORE_CLOSED', 'The store is closed.')
        if (one.statement.text.startsWith('BEGIN')) transaction = true
        rows.push(await query(one))
        if (/^(?:COMMIT|ROLLBACK)/.test(one.statement.text)) transaction = false
      }
      return rows
    }
  }

  const turn = (): Promise<void> => new Promise((resolve, reject) => {
    if (held === undefined && waiting.length === 0) resolve()
    else waiting.push({ resolve, reject })
  })

  return {
    kind: 'pglite',
    durability: 'process-death',
    lanes: () => 1,
    async acquire(lane) {
      if (!open) throw new StoreError('STORE_CLOSED', 'The store is closed.')
      const session = new PgliteSession(lane)
      const mine = turn()
      held ??= session
      await mine
      held = session
      if (transaction) {
        await database.exec('ROLLBACK')
        transaction = false
      }
      return session
    },
    release(_lane, session) {
      if (held !== session) return
      const next = waiting.shift()
      if (next === undefined) held = undefined
      else next.resolve()
    },
    async close() {
      open = false
      for (const { reject } of waiting.splice(0)) reject(new StoreError('STORE_CLOSED', 'The store is closed.'))
      closing ??= database.close().then(onClose)
      await closing
    },
  }
}
