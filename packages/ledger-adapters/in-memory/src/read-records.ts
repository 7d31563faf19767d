import type { LedgerHealth, LedgerRecord, ListQuery, Page, RecordId, StreamName } from '@careledger/ledger-spec'
import { checkMember, type Client } from './client.ts'
import { toSequence } from './position.ts'
import { toLedgerRecord, toListedRecord } from './to-ledger-record.ts'

/** Looked up in the state by id; a follower reads on first. */
export async function getRecords(client: Client, stream: StreamName, ids: readonly RecordId[]): Promise<readonly (LedgerRecord | undefined)[]> {
  checkMember(client, stream)
  await client.store.follower?.refresh()
  const { state } = client.store
  return ids.map((id) => {
    const stored = state.find(stream, id)
    return stored === undefined ? undefined : toLedgerRecord(stored, state.isFinal(stream, stored) ? 'final' : 'pending')
  })
}

/** One page from the index of the stream, or of the key; one record more is looked for, to know whether a next page exists. */
export async function listRecords(client: Client, stream: StreamName, query: ListQuery): Promise<Page> {
  const after = toSequence(query.after)
  checkMember(client, stream)
  await client.store.follower?.refresh()
  const found = client.store.state.listFinal(stream, after, query.limit + 1, query.key)
  const records = found.slice(0, query.limit).map(toListedRecord)
  const last = records.at(-1)
  return found.length > query.limit && last !== undefined ? { records, next: last.position } : { records }
}

/** A block is a height. A journal that needs to be opened again is a problem; a follower that cannot read throws. */
export async function readHealth({ store }: Client): Promise<LedgerHealth> {
  await store.follower?.refresh()
  const problem = store.problem()
  const damage = store.damage.map(({ what, height, ids }) => ({ code: 'LEDGER_CORRUPTION' as const, message: `Block ${height} of the journal was ${what}`, details: { what, height, ids } }))
  return {
    ok: problem === undefined && damage.length === 0,
    height: BigInt(store.state.height()),
    finalHeight: BigInt(store.state.finalHeight()),
    problems: problem === undefined ? damage : [{ code: 'LEDGER_UNAVAILABLE', message: `The journal has to be opened again: ${problem}` }],
  }
}
