import { dataStoreConformance } from '@careledger/data-conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { pgliteSubjects, postgresSubjects } from './testing/fixtures.ts'
import { findPostgres, startPostgres, type PostgresServer } from './testing/postgres-server.ts'

const pglite = pgliteSubjects()
beforeAll(() => pglite.prepare(2), 240_000)
afterAll(() => pglite.closeAll())
dataStoreConformance({ describe, it }, { name: 'PGlite', create: () => pglite.create() })

describe.skipIf(findPostgres() === undefined)('on a PostgreSQL server (skipped where there are no server binaries)', () => {
  let server: PostgresServer
  beforeAll(async () => { server = await startPostgres({ fsync: false }) }, 120_000)
  afterAll(async () => {
    await subjects.closeAll()
    await server.stop()
  })
  dataStoreConformance({ describe, it }, { name: 'PostgreSQL', create: () => subjects.create() })
  const subjects = postgresSubjects(() => server)
})
