import { algorithmOf, enrolmentProblem, jwkThumbprint, revocationProblem, type Credential } from '@careledger/proof'
import { IdentityError } from '../identity-error.ts'
import type { KeyRecord, PartyRecord } from './key-record.ts'

/** What is known when an enrolling entry is checked. */
export interface Enrolment {
  readonly entryId: string
  readonly type: string
  readonly credential: Credential
  /** Record of the key that signed the entry; `undefined` for `platform-root`, which signs itself. */
  readonly author: KeyRecord | undefined
  /** The party's row, if it has a key already. */
  readonly party: PartyRecord | undefined
}

/**
 * The record that an enrolling entry makes. Who may enrol whom is `enrolmentProblem` of @careledger/proof, which a verifier applies too;
 * here comes what only the log's side can know: a party that exists is not taken over. Its further keys are enrolled by itself, by its
 * organisation (never a patient's) or, where it has none, by the platform, and always with the same kind and organisation.
 * Errors: ENROLMENT_REFUSED with the reason in words.
 */
export function toKeyRecord(enrolment: Enrolment): KeyRecord {
  const { credential, author, party, type } = enrolment
  const problem = enrolmentProblem(type, credential, author === undefined ? undefined : toCredential(author)) ?? takeOverProblem(credential, author, party)
  if (problem !== undefined) throw new IdentityError('ENROLMENT_REFUSED', problem)
  return {
    thumbprint: jwkThumbprint(credential.key),
    jwk: credential.key,
    algorithm: algorithmOf(credential.key),
    party: credential.party,
    kind: credential.kind,
    ...(credential.organisation === undefined ? {} : { organisation: credential.organisation }),
    roles: credential.roles,
    credential: enrolment.entryId,
    issuers: issuersOf(credential, author),
  }
}

/** The row of the party after an enrolment: a further key that the party enrols for itself leaves it as it is. */
export function toPartyRecord(enrolment: Enrolment): PartyRecord {
  const { credential, party } = enrolment
  if (party !== undefined && enrolment.author?.party === credential.party) return party
  return {
    party: credential.party,
    kind: credential.kind,
    ...(party?.name === undefined ? {} : { name: party.name }),
    ...(credential.organisation === undefined ? {} : { organisation: credential.organisation }),
    roles: credential.roles,
  }
}

/** The record after a revocation. Revoking a revoked key again changes nothing. Errors: KEY_UNKNOWN, ENROLMENT_REFUSED. */
export function revokedRecord(revocation: { readonly entryId: string; readonly author: KeyRecord; readonly record: KeyRecord | undefined }): KeyRecord {
  const { record, author, entryId } = revocation
  if (record === undefined) throw new IdentityError('KEY_UNKNOWN', 'The key to revoke is not enrolled here.')
  const problem = revocationProblem(toCredential(record), toCredential(author))
  if (problem !== undefined) throw new IdentityError('ENROLMENT_REFUSED', problem)
  return record.revokedBy === undefined ? { ...record, revokedBy: entryId } : record
}

/**
 * The record after its party has retired it with another key of its own: an organisation changes its key, and its people's credentials stay good. Errors:
 * KEY_UNKNOWN, ENROLMENT_REFUSED.
 */
export function retiredRecord(retirement: { readonly entryId: string; readonly author: KeyRecord; readonly record: KeyRecord | undefined }): KeyRecord {
  const { record, author, entryId } = retirement
  if (record === undefined) throw new IdentityError('KEY_UNKNOWN', 'The key to retire is not enrolled here.')
  if (author.party !== record.party || author.thumbprint === record.thumbprint) throw new IdentityError('ENROLMENT_REFUSED', 'A key is retired by a newer key of the same party.')
  return record.revokedBy === undefined && record.retiredBy === undefined ? { ...record, retiredBy: entryId } : record
}

/** What the credential of an enrolled key said. */
export function toCredential(record: KeyRecord): Credential {
  return {
    v: 1,
    party: record.party,
    kind: record.kind,
    ...(record.organisation === undefined ? {} : { organisation: record.organisation }),
    roles: record.enrolledRoles ?? record.roles,
    key: record.jwk,
  }
}

function takeOverProblem(credential: Credential, author: KeyRecord | undefined, party: PartyRecord | undefined): string | undefined {
  if (party === undefined) return undefined
  if (author === undefined) return 'The instance has a platform root already.'
  if (party.kind !== credential.kind || party.organisation !== credential.organisation) return 'The party is enrolled here with another kind or organisation.'
  if (party.roles.includes('patient') && author.kind === 'organisation') return 'An organisation enrols no further key for a patient: with it, it could act for them at every other custodian.'
  return undefined
}

function issuersOf(credential: Credential, author: KeyRecord | undefined): readonly string[] {
  if (author === undefined) return []
  return author.party === credential.party ? author.issuers : [author.thumbprint, ...author.issuers]
}
