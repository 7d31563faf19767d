import { equalBytes } from './bytes.ts'
import { canonicalBytes, type CanonicalValue } from './canonical-json.ts'
import { PLATFORM_ROLES } from './credential.ts'
import { parseDidKey, parseDidWeb, statusListUrl } from './did.ts'
import { entryIdPattern, partyPattern } from './identifiers.ts'
import { ProofError } from './proof-error.ts'
import { readMembers } from './read-members.ts'
import { instantPattern, listNumber, STATUS_LIST_LENGTH } from './status-list.ts'

/** Longest time a role credential holds: five years. */
const TERM_MAX_MS = 5 * 366 * 86_400_000

/** What an organisation says of one key: its holder has this role there, from and until. */
export interface RoleTerms {
  /** Id of the entry that brings the credential into the log. */
  readonly id: string
  /** did:web of the organisation. */
  readonly issuer: string
  /** did:key of the person's or system's key. */
  readonly holder: string
  readonly party: string
  readonly role: string
  /** ISO 8601 with milliseconds; `until` is no longer part of it. */
  readonly from: string
  readonly until: string
  /** Where it stands on the organisation's status lists. */
  readonly list: number
  readonly index: number
}

/** The document of a role credential (W3C Verifiable Credentials Data Model 2.0, Bitstring Status List 1.0). It holds no name. */
export const roleDocument = (terms: RoleTerms): CanonicalValue => {
  const list = statusListUrl(terms.issuer, terms.list)
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    id: `urn:uuid:${terms.id}`,
    type: ['VerifiableCredential', 'RoleCredential'],
    issuer: terms.issuer,
    validFrom: terms.from,
    validUntil: terms.until,
    credentialStatus: { id: `${list}#${terms.index}`, type: 'BitstringStatusListEntry', statusPurpose: 'revocation', statusListIndex: String(terms.index), statusListCredential: list },
    credentialSubject: { id: terms.holder, party: terms.party, role: terms.role },
  }
}

/** Reads the document of a role credential, strictly. Errors: MALFORMED, MISSING_MEMBER, KEY_INVALID. */
export const parseRoleDocument = (document: CanonicalValue): RoleTerms => {
  const members = readMembers(document, '')
  const [subject, status] = [members.object('credentialSubject'), members.object('credentialStatus')]
  const issuer = members.text('issuer', /^did:web:/)
  const terms: RoleTerms = {
    id: members.text('id', /^urn:uuid:/).slice('urn:uuid:'.length),
    issuer,
    holder: subject.text('id', /^did:key:/),
    party: subject.text('party', partyPattern),
    role: subject.text('role', /^[a-z][a-z0-9-]{0,30}$/),
    from: members.text('validFrom', instantPattern),
    until: members.text('validUntil', instantPattern),
    list: listNumber(issuer, status.text('statusListCredential', /^https?:/)),
    index: Number(status.text('statusListIndex', /^(0|[1-9][0-9]{0,5})$/)),
  }
  parseDidKey(terms.holder)
  const days = Date.parse(terms.until) - Date.parse(terms.from)
  if (!entryIdPattern.test(terms.id) || terms.index >= STATUS_LIST_LENGTH || !(days > 0 && days <= TERM_MAX_MS)) throw new ProofError('MALFORMED', 'A role credential holds for at most five years and has a place on its list.')
  if (!equalBytes(canonicalBytes(roleDocument(terms)), canonicalBytes(document))) throw new ProofError('MALFORMED', 'The document has other members than a role credential.')
  return terms
}

/** Why an organisation does not give this role, in words; `undefined` when it may. */
export const roleProblem = (terms: Pick<RoleTerms, 'issuer' | 'role'>, organisation: string): string | undefined => {
  if (parseDidWeb(terms.issuer).organisation !== organisation) return 'The credential names another organisation as its issuer.'
  return terms.role === 'patient' || PLATFORM_ROLES.includes(terms.role) ? 'Only the platform grants this role.' : undefined
}
