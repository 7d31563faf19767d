import type { DataStore, Projection, ReadView } from '@careledger/data-spec'
import { grantersOf, type KeyDirectory, type KeyRecord, type PartyRecord, type Standing } from '@careledger/identity'
import { readRow } from '../entries/rows.ts'
import { accountTable, type AccountRow } from './accounts/account-entries.ts'
import { createRememberedStandings } from './remembered-standings.ts'
import { createSessionRows, sessionTable, sweepSessions, toSession } from './session-rows.ts'
import { toLogicError } from '../to-logic-error.ts'
import { identityTables, toKeyRow, toPartyRow } from './identity-rows.ts'

/**
 * The KeyDirectory port over the identity network's projections. Nothing is cached: every answer is of a snapshot taken after the call, but for
 * `remembered`, which says so.
 * Errors: LogicError UNAVAILABLE, BUSY, CORRUPTION; nothing was decided then and the caller refuses.
 */
export function createKeyDirectory(store: Pick<DataStore, 'read' | 'write'>): KeyDirectory {
  const standings = createRememberedStandings(readStanding)
  return {
    key: (thumbprint) => reading(store, async (view) => keyOf(await view.projection(identityTables.key, thumbprint))),
    party: (party) => reading(store, async (view) => partyOf(await view.projection(identityTables.party, party))),
    async standing(query) {
      try {
        return await standings.read(store, query)
      } catch (error) {
        throw toLogicError(error)
      }
    },
    remembered: standings.get,
    ...createSessionRows(store),
  }
}

/** What identity depends on for one key and session, in two rounds. For callers that have a view already. */
export async function readStanding(view: ReadView, query: { readonly key: string; readonly session?: string | undefined }): Promise<Standing> {
  const [keyFound, session] = await Promise.all([
    view.projection(identityTables.key, query.key),
    query.session === undefined ? undefined : view.projection(sessionTable, query.session),
  ])
  const key = keyOf(keyFound)
  const begun = session === undefined ? undefined : toSession(session)
  if (key === undefined) return { key, issuers: [], granters: [], party: undefined, organisation: undefined, sessionEnded: query.session !== undefined && begun === undefined }
  const parties = key.organisation === undefined ? [key.party] : [key.party, key.organisation]
  const restsOn = [...new Set([...key.issuers, ...grantersOf(key)])]
  const [found, [party, organisation], link] = await Promise.all([
    restsOn.length === 0 ? [] : view.projections(identityTables.key, restsOn),
    view.projections(identityTables.party, parties),
    begun?.account === undefined ? undefined : view.projection(accountTable, begun.account),
  ])
  // A session by account goes on for as long as the account is that person's.
  const unlinked = begun?.account !== undefined && (link === undefined || (readRow(link) as unknown as AccountRow).party !== begun.party)
  const account = begun?.account === undefined ? {} : { account: begun.account }
  const records = new Map(found.map((row, place) => [restsOn[place], keyOf(row)]))
  return { key, issuers: key.issuers.map((one) => records.get(one)), granters: grantersOf(key).map((one) => records.get(one)), party: partyOf(party), organisation: partyOf(organisation), sessionEnded: query.session !== undefined && (begun === undefined || unlinked), ...account }
}

/**
 * Removes what has expired: claims (used challenges, proofs, assertions) and sessions that were not refreshed; gives how many. Any process may call it at any
 * time; every hour keeps both tables small.
 */
export async function sweepExpired(store: Pick<DataStore, 'read' | 'write' | 'maintenance'>, now: Date): Promise<{ readonly claims: number; readonly sessions: number }> {
  return { claims: await store.maintenance.sweepClaims(now), sessions: await sweepSessions(store, now) }
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
