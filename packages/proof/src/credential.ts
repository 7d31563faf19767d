import { parseCanonical, canonicalBytes, type CanonicalValue } from './canonical-json.ts'
import { partyPattern } from './identifiers.ts'
import { ProofError } from './proof-error.ts'
import { samePublicKey, toPublicJwk, type PublicJwk } from './public-key.ts'
import { readBytesText, readMembers } from './read-members.ts'

/** What an enrolling entry says of one key. Holds no name of a person. */
export interface Credential {
  readonly v: 1
  /** Whose key it is. */
  readonly party: string
  readonly kind: PartyKind
  /** The organisation a person or system acts for; absent for organisations, the platform and its own people. */
  readonly organisation?: string | undefined
  /** Ascending, no doubles. */
  readonly roles: readonly string[]
  readonly key: PublicJwk
}
export type PartyKind = 'platform' | 'organisation' | 'person' | 'system'
/** Entry types that enrol a key. */
export type EnrolmentType = 'platform-root' | 'organisation-enrolled' | 'key-enrolled' | 'key-recovered'

/** Media types of the payloads of enrolling entries and of `key-revoked`. */
export const CREDENTIAL_MEDIA_TYPE = 'application/careledger-credential+json'
export const REVOCATION_MEDIA_TYPE = 'application/careledger-revocation+json'
const rolePattern = /^[a-z][a-z0-9-]{0,30}$/
/** Roles that only the platform grants. */
export const PLATFORM_ROLES: readonly string[] = ['operator', 'platform']

/** Reads the payload of an enrolling entry. Errors as `parseEntry`, and `KEY_INVALID`. */
export const parseCredential = (bytes: Uint8Array): Credential => {
  const members = readMembers(parseCanonical(bytes), '')
  if (members.integer('v', 1) !== 1) throw new ProofError('MALFORMED', 'The credential has another version than 1.', { path: 'v' })
  const organisation = members.optionalText('organisation', partyPattern)
  const credential: Credential = {
    v: 1,
    party: members.text('party', partyPattern),
    kind: members.text('kind', /^(platform|organisation|person|system)$/) as PartyKind,
    ...(organisation === undefined ? {} : { organisation }),
    roles: readRoles(members.items('roles', 16)),
    key: toPublicJwk(members.value('key'), 'key'),
  }
  members.end()
  return credential
}

/** The canonical bytes of a credential, checked. */
export const credentialBytes = (credential: Credential): Uint8Array => {
  const bytes = canonicalBytes(credential)
  parseCredential(bytes)
  return bytes
}

/** Reads the payload of a `key-revoked` entry, `{v:1, key}`; gives the thumbprint of the revoked key. */
export const parseRevocation = (bytes: Uint8Array): string => {
  const members = readMembers(parseCanonical(bytes), '')
  if (members.integer('v', 1) !== 1) throw new ProofError('MALFORMED', 'The revocation has another version than 1.', { path: 'v' })
  const key = members.bytesText('key', 32)
  members.end()
  return key
}

/** The canonical bytes of a revocation of the key with this thumbprint. */
export const revocationBytes = (key: string): Uint8Array => canonicalBytes({ v: 1, key: readBytesText(key, 32, 'key') })

/**
 * Why an issuer may not enrol this credential by an entry of this type, in words; `undefined` when it may. `issuer` is the credential of
 * the key that signed the entry, `undefined` for a `platform-root`, which signs itself. The caller pins the root key.
 */
export const enrolmentProblem = (type: string, credential: Credential, issuer: Credential | undefined): string | undefined => {
  if (type === 'platform-root') {
    if (issuer !== undefined && !samePublicKey(issuer.key, credential.key)) return 'A platform root signs itself.'
    return credential.kind === 'platform' && credential.organisation === undefined ? undefined : 'A platform root is of kind platform.'
  }
  if (issuer === undefined) return 'The credential has no issuer.'
  if (type === 'organisation-enrolled') {
    if (credential.kind !== 'organisation' || credential.organisation !== undefined) return 'The credential is not of an organisation.'
    if (credential.roles.some((role) => PLATFORM_ROLES.includes(role))) return 'An organisation cannot have a role of the platform.'
    return issuer.kind === 'platform' ? undefined : 'Only the platform enrols organisations.'
  }
  if (type === 'key-recovered') return recoveryProblem(credential, issuer)
  if (type !== 'key-enrolled') return 'The entry does not enrol a key.'
  if (credential.party === issuer.party) return furtherKeyProblem(credential, issuer)
  if (credential.kind !== 'person' && credential.kind !== 'system') return 'Only keys of people and systems are enrolled this way.'
  if (issuer.kind === 'platform') return credential.organisation === undefined ? undefined : "The platform enrols its own people, not an organisation's."
  if (issuer.kind !== 'organisation' || credential.organisation !== issuer.party) return 'The issuer is not the organisation the key acts for.'
  return credential.roles.some((role) => PLATFORM_ROLES.includes(role)) ? 'Only the platform grants this role.' : undefined
}

/** Guardians brought a person back: the platform's system says that enough of them approved, and that the time was over. */
const recoveryProblem = (credential: Credential, issuer: Credential): string | undefined => {
  const staff = credential.organisation !== undefined && credential.roles.some((role) => role !== 'patient')
  if (credential.kind !== 'person' || staff || credential.roles.some((role) => PLATFORM_ROLES.includes(role))) return 'Only patients, and persons of no organisation, are brought back this way.'
  return issuer.kind === 'system' && issuer.organisation === undefined ? undefined : "Only the platform's system completes a recovery."
}

const furtherKeyProblem = (credential: Credential, issuer: Credential): string | undefined => {
  if (credential.kind !== issuer.kind || credential.organisation !== issuer.organisation) return 'A further key is of the same kind and organisation.'
  return credential.roles.every((role) => issuer.roles.includes(role)) ? undefined : 'A further key has no more roles than the first.'
}

/** Why the holder of `revoker` may not revoke the key of `credential`; `undefined` when it may: the party itself, its organisation, the platform. */
export const revocationProblem = (credential: Credential, revoker: Credential): string | undefined => {
  if (revoker.party === credential.party || revoker.kind === 'platform') return undefined
  return revoker.kind === 'organisation' && credential.organisation === revoker.party ? undefined : 'Only the party, its organisation or the platform revokes its key.'
}

const readRoles = (items: readonly CanonicalValue[]): readonly string[] =>
  items.map((role, index) => {
    const former = items[index - 1]
    if (typeof role !== 'string' || !rolePattern.test(role)) throw new ProofError('MALFORMED', 'A role does not have the form of one.', { path: `roles[${index}]` })
    if (typeof former === 'string' && former >= role) throw new ProofError('MALFORMED', 'Roles stand in ascending order, each once.', { path: `roles[${index}]` })
    return role
  })
