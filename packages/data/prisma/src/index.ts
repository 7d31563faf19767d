/** A DataStore on PostgreSQL: in the process (PGlite) or on a server. One schema, kept by Prisma; one set of statements. */
export { createPgliteStore, type PgliteStoreSettings } from './create-pglite-store.ts'
export type { Upgrade, UpgradeSettings } from './migrate/migrate.ts'
export { createPostgresStore, type PostgresStoreSettings } from './create-postgres-store.ts'
