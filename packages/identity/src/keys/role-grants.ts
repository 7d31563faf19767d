import type { KeyRecord } from './key-record.ts'

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

/** `issuer-revoked`: a key it rests on was revoked. */
export type GrantState = 'in-force' | 'revoked' | 'issuer-revoked' | 'expired' | 'not-yet'

/** How one credential stands at `at`. `granters`: records of the keys it rests on; one that is missing counts as revoked. */
export function grantState(grant: RoleGrant, granters: readonly (KeyRecord | undefined)[], at: Date): GrantState {
  if (grant.revokedBy !== undefined) return 'revoked'
  const rests = grant.issuers.every((issuer) => {
    const record = granters.find((one) => one?.thumbprint === issuer)
    return record !== undefined && record.revokedBy === undefined
  })
  if (!rests) return 'issuer-revoked'
  const time = at.getTime()
  if (!(time < Date.parse(grant.until))) return 'expired'
  return time >= Date.parse(grant.from) ? 'in-force' : 'not-yet'
}

/** Roles of a key at `at`: those it was enrolled with, and those of its role credentials in force. Ascending, each once. */
export function rolesAt(record: KeyRecord, granters: readonly (KeyRecord | undefined)[], at: Date): readonly string[] {
  if (record.granted === undefined) return record.roles
  const granted = record.granted.filter((grant) => grantState(grant, granters, at) === 'in-force').map(({ role }) => role)
  return [...new Set([...record.roles, ...granted])].sort()
}

/** Thumbprints of all keys that a key's role credentials rest on, each once. */
export function grantersOf(record: Pick<KeyRecord, 'granted'> | undefined): readonly string[] {
  return [...new Set(record?.granted?.flatMap(({ issuers }) => issuers) ?? [])]
}
