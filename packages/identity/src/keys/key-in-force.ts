import { IdentityError } from '../identity-error.ts'
import { rolesAt } from './role-grants.ts'
import type { Actor, KeyRecord, Standing } from './key-record.ts'

/**
 * Why a key does not count as of the snapshot its records are from; `undefined` when it is in force. `issuers` are the records of
 * `record.issuers`. Validity follows log order, so no clock is asked.
 */
export function keyProblem(record: KeyRecord | undefined, issuers: readonly (KeyRecord | undefined)[]): 'KEY_UNKNOWN' | 'KEY_REVOKED' | undefined {
  if (record === undefined || issuers.length !== record.issuers.length) return 'KEY_UNKNOWN'
  if (issuers.some((issuer, place) => issuer?.thumbprint !== record.issuers[place])) return 'KEY_UNKNOWN'
  return record.retiredBy !== undefined || [record, ...issuers].some((one) => one?.revokedBy !== undefined) ? 'KEY_REVOKED' : undefined
}

/**
 * Who acts with this key at `now`. The time is asked only where something holds for a time: another instance's word for the key, and role credentials. Errors:
 * KEY_UNKNOWN (also: that time is over), KEY_REVOKED, with the thumbprint asked for in `details`.
 */
export function actorOf(thumbprint: string, standing: Standing, now: Date): Actor {
  const { key, party, organisation } = standing
  const problem = keyProblem(key, standing.issuers) ?? (key?.thumbprint === thumbprint ? undefined : 'KEY_UNKNOWN')
  if (key === undefined || problem !== undefined) {
    const message = problem === 'KEY_REVOKED' ? 'The key, or one that its credential rests on, was revoked.' : 'The key is not enrolled here.'
    throw new IdentityError(problem ?? 'KEY_UNKNOWN', message, { details: { key: thumbprint } })
  }
  if (key.foreign !== undefined && !(Date.parse(key.foreign.until ?? '') > now.getTime())) {
    throw new IdentityError('KEY_UNKNOWN', 'The word of the key\'s own instance for it has ended. Bring a new one.', { details: { key: thumbprint } })
  }
  return {
    party: key.party,
    kind: key.kind,
    displayName: party?.name ?? key.party,
    ...(key.organisation === undefined ? {} : { organisation: key.organisation, organisationName: organisation?.name ?? key.organisation }),
    roles: rolesAt(key, standing.granters, now),
    key: key.thumbprint,
    credential: key.credential,
    ...(key.published === undefined ? {} : { means: 'published' as const }),
  }
}
