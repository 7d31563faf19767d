import { bytes, newEntries, newEntry, put, row, TABLE } from '@careledger/data-conformance/samples'
import type { Driver, Session } from '../driver/driver.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pgliteSubjects, postgresSubjects, type Subjects } from '../testing/fixtures.ts'
import { findPostgres, startPostgres, type PostgresServer } from '../testing/postgres-server.ts'
import { queueMax } from './group-writer.ts'

/** Counts what the sessions are told. */
function counting(): { readonly told: Map<string, number>; wrap(driver: Driver): Driver } {
  const told = new Map<string, number>()
  return {
    told,
    wrap: (driver) => ({
      ...driver,
      async acquire(lane) {
        const session = await driver.acquire(lane)
        const run: Session['run'] = (queries) => {
          for (const { statement } of queries) told.set(statement.text, (told.get(statement.text) ?? 0) + 1)
          return session.run(queries)
        }
        return Object.create(session, { run: { value: run } }) as Session
      },
      release: (lane, session) => { driver.release(lane, Object.getPrototypeOf(session) as Session) },
    }),
  }
}

/** How often a statement that begins so was sent. */
function timesTold(told: ReadonlyMap<string, number>, beginning: string): number {
  return [...told].reduce((sum, [text, times]) => (text.startsWith(beginning) ? sum + times : sum), 0)
}

function groupTests(subjects: () => Subjects, told: Map<string, number>): void {
  it('gives a thousand callers of one moment a handful of commits', async () => {
    const subject = await subjects().create()
    told.clear()
    await Promise.all(newEntries(1_000).map((entry) => subject.store.write({ entries: [entry] })))
    const commits = timesTold(told, 'WITH unused')
    expect(commits).toBeGreaterThan(0)
    expect(commits).toBeLessThanOrEqual(8)
    expect(told.get('BEGIN')).toBeUndefined()
    await subject.dispose()
  })

  it('drops the stale ones and repeats the rest once, however many are stale', async () => {
    const subject = await subjects().create()
    await put(subject.store, 'a')
    told.clear()
    const answers = await Promise.allSettled(newEntries(200).map((entry, at) => subject.store.write({ entries: [entry], guards: [{ table: TABLE, key: at % 3 === 0 ? 'none' : 'a', version: 1 }] })))
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(67)
    const questions = timesTold(told, 'SELECT id, entry_hash FROM entry')
    expect(questions).toBeGreaterThan(0)
    expect(questions).toBeLessThanOrEqual(2)
    await subject.dispose()
  })

  it('refuses the caller beyond its queue with STORE_BUSY, serves all who wait, and then takes more', async () => {
    const subject = await subjects().create()
    const answers = await Promise.allSettled(Array.from({ length: queueMax + 300 }, (_, at) => subject.store.write({ claims: [{ scope: 'jti', value: `${at}`, owner: 'me' }] })))
    const codes = answers.flatMap((answer) => (answer.status === 'rejected' ? [(answer.reason as { code: string }).code] : []))
    expect(codes).toEqual(Array.from({ length: 300 }, () => 'STORE_BUSY'))
    await subject.store.write({ entries: [newEntry()] })
    await subject.dispose()
  })

  it('serves callers of one row in their order, and lets nobody who guards it keep one waiting who changes it', async () => {
    const subject = await subjects().create()
    await put(subject.store, 'policy')
    let changed = false
    const readers = Promise.all(Array.from({ length: 40 }, async () => {
      for (let round = 0; round < 50 && !changed; round += 1) await subject.store.write({ claims: [{ scope: 'jti', value: `${Math.random()}`, owner: 'me' }], guards: [{ table: TABLE, key: 'policy', version: 1 }] }).catch(() => undefined)
    }))
    await new Promise((resolve) => { setTimeout(resolve, 20) })
    await put(subject.store, 'policy', { expected: 1 })
    changed = true
    await readers
    expect((await row(subject.store, 'policy'))?.version).toBe(2)
    const order: number[] = []
    await Promise.all(Array.from({ length: 20 }, (_, at) => subject.store.write({ projections: [{ table: TABLE, key: 'policy', expected: at + 2, next: bytes(1) }] }).then(() => order.push(at))))
    expect(order).toEqual(Array.from({ length: 20 }, (_, at) => at))
    await subject.dispose()
  })
}

describe('the group writer on PGlite', () => {
  const counter = counting()
  const subjects = pgliteSubjects(counter.wrap)
  beforeAll(() => subjects.prepare(1), 240_000)
  afterAll(() => subjects.closeAll())
  groupTests(() => subjects, counter.told)
})

describe.skipIf(findPostgres() === undefined)('the group writer on a PostgreSQL server (skipped where there are no server binaries)', () => {
  const counter = counting()
  let server: PostgresServer
  const subjects = postgresSubjects(() => server, counter.wrap)
  beforeAll(async () => { server = await startPostgres({ fsync: false }) }, 120_000)
  afterAll(async () => {
    await subjects.closeAll()
    await server.stop()
  })
  groupTests(() => subjects, counter.told)

  it('reaches every table by index, whatever is asked', async () => {
    const { default: pg } = await import('pg')
    const { dataStoreTests } = await import('@careledger/data-conformance')
    const wanted = ['[write-1]', '[sequence-1] assigning', '[outbox-5]', '[page-1] pages follow', '[decision-1] decisions', '[checkpoint-1]', '[chain-1]', '[outbox-4] the summary', '[claim-1]']
    const database = await server.createDatabase()
    const { openPostgres } = await import('../create-postgres-store.ts')
    const { createStore } = await import('../create-store.ts')
    await (await openPostgres({ connectionString: database, poolMax: 6 })).close()
    const client = new pg.Client({ connectionString: database })
    await client.connect()
    const scans = async (): Promise<Map<string, number>> => {
      const { rows } = await client.query<{ relname: string; seq_scan: string }>('SELECT relname, seq_scan FROM pg_stat_user_tables')
      return new Map(rows.map(({ relname, seq_scan: count }) => [relname, Number(count)]))
    }
    const before = await scans()
    for (const title of wanted) {
      const test = dataStoreTests.find((one) => one.title.startsWith(title))
      const store = createStore(await openPostgres({ connectionString: database, poolMax: 6 }))
      // A store that is not empty fails some of its assertions; what counts here is what the database did.
      await test?.run({ store, dispose: () => store.close() }, { create: () => Promise.reject(new Error('not here')) }).catch(() => undefined)
      await store.close()
    }
    await new Promise((resolve) => { setTimeout(resolve, 300) })
    await client.query('SELECT pg_stat_clear_snapshot()')
    const after = await scans()
    await client.end()
    expect([...after].filter(([name, count]) => count > (before.get(name) ?? 0) && name !== '_prisma_migrations')).toEqual([])
  })
})
