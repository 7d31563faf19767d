import type { DataStore, Projection } from '@careledger/data-spec'
import type { KeyDirectory, SessionRecord } from '@careledger/identity'
import { instantText, utf8 } from '@careledger/proof'
import { readRow } from '../entries/rows.ts'
import { isStoreError, toLogicError } from '../to-logic-error.ts'

/** Sessions that go on, by id. No entry makes these rows; rebuild and audit leave them out. One that is not there has ended. */
export const sessionTable = 'session'
/** Most sessions of one party that are listed. */
const sessionsMax = 200

type SessionRow = Readonly<Record<'party' | 'key' | 'began' | 'refreshed' | 'ends', string>> & { readonly account?: string | undefined }
type Store = Pick<DataStore, 'read' | 'write'>

/** The part of the KeyDirectory port that is about sessions: rows of the store, so that all processes see them and a restart keeps them. */
export function createSessionRows(store: Store): Pick<KeyDirectory, 'beginSession' | 'refreshSession' | 'endSession' | 'sessionsOf'> {
  const rowOf = (session: string) => store.read((view) => view.projection(sessionTable, session)).catch(rethrow)
  return {
    async beginSession(session) {
      await store.write({ projections: [toWrite(session)] }).catch(rethrow)
    },
    async refreshSession(session, { refreshed, ends, begunAfter }) {
      const row = await rowOf(session)
      const known = row === undefined ? undefined : toSession(row)
      if (row === undefined || known === undefined || known.began <= begunAfter) return false
      return changed(store.write({ projections: [{ ...toWrite({ ...known, refreshed, ends }), expected: row.version }] }))
    },
    async endSession(session) {
      for (let row = await rowOf(session); row !== undefined; row = await rowOf(session)) {
        if (await changed(store.write({ projections: [{ table: sessionTable, key: session, expected: row.version, next: null }] }))) return
      }
    },
    async sessionsOf(party) {
      const { rows } = await store.read((view) => view.find({ table: sessionTable, index: 'party', equals: party, limit: sessionsMax })).catch(rethrow)
      return rows.map(toSession)
    },
  }
}

/** Removes sessions whose token has ended, with which nobody can refresh them; gives how many. */
export async function sweepSessions(store: Store, before: Date): Promise<number> {
  let swept = 0
  let after: string | undefined
  do {
    const page = await store.read((view) => view.find({ table: sessionTable, after, limit: 1000 })).catch(rethrow)
    const old = page.rows.filter((row) => toSession(row).ends < before)
    // Another process sweeps too.
    if (old.length > 0) await changed(store.write({ projections: old.map((row) => ({ table: row.table, key: row.key, expected: row.version, next: null })) }))
    swept += old.length
    after = page.next
  } while (after !== undefined)
  return swept
}

function toWrite({ id, party, key, account, began, refreshed, ends }: SessionRecord) {
  const row: SessionRow = { party, key, ...(account === undefined ? {} : { account }), began: instantText(began), refreshed: instantText(refreshed), ends: instantText(ends) }
  return { table: sessionTable, key: id, next: utf8(JSON.stringify(row)), indexes: { party } }
}

export function toSession(row: Projection): SessionRecord {
  const { party, key, account, began, refreshed, ends } = readRow(row) as SessionRow
  return { id: row.key, party, key, ...(account === undefined ? {} : { account }), began: new Date(began), refreshed: new Date(refreshed), ends: new Date(ends) }
}

/** `false`: somebody else changed a row first, and nothing was written. */
async function changed(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (isStoreError(error, 'STORE_STALE')) return false
    throw toLogicError(error)
  }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
