import { createInMemoryLedger } from '@careledger/ledger-in-memory'
import type { LedgerTarget } from '@careledger/logic'
import { SettingsError, type Settings } from '../settings.ts'
import { readLedgersFile, type LedgersFile } from './ledgers-file.ts'
import { journalPath } from './open-in-memory.ts'
import { openLedgers } from './open-ledgers.ts'

/**
 * The ledgers of the file for somebody who only looks, beside a running instance: journals are followed. With `name`, that one alone.
 * Errors: SettingsError.
 */
export async function openLedgersToRead(settings: Settings, name?: string): Promise<readonly LedgerTarget[]> {
  const file = readLedgersFile(settings, ['identity', 'hospital'])
  if (name !== undefined && !Object.hasOwn(file.ledgers, name)) throw new SettingsError(`There is no ledger ${name}. Ledgers are ${Object.keys(file.ledgers).join(', ')}.`)
  const wanted = Object.entries(file.ledgers).filter(([known]) => name === undefined || known === name)
  const others: LedgersFile = { ...file, ledgers: Object.fromEntries(wanted.filter(([, { kind }]) => kind !== 'in-memory')) }
  const followed = wanted.filter(([, { kind }]) => kind === 'in-memory').map(async ([known, { settings: own }]) => ({
    name: known, ledger: await createInMemoryLedger({ settings: { journal: { path: journalPath({ name: known, settings: own, directory: file.directory }), readOnly: true } } }),
  }))
  return [...(await Promise.all(followed)), ...(await openLedgers(others))]
}
