import { CREDENTIAL_MEDIA_TYPE, REVOCATION_MEDIA_TYPE, accountId, canonicalBytes, credentialBytes, revocationBytes } from '@careledger/proof'
import type { Credential, P256Jwk } from '@careledger/proof'
import type { EntryDraft } from './build-entry.ts'

/** An entry that enrols a key: `organisation-enrolled` for an organisation's, `key-enrolled` for a person's or system's. Errors: `ProofError` for a malformed credential. */
export function enrolmentDraft(credential: Omit<Credential, 'v'>, custodian: string): EntryDraft {
  const type = credential.kind === 'organisation' ? 'organisation-enrolled' : 'key-enrolled'
  const bytes = credentialBytes({ v: 1, ...credential, roles: [...credential.roles].sort() })
  return { network: 'identity', type, custodian, payload: { mediaType: CREDENTIAL_MEDIA_TYPE, bytes } }
}

/** A `key-revoked` entry for the key with this thumbprint. */
export function revocationDraft(key: string, custodian: string): EntryDraft {
  return { network: 'identity', type: 'key-revoked', custodian, payload: { mediaType: REVOCATION_MEDIA_TYPE, bytes: revocationBytes(key) } }
}

/** A `key-retired` entry: the party's newer key takes this one out of use, and what rests on it stays in force. */
export function retirementDraft(key: string, custodian: string): EntryDraft {
  return { ...revocationDraft(key, custodian), type: 'key-retired' }
}

/** A `system-keys-published` entry: a system signs in with the keys of the set (JWKS) at this address; without `url` no longer, and those that did are out of force. */
export function systemKeysDraft({ party, roles, url }: { readonly party: string; readonly roles: readonly string[]; readonly url?: string | undefined }, custodian: string): EntryDraft {
  const bytes = canonicalBytes({ v: 1, party, roles: [...roles].sort(), ...(url === undefined ? {} : { url }) })
  return { network: 'identity', type: 'system-keys-published', custodian, payload: { mediaType: 'application/careledger-system-keys+json', bytes } }
}

/** An `account-linked` entry: who signs in at this provider as this subject is this person here. The log holds a hash of both. */
export function accountLinkDraft({ party, issuer, subject }: { readonly party: string; readonly issuer: string; readonly subject: string }, custodian: string): EntryDraft {
  const bytes = canonicalBytes({ v: 1, party, account: accountId(issuer, subject), issuer })
  return { network: 'identity', type: 'account-linked', custodian, payload: { mediaType: 'application/careledger-account+json', bytes } }
}

/** An `account-unlinked` entry, by the account's id. */
export function accountUnlinkDraft(account: string, custodian: string): EntryDraft {
  return { network: 'identity', type: 'account-unlinked', custodian, payload: { mediaType: 'application/careledger-account-end+json', bytes: canonicalBytes({ v: 1, account }) } }
}

/** A `party-named` entry: how an organisation, or one of its staff, is called. Never used for patients. */
export function partyNameDraft(party: string, name: string, custodian: string): EntryDraft {
  return { network: 'identity', type: 'party-named', custodian, payload: { mediaType: 'application/careledger-party-name+json', bytes: canonicalBytes({ v: 1, party, name }) } }
}

/** A `card-key-enrolled` entry: the organisation says that this key of its vault issues its health cards. */
export function cardKeyDraft(key: P256Jwk, custodian: string): EntryDraft {
  const { kty, crv, x, y } = key
  return { network: 'hospital', type: 'card-key-enrolled', custodian, payload: { mediaType: 'application/careledger-card-key+json', bytes: canonicalBytes({ v: 1, key: { kty, crv, x, y } }) } }
}

/** A `card-key-revoked` entry: whatever the key with this thumbprint has signed is refused from now on. */
export function cardKeyRevocationDraft(key: string, custodian: string): EntryDraft {
  return { network: 'hospital', type: 'card-key-revoked', custodian, payload: { mediaType: 'application/careledger-card-key-revocation+json', bytes: canonicalBytes({ v: 1, key }) } }
}
