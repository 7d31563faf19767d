import { cpSync, existsSync, mkdtempSync, renameSync } from 'node:fs'
import { join, relative } from 'node:path'
import { copyEmptyDatabase } from '@careledger/data-prisma/testing'
import { inTurn } from '../instance/start-turn.ts'
import { runApp } from './running-app.ts'

/**
 * Fills an empty data directory with the demo as a first start leaves it. The first caller of a test run makes it by starting the app and
 * stopping it; everybody copies that, each with a directory id of its own. Outside of a test run nothing happens, and the app's own start
 * makes the demo.
 */
export async function copyDemoData(directory: string): Promise<void> {
  const run = process.env['CARELEDGER_TEST_RUN']
  if (run === undefined) return
  const made = join(run, 'demo-data')
  if (!existsSync(made)) await inTurn(run, 'demo-data', () => makeDemoData(run, made))
  cpSync(made, directory, { recursive: true, filter: (path) => !['directory-id', 'process.lock'].includes(relative(made, path)) })
}

/** Gives a data directory that has no store yet an empty one, which the first start would take seconds to make. */
export function copyEmptyStore(directory: string): Promise<void> {
  return copyEmptyDatabase(join(directory, 'store'))
}

async function makeDemoData(run: string, made: string): Promise<void> {
  if (existsSync(made)) return
  const directory = mkdtempSync(join(run, 'demo-'))
  await copyEmptyStore(directory)
  const app = await runApp(directory)
  const code = await app.end('SIGTERM')
  if (code !== 0) throw new Error(`The app ended with ${code}: ${app.output()}`)
  renameSync(directory, made)
}
