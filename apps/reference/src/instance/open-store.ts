import { join } from 'node:path'
import { createPgliteStore, createPostgresStore, type UpgradeSettings } from '@careledger/data-prisma'
import type { DataStore } from '@careledger/data-spec'
import type { Settings } from '../settings.ts'

/** The instance's store: PostgreSQL where an address is set, otherwise PGlite in the data directory. */
export function openStore(settings: Settings, upgrading: UpgradeSettings = {}): Promise<DataStore> {
  return settings.databaseUrl === undefined
    ? createPgliteStore({ directory: join(settings.dataDirectory, 'store'), ...upgrading })
    : createPostgresStore({ connectionString: settings.databaseUrl, ...upgrading })
}
