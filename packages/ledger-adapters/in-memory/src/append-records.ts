import type { Sent } from '@careledger/ledger-kit'
import type { NewRecord, StreamName } from '@careledger/ledger-spec'
import type { Client } from './client.ts'
import { checkWriter } from './client.ts'

/** One block with `records`. Final at once unless `finalAfterMs` delays it. LEDGER_UNAUTHORISED for read-only clients and strangers. */
export async function appendRecords(client: Client, stream: StreamName, records: readonly NewRecord[]): Promise<Sent> {
  checkWriter(client, stream)
  if (!(await client.store.commit(stream, records, client.account))) return { outcome: 'moved' }
  const height = String(client.store.state.height())
  return { outcome: 'accepted', state: client.settings.finalAfterMs === 0 ? 'final' : 'pending', raw: { height } }
}
