/** For tests and benches of this repository; not part of the published package. */
export { copyEmptyDatabase } from './empty-database.ts'
export { findPostgres, startPostgres, type PostgresServer } from './postgres-server.ts'
