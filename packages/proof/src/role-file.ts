import { equalBytes, fromUtf8, utf8 } from './bytes.ts'
import { canonicalBytes, parseCanonical, type CanonicalValue } from './canonical-json.ts'
import { openingFromJson } from './commitment.ts'
import { parseCredential, type Credential } from './credential.ts'
import { parseDidKey } from './did.ts'
import type { Trust, VerifyOptions } from './proof-context.ts'
import { isProofError, ProofError } from './proof-error.ts'
import type { ProofFile } from './proof-file.ts'
import type { PublicJwk } from './public-key.ts'
import { readMembers } from './read-members.ts'
import { parseRoleDocument, roleProblem, type RoleTerms } from './role-credential.ts'
import { parseStatusList, statusBit, type StatusList } from './status-list.ts'
import { openVc, VC_JWT_MEDIA_TYPE } from './vc-jwt.ts'
import { verifyProof, type ProofResult } from './verify-proof.ts'

export const ROLE_FILE_FORMAT = 'careledger-role/1'
export const ROLE_STEPS = ['parse', 'entry', 'issuer', 'holder', 'status', 'time'] as const
/** Largest file of a role credential, in bytes. */
const ROLE_FILE_BYTES_MAX = 4 * 1_048_576

/** What its holder shows of one role credential. Source: docs/role-credentials.md. */
export interface RoleFile {
  readonly format: typeof ROLE_FILE_FORMAT
  /** Text of the proof file of the `role-granted` entry, whose opening is the credential. */
  readonly proof: string
  /** That of the newest `role-status-listed` entry of the credential's list. */
  readonly status: string
}

export interface RoleStep {
  readonly name: (typeof ROLE_STEPS)[number]
  readonly outcome: 'pass' | 'fail' | 'unchecked'
  /** One sentence, in English. */
  readonly detail: string
}

export interface RoleResult {
  /** Every step passed: at the time asked about the holder has this role, as far as the status list shown says. */
  readonly valid: boolean
  readonly steps: readonly RoleStep[]
  /** Not to be believed unless `valid`. */
  readonly terms?: RoleTerms | undefined
  /** The holder's key: whoever shows the file proves it by a signature of their own. */
  readonly holder?: PublicJwk | undefined
  /** How new the status list is: it says nothing of later revocations. */
  readonly statusFrom?: string | undefined
}

/** The file, as canonical JSON. */
export const roleFileBytes = ({ format, proof, status }: RoleFile): Uint8Array => canonicalBytes({ format, proof, status })

/** Whether bytes look like the file of a role credential rather than a proof; says nothing of what is in it. */
export const isRoleFile = (bytes: Uint8Array): boolean => equalBytes(bytes.subarray(0, roleFileStart.length), roleFileStart)
const roleFileStart = utf8(`{"format":"${ROLE_FILE_FORMAT}"`)

/** Reads the file of a role credential. Errors: MALFORMED, TOO_LARGE. */
export const parseRoleFile = (bytes: Uint8Array): RoleFile => {
  if (bytes.length > ROLE_FILE_BYTES_MAX) throw new ProofError('TOO_LARGE', `The file of a role credential has at most ${ROLE_FILE_BYTES_MAX} bytes.`)
  const members = readMembers(parseCanonical(bytes), '')
  members.text('format', /^careledger-role\/1$/)
  const file: RoleFile = { format: ROLE_FILE_FORMAT, proof: members.text('proof', /^\{[^]*\}$/), status: members.text('status', /^\{[^]*\}$/) }
  members.end()
  return file
}

/**
 * Verifies a role credential offline against pinned keys, as of `at` (default: now): it stands in the log, the organisation's key signed it and rests on
 * the pinned root, the status list shown is the organisation's and does not take it back, and its time is not over. Never throws for what is in the file.
 */
