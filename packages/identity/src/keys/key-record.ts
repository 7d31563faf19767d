import type { PartyKind, PublicJwk, SignatureAlgorithm } from '@careledger/proof'
import type { SmartScope } from '../tokens/smart-scopes.ts'

/** One enrolled key: the row `key` of the identity network's projections. */
export interface KeyRecord {
  /** RFC 7638 thumbprint, 43 characters of base64url. */
  readonly thumbprint: string
  readonly jwk: PublicJwk
  readonly algorithm: SignatureAlgorithm
  readonly party: string
  readonly kind: PartyKind
  /** Whose people and systems the party belongs to; absent for organisations, the platform, and patients. */
  readonly organisation?: string | undefined
  /** The roles it was enrolled with, for as long as it is in force. */
  readonly roles: readonly string[]
  /** In a record whose `roles` are those of a moment: the ones it was enrolled with. Never stored. */
  readonly enrolledRoles?: readonly string[] | undefined
  /** Roles that its organisation gave it since, each for a time; at most 16. */
  readonly granted?: readonly RoleGrant[] | undefined
  /** Id of the entry that enrolled the key. */
  readonly credential: string
  /**
   * Thumbprints of the keys this one rests on, nearest first: its organisation's, the platform's; empty for the platform's own. When one
   * of them is revoked this key is out of force too. A further key that a party enrols for itself rests on what the first rests on, and
   * not on the first: losing one device does not cost the other.
   */
  readonly issuers: readonly string[]
  /** Id of the entry that revoked the key; absent while it is in force. */
  readonly revokedBy?: string | undefined
  /**
   * Id of the entry that retired the key, which its own party did with a newer one: it signs nothing any more, and what rests on it stays in force.
   */
  readonly retiredBy?: string | undefined
  /** Of a system's key that was taken from the set of keys at this address. It signs no entries. */
  readonly published?: string | undefined
  /** Of a key that another instance enrolled and this one recognises. It signs no entries here. */
  readonly foreign?: {
    /** Origin of that instance's log, and the party's id there. */
    readonly origin: string
    readonly party: string
    /** Until when that instance vouches for it; absent for an organisation's, which never signs in. */
    readonly until?: string | undefined
  } | undefined
}

/** One role that an organisation gave a key by a role credential (docs/role-credentials.md). */
export interface RoleGrant {
  /** Id of the entry that brought it in. */
  readonly id: string
  readonly role: string
  /** ISO 8601; `until` is no longer part of it. */
  readonly from: string
  readonly until: string
  /** Its place on the organisation's status lists. */
  readonly list: number
  readonly index: number
  /** Thumbprints of the key that signed it and of those that one rests on. */
  readonly issuers: readonly string[]
  /** Id of the entry whose status list took it back. */
  readonly revokedBy?: string | undefined
}

/** One party: the row `party`. */
export interface PartyRecord {
  readonly party: string
  readonly kind: PartyKind
  /** For people to read; not part of any credential. */
  readonly name?: string | undefined
  readonly organisation?: string | undefined
  readonly roles: readonly string[]
}

/** Everything that a call's identity depends on, read in one snapshot. */
export interface Standing {
  readonly key: KeyRecord | undefined
  /** The records of `key.issuers`, in that order. */
  readonly issuers: readonly (KeyRecord | undefined)[]
  /** Records of the keys that the key's role credentials rest on, in no order. */
  readonly granters: readonly (KeyRecord | undefined)[]
  /** The key's party. */
  readonly party: PartyRecord | undefined
  /** The party's organisation, where it has one. */
  readonly organisation: PartyRecord | undefined
  /** Whether the session asked about has been ended, or never began. */
  readonly sessionEnded: boolean
  /** Id of the account by which the session asked about was begun; absent: by a key. */
  readonly account?: string | undefined
}

/**
 * Port: enrolled keys by log order, as of now. [directory-1] Every answer reflects each revocation whose entry was acknowledged before
 * the call, in any process; nothing is cached. [directory-2] `undefined`: no such key or party.
 */
export interface KeyDirectory {
  key(thumbprint: string): Promise<KeyRecord | undefined>
  party(party: string): Promise<PartyRecord | undefined>
  /** [directory-3] All parts of the answer are of one snapshot. */
  standing(query: { readonly key: string; readonly session?: string | undefined }): Promise<Standing>
  /**
   * What `standing` said last, at once and without asking; `undefined`: nothing is known. It may have changed since: whoever goes by it has `evidence`,
   * which is opaque here, held against the store in the same write in which anything comes of it, or asks `standing` before. Absent: nothing is remembered.
   */
  remembered?(query: { readonly key: string; readonly session?: string | undefined }): { readonly standing: Standing; readonly evidence: object } | undefined
  /** [directory-4] From then on `standing` says that the session has not ended, in every process. */
  beginSession(session: SessionRecord): Promise<void>
  /** [directory-5] Moves the session's end; `false` where it has ended, and then it stays so, or where it began at `begunAfter` or before. */
  refreshSession(session: string, times: Pick<SessionRecord, 'refreshed' | 'ends'> & { readonly begunAfter: Date }): Promise<boolean>
  /** [directory-6] From then on `standing` says `sessionEnded`, in every process. Idempotent. */
  endSession(session: string): Promise<void>
  /** Sessions of the party that have not ended, at most 200. */
  sessionsOf(party: string): Promise<readonly SessionRecord[]>
}

/** One sign-in that lasts: the tokens of a session follow each other. */
export interface SessionRecord {
  readonly id: string
  readonly party: string
  /** Thumbprint of the key that signed in; of a session by account, the key under which it reads. */
  readonly key: string
  /** Id of the account by which it was begun: the session ends when the account is no longer linked to the party. */
  readonly account?: string | undefined
  readonly began: Date
  /** When its newest token was given out. */
  readonly refreshed: Date
  /** When that token ends, and with it the session unless it is refreshed. */
  readonly ends: Date
}

/** Who acts in a call: a party with one enrolled key in force. */
export interface Actor {
  readonly party: string
  readonly kind: PartyKind
  readonly displayName: string
  readonly organisation?: string | undefined
  readonly organisationName?: string | undefined
  /** As of the call: those of role credentials in force too. */
  readonly roles: readonly string[]
  /** Thumbprint. */
  readonly key: string
  /** Id of the entry that enrolled the key. */
  readonly credential: string
  /** By what the caller is signed in, where it is not the enrolled key itself: a key of the system's published set, or an account, which may read and not sign. */
  readonly means?: 'published' | 'account' | undefined
  /** What the caller's token was narrowed to; `undefined`: it was not. */
  readonly scopes?: readonly SmartScope[] | undefined
}
