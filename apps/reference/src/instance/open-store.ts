import { join } from 'node:path'
import { createPgliteStore, createPostgresStore } from '@careledger/data-prisma'
import type { DataStore } from '@careledger/data-spec'
import type { Settings } from '../settings.ts'

/** The instance's store: PostgreSQL where an address is set, otherwise PGlite in the data directory. */
export function openStore(settings: Settings): Promise<DataStore> {
  return settings.databaseUrl === undefined
    ? createPgliteStore({ directory: join(settings.dataDirectory, 'store') })
    : createPostgresStore({ connectionString: settings.databaseUrl })
}
