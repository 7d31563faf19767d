import type { DataStore, Projection, ReadView } from '@careledger/data-spec'
import type { KeyDirectory, KeyRecord, PartyRecord, Standing } from '@careledger/identity'
import { utf8 } from '@careledger/proof'
import { readRow } from '../entries/rows.ts'
import { isStoreError, toLogicError } from '../to-logic-error.ts'
import { identityTables, toKeyRow, toPartyRow } from './identity-rows.ts'

/** Sessions that were ended before their token expired, by the token's id. No entry makes these rows; rebuild and audit leave them out. */
export const sessionEndTable = 'session-end'

/**
 * The KeyDirectory port over the identity network's projections. Nothing is cached: every answer is of a snapshot taken after the call.
 * Errors: LogicError UNAVAILABLE, BUSY, CORRUPTION; nothing was decided then and the caller refuses.
 */
export function createKeyDirectory(store: Pick<DataStore, 'read' | 'write'>): KeyDirectory {
  return {
    key: (thumbprint) => reading(store, async (view) => keyOf(await view.projection(identityTables.key, thumbprint))),
    party: (party) => reading(store, async (view) => partyOf(await view.projection(identityTables.party, party))),
    standing: (query) => reading(store, (view) => readStanding(view, query)),
    async endSession(session, expires) {
      const row = { table: sessionEndTable, key: session, next: utf8(JSON.stringify({ expires: expires.getTime() })) }
      try {
        await store.write({ projections: [row] })
      } catch (error) {
        // It was ended before.
        if (!isStoreError(error, 'STORE_STALE')) throw toLogicError(error)
      }
    },
  }
}

/** What identity depends on for one key and session, in two rounds. For callers that have a view already. */
export async function readStanding(view: ReadView, query: { readonly key: string; readonly session?: string | undefined }): Promise<Standing> {
  const [keyFound, ended] = await Promise.all([
    view.projection(identityTables.key, query.key),
    query.session === undefined ? undefined : view.projection(sessionEndTable, query.session),
  ])
  const key = keyOf(keyFound)
  if (key === undefined) return { key, issuers: [], party: undefined, organisation: undefined, sessionEnded: ended !== undefined }
  const parties = key.organisation === undefined ? [key.party] : [key.party, key.organisation]
  const [issuers, [party, organisation]] = await Promise.all([
    key.issuers.length === 0 ? [] : view.projections(identityTables.key, key.issuers),
    view.projections(identityTables.party, parties),
  ])
  return { key, issuers: issuers.map(keyOf), party: partyOf(party), organisation: partyOf(organisation), sessionEnded: ended !== undefined }
}

/**
 * Removes what has expired: claims (used challenges, proofs, assertions) and ended sessions; gives how many. Any process may call it at any
 * time; every hour keeps both tables small.
 */
export async function sweepExpired(store: Pick<DataStore, 'read' | 'write' | 'maintenance'>, now: Date): Promise<{ readonly claims: number; readonly sessions: number }> {
  return { claims: await store.maintenance.sweepClaims(now), sessions: await sweepEndedSessions(store, now) }
}

/**
 * Removes rows of sessions whose token has expired by itself; gives how many. Reads the whole table, which holds at most the sessions
 * ended since the last sweep.
 */
async function sweepEndedSessions(store: Pick<DataStore, 'read' | 'write'>, before: Date): Promise<number> {
  let swept = 0
  let after: string | undefined
  do {
    const page = await reading(store, (view) => view.find({ table: sessionEndTable, after, limit: 1000 }))
    const old = page.rows.filter((row) => (readRow(row) as { readonly expires: number }).expires < before.getTime())
    if (old.length > 0) {
      await store.write({ projections: old.map((row) => ({ table: row.table, key: row.key, expected: row.version, next: null })) }).catch((error: unknown) => {
        // Another process sweeps too.
        if (!isStoreError(error, 'STORE_STALE')) throw toLogicError(error)
      })
    }
    swept += old.length
    after = page.next
  } while (after !== undefined)
  return swept
}

function keyOf(row: Projection | undefined): KeyRecord | undefined {
  return row === undefined ? undefined : toKeyRow(readRow(row))
}

function partyOf(row: Projection | undefined): PartyRecord | undefined {
  return row === undefined ? undefined : toPartyRow(readRow(row))
}

async function reading<T>(store: Pick<DataStore, 'read'>, body: (view: ReadView) => Promise<T>): Promise<T> {
  try {
    return await store.read(body)
  } catch (error) {
    throw toLogicError(error)
  }
}
