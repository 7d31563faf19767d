import pg from 'pg'
import { StoreError } from '@careledger/data-spec'
import { textTypes } from './text-values.ts'
import type { Driver, Lane, Query, Row, Session } from './driver.ts'
import { createPool, type Pool } from './pool.ts'
import { pinnedPlans } from './pinned-plans.ts'

export interface PostgresDriverSettings {
  readonly connectionString: string
  /** Connections at most; at least 3. */
  readonly poolMax: number
}

const connectTimeoutMs = 5_000
/** Beyond the server's own statement timeout: no answer at all means that the connection is dead. */
const answerTimeoutMs = 90_000

/** Opens one connection to see that the server is there and how durable it is. */
export async function createPostgresDriver({ connectionString, poolMax }: PostgresDriverSettings): Promise<Driver> {
  if (!Number.isSafeInteger(poolMax) || poolMax < 3) throw new TypeError('poolMax must be an integer of at least 3.')
  const closed = (): Error => new StoreError('STORE_CLOSED', 'The store is closed.')
  const connect = (idleMax: string) => (): Promise<Session> => connectSession(connectionString, idleMax)
  const writers = poolMax >= 6 ? 2 : 1
  const others = poolMax >= 8 ? 2 : 1
  const pools: Readonly<Record<Lane, Pool>> = {
    write: createPool(writers, connect('5s'), closed),
    other: createPool(others, connect('5s'), closed),
    read: createPool(poolMax - writers - others, connect('45s'), closed),
  }
  const first = await pools.other.acquire()
  const [settings] = await first.run([{ statement: { text: "SELECT current_setting('fsync') AS fsync" } }])
  pools.other.release(first)
  return {
    kind: 'postgres',
    durability: settings?.[0]?.['fsync'] === 'on' ? 'power-loss' : 'process-death',
    lanes: (lane) => pools[lane].max,
    acquire: (lane) => pools[lane].acquire(),
    release: (lane, session) => { pools[lane].release(session) },
    async close() {
      await Promise.all(Object.values(pools).map((pool) => pool.close()))
    },
  }
}

/**
 * A paused process must not hold locks for ever: the server ends a transaction that stands idle (one that reads may wait longer, it
 * locks nothing). `synchronous_commit` is set because a cluster may have turned it off.
 */
const sessionSettings = `SET statement_timeout = '60s'; SET lock_timeout = '15s'; SET synchronous_commit = on; SET TIME ZONE 'UTC'; ${pinnedPlans}`

async function connectSession(connectionString: string, idleMax: string): Promise<Session> {
  const client = new pg.Client({ connectionString, keepAlive: true, connectionTimeoutMillis: connectTimeoutMs, application_name: 'careledger', pipeline: true } as pg.ClientConfig)
  let broken = false
  const stream = (): Stream => (client as unknown as { connection: { stream: Stream } }).connection.stream
  const destroy = (): void => {
    if (broken) return
    broken = true
    stream().destroy()
  }
  client.on('error', () => { broken = true })
  client.on('end', () => { broken = true })
  await client.connect()
  await client.query(`${sessionSettings} SET idle_in_transaction_session_timeout = '${idleMax}'`)
  return {
    get broken() { return broken },
    destroy,
    async end() {
      if (broken) return
      broken = true
      await client.end().catch(() => undefined)
    },
    async run(queries) {
      const timer = setTimeout(destroy, answerTimeoutMs)
      try {
        // One packet for all of a round trip.
        stream().cork()
        const asked = queries.map((query) => send(client, query))
        stream().uncork()
        const answers = await Promise.allSettled(asked)
        const failed = answers.find((answer) => answer.status === 'rejected')
        if (failed !== undefined) throw failed.reason
        return answers.map((answer) => (answer as PromiseFulfilledResult<readonly Row[]>).value)
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

interface Stream { destroy(): void; cork(): void; uncork(): void }

/** Commands without parameters go as simple queries and give no rows; the rest is prepared once for each connection. */
async function send(client: pg.Client, { statement, values }: Query): Promise<readonly Row[]> {
  const { name, text } = statement
  const config = { text, values: values as unknown[], types: textTypes, queryMode: 'extended', ...(name === undefined ? {} : { name }) }
  const result = values === undefined ? await client.query(text) : await client.query(config as unknown as pg.QueryConfig)
  return result.rows as readonly Row[]
}
