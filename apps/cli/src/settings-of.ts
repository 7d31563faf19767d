import { readSettings, type Settings } from '@careledger/reference'
import type { GlobalOptions } from './program.ts'

/** The instance's settings from the environment, with the command line's data directory before it. */
export function settingsOf(options: Pick<GlobalOptions, 'data'>, more: NodeJS.ProcessEnv = {}): Settings {
  return readSettings({ ...process.env, ...(options.data === undefined ? {} : { CARELEDGER_DATA: options.data }), ...more })
}
