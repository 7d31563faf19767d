import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Ledger } from '@careledger/ledger-spec'
import { SettingsError } from '../settings.ts'
import type { LedgerOpening } from './ledger-opening.ts'

/**
 * A ledger that a stranger wrote: an export of a package or file that is called as `create({ settings })` and gives a Ledger. A package is
 * looked for from the folder of the file of ledgers, then from here. What is loaded runs with all rights of this process.
 */
export async function openModule({ module, create }: { readonly module: string; readonly create: string }, { settings, directory }: LedgerOpening): Promise<Ledger> {
  const loaded = (await load(module, directory)) as Readonly<Record<string, unknown>>
  const open = loaded[create]
  if (typeof open !== 'function') throw new SettingsError(`The module has no function ${create}; it exports ${Object.keys(loaded).sort().join(', ') || 'nothing'}.`)
  const ledger = (await (open as (options: { readonly settings: unknown }) => unknown)({ settings })) as Ledger
  const version: unknown = (ledger as Partial<Ledger> | undefined)?.describe?.().specVersion
  if (version !== 'v1') throw new SettingsError(`${create} gave no ledger of the port's version v1.`)
  return ledger
}

async function load(module: string, directory: string): Promise<unknown> {
  if (/^[./]/.test(module)) return import(pathToFileURL(resolve(directory, module)).href)
  try {
    return await import(pathToFileURL(createRequire(join(directory, 'ledgers.json')).resolve(module)).href)
  } catch (error) {
    if (!['MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'].includes((error as { code?: string }).code ?? '')) throw error
    return import(module)
  }
}
