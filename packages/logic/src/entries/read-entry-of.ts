import { parseEntry, utf8, type Entry } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import { toLogicError } from '../to-logic-error.ts'
import type { SignedEntry } from './signed-entry.ts'

/** The entry that an operation for some types was given; nothing of it is verified yet. Errors: INPUT_MALFORMED, also for any other type. */
export function readEntryOf(signed: Pick<SignedEntry, 'entry'>, network: string, types: readonly string[]): Entry {
  let entry: Entry
  try {
    entry = parseEntry(typeof signed.entry === 'string' ? utf8(signed.entry) : signed.entry)
  } catch (error) {
    throw toLogicError(error)
  }
  if (entry.network !== network || !types.includes(entry.type)) throw new LogicError('INPUT_MALFORMED', `This operation takes entries of these types only: ${types.join(', ')}.`, { details: { id: entry.id } })
  return entry
}
