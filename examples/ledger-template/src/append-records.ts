import type { Sent } from '@careledger/ledger-kit'
import type { NewRecord } from '@careledger/ledger-spec'
import type { TemplateLedgerSettings } from './settings.ts'

/** One transaction with all of `records`. `size` was read before the kit looked whether the ids are free, so nothing can slip in between. */
export async function appendRecords({ node, account }: TemplateLedgerSettings, stream: string, records: readonly NewRecord[], size: number): Promise<Sent> {
  if (!(await node.append(stream, account, size, records))) return { outcome: 'moved' }
  return { outcome: 'accepted', state: 'final', raw: { from: String(size + 1) } }
}