export const verifyRoleFile = async (bytes: Uint8Array, trust: Trust, options: Pick<VerifyOptions, 'verifyAnchor'> & { readonly at?: Date | undefined } = {}): Promise<RoleResult> => {
  const steps: RoleStep[] = []
  const end = (more: Omit<RoleResult, 'valid' | 'steps'> = {}): RoleResult => {
    const all = ROLE_STEPS.map((name): RoleStep => steps.find((step) => step.name === name) ?? { name, outcome: 'unchecked', detail: 'A step before this one failed.' })
    return { valid: all.every(({ outcome }) => outcome === 'pass'), steps: all, ...more }
  }
  /** The value, or `undefined` once the step has failed. */
  const step = async <T>(name: RoleStep['name'], detail: (value: T) => string, body: () => Promise<T>): Promise<T | undefined> => {
    try {
      const value = await body()
      steps.push({ name, outcome: 'pass', detail: detail(value) })
      return value
    } catch (error) {
      if (!isProofError(error)) throw error
      steps.push({ name, outcome: 'fail', detail: error.message })
      return undefined
    }
  }
  const file = await step('parse', () => 'The file has exactly the form of a role credential.', async () => parseRoleFile(bytes))
  if (file === undefined) return end()
  const [proof, status] = await Promise.all([verifyProof(utf8(file.proof), trust, options), verifyProof(utf8(file.status), trust, options)])
  const granted = await step('entry', () => 'The credential stands in the log, unchanged.', async () => signedIn(proof, 'role-granted'))
  if (granted === undefined) return end()
  const terms = await step('issuer', ({ issuer }) => `The key of ${granted.author.party}, which the platform enrolled, signed it as ${issuer}.`, () => openTerms(granted))
  if (terms === undefined) return end()
  const holder = await step('holder', () => `It is about one key, of ${terms.party}.`, async () => parseDidKey(terms.holder))
  if (holder === undefined) return end({ terms })
  const list = await step('status', ({ from }) => `It was not taken back as of ${from}; the list says nothing of what came later.`, () => openStatus(signedIn(status, 'role-status-listed'), granted, terms))
  if (list === undefined) return end({ terms, holder })
  await step('time', () => `It holds from ${terms.from} until ${terms.until}.`, async () => assertTime(terms, options.at ?? new Date()))
  return end({ terms, holder, statusFrom: list.from })
}

interface SignedVc { readonly id: string; readonly jwt: string; readonly author: Credential }

/** A credential that a proof file shows, and the credential of the key that signed the entry. Errors: MALFORMED. */
const signedIn = ({ valid, steps, file }: ProofResult, type: string): SignedVc => {
  if (!valid || file === undefined) throw new ProofError('MALFORMED', `The proof does not hold: ${steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name).join(', ') || 'it could not be checked whole'}.`)
  if (file.entry.type !== type) throw new ProofError('MALFORMED', 'The entry is of another type.')
  const { mediaType, payload } = payloadOf(file.opening)
  const enrolment = file.credentials.find(({ entry }) => entry.id === file.entry.author.credential)
  if (mediaType !== VC_JWT_MEDIA_TYPE || enrolment === undefined) throw new ProofError('MALFORMED', 'The entry holds no credential.')
  return { id: file.entry.id, jwt: fromUtf8(payload), author: parseCredential(payloadOf(enrolment.opening).payload) }
}

const openTerms = async ({ id, jwt, author }: SignedVc): Promise<RoleTerms> => {
  const terms = parseRoleDocument(await openVc(jwt, author.key))
  const problem = author.kind === 'organisation' ? roleProblem(terms, author.party) : 'The credential was signed by somebody else than an organisation.'
  if (problem !== undefined || terms.id !== id) throw new ProofError('MALFORMED', problem ?? 'The credential belongs to another entry.')
  return terms
}

const openStatus = async (shown: SignedVc, granted: SignedVc, terms: RoleTerms): Promise<StatusList> => {
  if (shown.author.party !== granted.author.party || shown.author.kind !== 'organisation') throw new ProofError('MALFORMED', 'The status list is of another organisation.')
  const list = await parseStatusList((await openVc(shown.jwt, shown.author.key)) as CanonicalValue)
  if (list.issuer !== terms.issuer || list.list !== terms.list) throw new ProofError('MALFORMED', 'The status list is another one than the credential names.')
  if (statusBit(list.bits, terms.index)) throw new ProofError('MALFORMED', 'The organisation has taken the credential back.')
  return list
}

const assertTime = ({ from, until }: RoleTerms, at: Date): true => {
  if (at.getTime() < Date.parse(from)) throw new ProofError('MALFORMED', `It does not hold before ${from}.`)
  if (at.getTime() >= Date.parse(until)) throw new ProofError('MALFORMED', `It has ended on ${until}.`)
  return true
}

const payloadOf = (opening: ProofFile['opening']): { readonly mediaType: string; readonly payload: Uint8Array } => {
  const opened = opening === undefined ? undefined : openingFromJson(opening, 'opening')
  if (opened === undefined || !('payload' in opened)) throw new ProofError('MALFORMED', 'The proof does not show what the entry says.')
  return opened
}

