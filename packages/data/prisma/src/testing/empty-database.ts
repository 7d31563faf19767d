import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Gives an embedded store that is new the database it would make at its first start, with nothing in it: made once in a test run and copied,
 * for making one takes seconds. Outside of a test run, and where there is a store, nothing happens. `directory` is the store's.
 */
export async function copyEmptyDatabase(directory: string): Promise<void> {
  const run = process.env['CARELEDGER_TEST_RUN']
  if (run === undefined || existsSync(directory)) return
  const made = join(run, 'empty-database')
  if (!existsSync(made)) await makeEmptyDatabase(run, made)
  cpSync(made, directory, { recursive: true })
}

async function makeEmptyDatabase(run: string, made: string): Promise<void> {
  const { openPglite } = await import('../create-pglite-store.ts')
  const directory = mkdtempSync(join(run, 'empty-'))
  await (await openPglite(directory)).close()
  try {
    renameSync(directory, made)
  } catch (error) {
    // Another worker was first.
    if (!existsSync(made)) throw error
    rmSync(directory, { recursive: true })
  }
}
