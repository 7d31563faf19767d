import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '@careledger/data-prisma/testing'
import { openRecordedClient, type RecordedClient } from './load/recorded-client.ts'
import { startChild } from './measure/child-server.ts'

/** A PostgreSQL of the bench's own and the reference app on it. */
export interface World {
  readonly connectionString: string
  readonly app: { readonly url: string; readonly pid: number }
  readonly dataDirectory: string
  /** Process id of PostgreSQL's postmaster. */
  readonly postgresPid: number
  as(party: string): Promise<RecordedClient>
  /** Runs when the world closes, before its servers end; the last one first. */
  onClose(close: () => unknown): void
  /** Ends the app and leaves its data. Idempotent. */
  stopApp(): Promise<void>
  close(): Promise<void>
}

/** Errors: `Error` where there are no PostgreSQL binaries on this machine. */
export async function openWorld(): Promise<World> {
  const postgres = await startPostgres()
  const connectionString = await postgres.createDatabase()
  const directory = mkdtempSync(join(tmpdir(), 'careledger-bench-'))
  const app = await startChild<object, { url: string }>('servers/reference-app.ts', { dataDirectory: directory, databaseUrl: connectionString })
  const closers: (() => unknown)[] = []
  let stopped: Promise<void> | undefined
  const stopApp = () => (stopped ??= app.stop())
  return {
    connectionString,
    dataDirectory: directory,
    onClose: (closer) => void closers.push(closer),
    postgresPid: postgres.pid,
    app: { url: app.ready.url, pid: app.pid },
    as: (party) => openRecordedClient(app.ready.url, party),
    stopApp,
    async close() {
      for (const closer of closers.reverse()) await closer()
      await stopApp()
      await postgres.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The usual stack's Prisma client, generated where the bench runs; gives the module to import. No engine is needed for it. */
export function generateUsualClient(): string {
  const schema = fileURLToPath(new URL('../prisma/schema.prisma', import.meta.url))
  const prisma = fileURLToPath(new URL('../node_modules/.bin/prisma', import.meta.url))
  execFileSync(prisma, ['generate', '--schema', schema], { env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' }, stdio: 'pipe' })
  return new URL('../generated/client.ts', import.meta.url).href
}
