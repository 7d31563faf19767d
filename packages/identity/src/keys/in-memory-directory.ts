import { grantersOf } from './role-grants.ts'
import type { KeyDirectory, KeyRecord, PartyRecord, SessionRecord } from './key-record.ts'

/** The in-memory twin of the KeyDirectory port: what is put in is in force at once. For tests and small tools. */
export interface InMemoryDirectory extends KeyDirectory {
  /** Inserts or replaces. */
  putKey(record: KeyRecord): void
  putParty(record: PartyRecord): void
}

export function createInMemoryDirectory(): InMemoryDirectory {
  const keys = new Map<string, KeyRecord>()
  const parties = new Map<string, PartyRecord>()
  const sessions = new Map<string, SessionRecord>()
  return {
    putKey: (record) => void keys.set(record.thumbprint, record),
    putParty: (record) => void parties.set(record.party, record),
    key: async (thumbprint) => keys.get(thumbprint),
    party: async (party) => parties.get(party),
    async standing(query) {
      const key = keys.get(query.key)
      return {
        key,
        issuers: key?.issuers.map((issuer) => keys.get(issuer)) ?? [],
        granters: grantersOf(key).map((granter) => keys.get(granter)),
        party: key === undefined ? undefined : parties.get(key.party),
        organisation: key?.organisation === undefined ? undefined : parties.get(key.organisation),
        ...(query.session === undefined || sessions.get(query.session)?.account === undefined ? {} : { account: sessions.get(query.session)?.account }),
        sessionEnded: query.session !== undefined && !sessions.has(query.session),
      }
    },
    beginSession: async (session) => void sessions.set(session.id, session),
    async refreshSession(session, { refreshed, ends, begunAfter }) {
      const known = sessions.get(session)
      if (known === undefined || known.began <= begunAfter) return false
      sessions.set(session, { ...known, refreshed, ends })
      return true
    },
    endSession: async (session) => void sessions.delete(session),
    sessionsOf: async (party) => [...sessions.values()].filter((one) => one.party === party),
  }
}
