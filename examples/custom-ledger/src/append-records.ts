import type { Sent } from '@careledger/ledger-kit'
import { LedgerError, type NewRecord } from '@careledger/ledger-spec'
import type { Folder } from './folder.ts'

/** The number that the next file must have, read before the kit looks whether the ids are free. */
export async function nextNumber(folder: Folder): Promise<number> {
  await folder.refresh()
  return folder.height() + 1
}

/** File `number` with all of `records`. `moved` when another writer was quicker: then the kit looks again. */
export async function appendRecords(folder: Folder, account: string, stream: string, records: readonly NewRecord[], number: number): Promise<Sent> {
  if (!folder.genesis.writers.includes(account)) throw new LedgerError('LEDGER_UNAUTHORISED', 'The account may not write')
  if (!(await folder.write(number, { stream, writer: account, at: Date.now(), records }))) return { outcome: 'moved' }
  return { outcome: 'accepted', state: 'final', raw: { file: String(number) } }
}
