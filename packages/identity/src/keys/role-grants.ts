import type { KeyRecord, RoleGrant } from './key-record.ts'

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
