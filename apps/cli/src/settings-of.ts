import type { Settings } from '@careledger/reference'
import type { GlobalOptions } from './global-options.ts'

/** The instance's settings from the environment, with the command line's data directory before it.
 * The instance's code is loaded by the commands that work on a data directory only: the others start in a fraction of the time. */
export async function settingsOf(options: Pick<GlobalOptions, 'data'>, more: NodeJS.ProcessEnv = {}): Promise<Settings> {
  const { readSettings } = await import('@careledger/reference')
  return readSettings({ ...process.env, ...(options.data === undefined ? {} : { CARELEDGER_DATA: options.data }), ...more })
}
