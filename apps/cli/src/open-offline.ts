import type { Instance } from '@careledger/reference'
import type { GlobalOptions } from './global-options.ts'
import { settingsOf } from './settings-of.ts'

/** Opens the instance in the data directory for one command, alone; an instance must be there. */
export async function withInstance<T>(options: GlobalOptions, body: (instance: Instance) => Promise<T>): Promise<T> {
  const { openInstance } = await import('@careledger/reference')
  const instance = await openInstance(await settingsOf(options), { address: options.url })
  try {
    return await body(instance)
  } finally {
    await instance.close()
  }
}
