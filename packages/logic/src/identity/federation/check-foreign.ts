import { keyProblem, verifySignatureSync, type KeyRecord } from '@careledger/identity'
import { CREDENTIAL_MEDIA_TYPE, fromUtf8, jwkThumbprint, openCommitment, openingFromJson, parseCredential, utf8, verifyProof, type Credential, type LoggedEntry, type ProofFile } from '@careledger/proof'
import { LogicError } from '../../logic-error.ts'
import { parseVoucher, toTrust, VOUCHER_MEDIA_TYPE, type PeerTrust, type Voucher } from './payloads.ts'

/** Row `recognised-organisation`; key = the organisation's party here. */
export interface RecognisedOrganisation {
  /** Party id at its own instance. */
  readonly party: string
  /** Thumbprint of the key that its instance enrolled it with. */
  readonly key: string
  readonly name: string
  readonly audience: string
  readonly trust: PeerTrust
  /** Id of the `organisation-recognised` entry. */
  readonly entry: string
}

/** Roles that count away from home; whatever else a credential says stays there. */
const travellingRoles: readonly string[] = ['doctor', 'records-clerk', 'system']

/** A person or system of a recognised organisation, as its two files show. */
export interface ForeignHolder {
  readonly credential: Credential
  readonly thumbprint: string
  readonly roles: readonly string[]
  readonly voucher: Voucher
}

/** The credential of an organisation by the proof of its enrolment. Errors: NOT_ALLOWED naming the step that failed. */
export async function checkEnrolment(text: string, trust: PeerTrust): Promise<Credential> {
  const file = await holds(text, trust, 'enrolment')
  if (file.entry.network !== 'identity' || file.entry.type !== 'organisation-enrolled') throw refused('The file does not prove the enrolment of an organisation.')
  return parseCredential(payloadOf(file, CREDENTIAL_MEDIA_TYPE))
}

/**
 * Checks both files against what is pinned: the organisation's own pinned key enrolled this key (or the one it enrolled itself beside), and
 * the instance's system says of the same key that it is in force. So neither the peer's operator alone nor a leaver with an old file gets
 * in. Looks at no clock. Errors: NOT_ALLOWED naming what does not hold.
 */
export async function checkForeign(organisation: RecognisedOrganisation, files: { readonly credential: string; readonly standing: string }): Promise<ForeignHolder> {
  const [enrolled, vouched] = [await holds(files.credential, organisation.trust, 'credential'), await holds(files.standing, organisation.trust, 'standing')]
  if (enrolled.entry.network !== 'identity' || enrolled.entry.type !== 'key-enrolled') throw refused('The file does not prove the enrolment of a key.')
  const credential = parseCredential(payloadOf(enrolled, CREDENTIAL_MEDIA_TYPE))
  if (credential.organisation !== organisation.party || !enrolledBy(enrolled, organisation, credential.party)) throw refused('The key was not enrolled by the recognised organisation.')
  if (vouched.entry.network !== 'identity' || vouched.entry.type !== 'key-vouched' || !isSystem(vouched)) throw refused('The statement is not by the system of the peer.')
  const voucher = parseVoucher(payloadOf(vouched, VOUCHER_MEDIA_TYPE))
  const thumbprint = jwkThumbprint(credential.key)
  if (voucher.key !== thumbprint || voucher.party !== credential.party || voucher.organisation !== credential.organisation) throw refused('The statement is about another key.')
  if (voucher.audience !== organisation.audience) throw refused('The statement is made out to another instance.')
  const roles = credential.roles.filter((role) => travellingRoles.includes(role) && voucher.roles.includes(role))
  if (roles.length === 0 || (credential.kind !== 'person' && credential.kind !== 'system')) throw refused('The key has no role that counts away from home.')
  return { credential, thumbprint, roles, voucher }
}

/** Errors: KEY_REVOKED, KEY_UNKNOWN. */
export function assertInForce(record: KeyRecord | undefined, issuers: readonly (KeyRecord | undefined)[]): asserts record is KeyRecord {
  const problem = keyProblem(record, issuers)
  if (problem !== undefined) throw new LogicError(problem, 'The key, or one that it rests on, is not in force here.')
}

async function holds(text: string, trust: PeerTrust, what: string): Promise<ProofFile> {
  const result = await verifyProof(utf8(text), toTrust(trust), { verify: verifySignatureSync })
  if (result.valid && result.file !== undefined && result.file.status === undefined) return result.file
  const step = result.steps.find(({ outcome }) => outcome === 'fail')?.name ?? (result.file?.status === undefined ? 'parse' : 'revocation')
  throw refused(`The proof of the ${what} does not hold by what is pinned.`, { what, step })
}

/** The pinned key signed the enrolment, or that of the same party's first key, which enrolled this one. */
function enrolledBy(file: ProofFile, { key, party }: RecognisedOrganisation, holder: string): boolean {
  if (file.entry.author.key === key && file.entry.author.party === party) return true
  if (file.entry.author.party !== holder) return false
  return file.credentials.some((logged) => logged.entry.author.key === key && logged.entry.author.party === party && credentialIn(logged)?.party === holder)
}

/** The author is a system of the platform itself, of no organisation. */
function isSystem(file: ProofFile): boolean {
  const own = file.credentials.find(({ entry }) => entry.id === file.entry.author.credential)
  const credential = own === undefined ? undefined : credentialIn(own)
  return credential?.kind === 'system' && credential.organisation === undefined
}

function credentialIn(logged: LoggedEntry): Credential | undefined {
  const opening = logged.opening === undefined ? undefined : openingFromJson(logged.opening as never)
  return opening === undefined || !('payload' in opening) ? undefined : parseCredential(opening.payload)
}

function payloadOf(file: ProofFile, mediaType: string): Uint8Array {
  const opening = file.opening === undefined ? undefined : openingFromJson(file.opening as never)
  if (opening === undefined || !('payload' in opening) || opening.mediaType !== mediaType || file.entry.payload === undefined) throw refused('The proof does not show its payload.')
  openCommitment(file.entry.payload, opening)
  return opening.payload
}

/** For messages of entries: what the file of a proof names. Errors: INPUT_MALFORMED. */
export function organisationIn(text: string): { readonly origin: string; readonly organisation: string } {
  try {
    const value = JSON.parse(fromUtf8(utf8(text))) as { readonly log: { readonly origin: string }; readonly opening: { readonly payload: string } }
    const credential = JSON.parse(Buffer.from(value.opening.payload, 'base64url').toString()) as { readonly organisation?: unknown }
    if (typeof value.log.origin === 'string' && typeof credential.organisation === 'string') return { origin: value.log.origin, organisation: credential.organisation }
  } catch {
    // Not a proof file; said below.
  }
  throw new LogicError('INPUT_MALFORMED', 'This is no proof of the enrolment of a key.')
}

function refused(message: string, details: Readonly<Record<string, unknown>> = {}): LogicError {
  return new LogicError('NOT_ALLOWED', message, { details })
}
