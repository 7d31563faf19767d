import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createInMemoryLedger } from '@careledger/ledger-in-memory'
import { z } from 'zod'
import type { LedgerOpening, OpenedLedger } from './ledger-opening.ts'
import { shareJournal } from './share-journal.ts'

const settingsSchema = z.strictObject({
  /** The journal's file. Default `ledger/<name>.journal`; of the ledger `embedded`: `ledger/journal`. */
  journal: z.string().min(1).optional(),
})

/** The ledger of this instance, kept in a journal that others may follow. */
export async function openInMemory(opening: LedgerOpening): Promise<OpenedLedger> {
  const path = prepared(journalPath(opening))
  if (opening.shared === true) return shareJournal(path)
  return { ledger: await createInMemoryLedger({ settings: { journal: { path, inspect: opening.inspect ?? false } } }) }
}

/** Where a ledger's journal is. */
export function journalPath({ name, settings, directory }: LedgerOpening): string {
  const { journal } = settingsSchema.parse(settings)
  return resolve(directory, journal ?? (name === 'embedded' ? join('ledger', 'journal') : join('ledger', `${name}.journal`)))
}

function prepared(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return path
}
