import { equalBytes, fromBase64url, toBase64url, utf8 } from './bytes.ts'
import { canonicalBytes, parseCanonical, type CanonicalValue } from './canonical-json.ts'
import { openingFromJson } from './commitment.ts'
import { parseCredential } from './credential.ts'
import { entryHash, type Entry } from './entry.ts'
import type { Trust, VerifyOptions } from './proof-context.ts'
import { isProofError, ProofError } from './proof-error.ts'
import type { ProofFile } from './proof-file.ts'
import { jwkThumbprint, toPublicJwk, type PublicJwk } from './public-key.ts'
import { readMembers } from './read-members.ts'
import { issuerStatus } from './receipt-status.ts'
import { verifySignature } from './signer.ts'
import { vcHeader } from './vc-jwt.ts'
import { verifyProof, type ProofResult } from './verify-proof.ts'

export const RECEIPT_FORMAT = 'careledger-receipt/1'
export const RECEIPT_STEPS = ['parse', 'entry', 'consent', 'authority', 'issuer', 'signature', 'binding', 'status'] as const
/** Largest receipt file, in bytes. */
export const RECEIPT_BYTES_MAX = 4 * 1_048_576

/** What a patient holds of one consent or withdrawal. Source: docs/consent-receipt.md. */
export interface ReceiptFile {
  readonly format: typeof RECEIPT_FORMAT
  /** Compact JWS (ES256) over a verifiable credential, by the custodian's issuing key. */
  readonly credential: string
  /** Text of the proof file of the `consent-given` or `consent-withdrawn` entry, with its opening. */
  readonly proof: string
  /** Of a withdrawal: that of the consent that was withdrawn. */
  readonly consent?: string | undefined
  /** Where somebody signed in the patient's stead: that of the `delegation-given` entry by which they may. */
  readonly delegation?: string | undefined
  /** That of the `card-key-enrolled` entry by which the custodian enrolled the issuing key. */
  readonly issuer: string
}

export interface ReceiptStep {
  readonly name: (typeof RECEIPT_STEPS)[number]
  readonly outcome: 'pass' | 'fail' | 'unchecked'
  /** One sentence, in English. */
  readonly detail: string
}

export interface ReceiptResult {
  /** Every step passed; `status` may be unchecked, which is shown. */
  readonly valid: boolean
  readonly steps: readonly ReceiptStep[]
  /** Steps of the proof of the entry itself, where it could be read. */
  readonly proof?: ProofResult | undefined
  /** The credential's document; not to be believed unless `valid`. */
  readonly credential?: Readonly<Record<string, unknown>> | undefined
}

/** What a receipt says of an entry: made from the entry and the terms alone, so that a verifier makes it again. */
export interface ReceiptFacts {
  readonly entry: Entry
  /** Place in the log. */
  readonly index: number
  readonly origin: string
  /** Id of the consent, and its terms as they were signed. */
  readonly consent: string
  readonly terms: CanonicalValue
  /** Who signed in the patient's stead: by which delegation, as what. Absent: the patient signed. */
  readonly acting?: { readonly delegation: string; readonly basis: string } | undefined
}

/** The subject of the credential: the record and event of ISO/IEC TS 27560:2023, and the entry that proves it. */
export const receiptSubject = ({ entry, index, origin, consent, terms, acting }: ReceiptFacts): CanonicalValue => {
  const { grantee, purpose, types, sensitive, expires } = terms as Readonly<Record<string, CanonicalValue>>
  return {
    id: `urn:careledger:subject:${entry.subject ?? ''}`,
    schema_version: 'ISO/IEC TS 27560:2023',
    record_id: consent,
    pii_principal_id: entry.subject ?? '',
    pii_controllers: [entry.custodian],
    purposes: [purpose ?? ''],
    pii_information: types ?? ['*'],
    pii_information_special: sensitive ?? [],
    recipients: [grantee ?? ''],
    event: {
      event_type: 'explicit-consent', event_state: entry.type === 'consent-withdrawn' ? 'withdrawn' : 'given', event_time: entry.issuedAt, entity_id: entry.author.party,
      validity: expires ?? '', entry: entry.id, entry_hash: toBase64url(entryHash(entry)), log: origin, index,
      ...(acting === undefined ? {} : { acting: { delegation: acting.delegation, basis: acting.basis } }),
    },
    terms,
  }
}

/** The document that is signed, as canonical JSON. `at`: when the custodian issues it. */
export const receiptDocument = (facts: ReceiptFacts, id: string, at: string): Uint8Array => canonicalBytes({
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  id: `urn:uuid:${id}`,
  type: ['VerifiableCredential', 'ConsentReceipt'],
  issuer: issuerOf(facts.entry),
  validFrom: at,
  credentialSubject: receiptSubject(facts),
})

/** What an ES256 key signs: `header.payload`, base64url each. */
export const receiptSigningInput = (key: string, document: Uint8Array): string => `${receiptHeader(key)}.${toBase64url(document)}`

/** The file, as canonical JSON. */
export const receiptBytes = ({ format, credential, proof, consent, delegation, issuer }: ReceiptFile): Uint8Array =>
  canonicalBytes({ format, credential, proof, issuer, ...(consent === undefined ? {} : { consent }), ...(delegation === undefined ? {} : { delegation }) })

/** Whether bytes look like a receipt rather than a proof; says nothing of what is in it. */
export const isReceipt = (bytes: Uint8Array): boolean => ['{"consent":', '{"credential":'].some((start) => equalBytes(bytes.subarray(0, start.length), utf8(start)))

const receiptHeader = (key: string): string => vcHeader('ES256', key)
const issuerOf = ({ custodian }: Pick<Entry, 'custodian'>): string => `urn:careledger:party:${custodian}`

/** Reads a receipt file. Errors: MALFORMED, TOO_LARGE. */
export const parseReceipt = (bytes: Uint8Array): ReceiptFile => {
  if (bytes.length > RECEIPT_BYTES_MAX) throw new ProofError('TOO_LARGE', `A receipt has at most ${RECEIPT_BYTES_MAX} bytes.`)
  const members = readMembers(parseCanonical(bytes), '')
  members.text('format', /^careledger-receipt\/1$/)
  const file: ReceiptFile = {
    format: RECEIPT_FORMAT, credential: members.text('credential', /^[\w-]+\.[\w-]+\.[\w-]{86}$/), proof: members.text('proof', /^\{[^]*\}$/),
    ...(members.has('consent') ? { consent: members.text('consent', /^\{[^]*\}$/) } : {}),
    ...(members.has('delegation') ? { delegation: members.text('delegation', /^\{[^]*\}$/) } : {}), issuer: members.text('issuer', /^\{[^]*\}$/),
  }
  members.end()
  return file
}

/**
 * Verifies a receipt offline against pinned keys: the entry stands in the log, whoever signed in the patient's stead might, the custodian enrolled the
 * key, that key signed the credential, the credential says of the entry what the entry says itself, and, where the custodian's key status is at
 * hand (`status`, the bytes of that file), the key had not been revoked or replaced when the receipt was made. Never throws for what is in the files.
 */
export const verifyReceipt = async (bytes: Uint8Array, trust: Trust, options: Pick<VerifyOptions, 'verifyAnchor'> & { readonly status?: Uint8Array | undefined } = {}): Promise<ReceiptResult> => {
  const steps: ReceiptStep[] = []
  const end = (more: Omit<ReceiptResult, 'valid' | 'steps'> = {}): ReceiptResult => {
    const all = RECEIPT_STEPS.map((name): ReceiptStep => steps.find((step) => step.name === name) ?? { name, outcome: 'unchecked', detail: 'A step before this one failed.' })
    return { valid: all.every(({ name, outcome }) => outcome === 'pass' || (name === 'status' && outcome === 'unchecked')), steps: all, ...more }
  }
  const step = (name: ReceiptStep['name'], problem: string | undefined, detail: string): boolean => {
    steps.push(problem === undefined ? { name, outcome: 'pass', detail } : { name, outcome: 'fail', detail: problem })
    return problem === undefined
  }
  const file = attempt(() => parseReceipt(bytes))
  if (!step('parse', 'problem' in file ? file.problem : undefined, 'The file has exactly the form of a receipt.') || 'problem' in file) return end()
  const { credential, proof: proofText, consent: consentText, issuer: issuerText, delegation: delegationText } = file.value
  const [proof, consent, issuer, delegation] = await Promise.all([proofText, consentText ?? proofText, issuerText, ...(delegationText === undefined ? [] : [delegationText])].map((text) => verifyProof(utf8(text), trust, options)))
  if (proof === undefined || consent === undefined || issuer === undefined) return end()
  if (!step('entry', problemOfProof(proof) ?? typeProblem(proof.file, ['consent-given', 'consent-withdrawn']), `${(proof.file as ProofFile | undefined)?.entry.author.party ?? ''} signed this, and it stands in the log, unchanged.`)) return end({ proof })
  const entry = (proof.file as ProofFile).entry
  const same = entry.type === 'consent-given' ? consentText === undefined : entry.replaces === consent.file?.entry.id
  if (!step('consent', problemOfProof(consent) ?? typeProblem(consent.file, ['consent-given']) ?? (same ? undefined : 'The consent shown is another one than the entry is about.'), 'The terms are those that the patient signed.')) return end({ proof })
  const acting = attempt(() => (delegation === undefined ? undefined : actingUnder(delegation, proof.file as ProofFile)))
  const who = 'problem' in acting || acting.value === undefined ? 'Nobody is named who signed in the patient\'s stead; so the custodian says that the patient signed.' : `${entry.author.party} signed in the patient's stead, as ${basisWords[acting.value.basis] ?? acting.value.basis}, under a delegation in the log.`
  if (!step('authority', 'problem' in acting ? acting.problem : undefined, who) || 'problem' in acting) return end({ proof })
  const key = attempt(() => issuingKey(issuer, entry.custodian))
  if (!step('issuer', 'problem' in key ? key.problem : undefined, `${entry.custodian} enrolled the key that signed the receipt.`) || 'problem' in key) return end({ proof })
  const document = await attemptAsync(() => openCredential(credential, key.value))
  if (!step('signature', 'problem' in document ? document.problem : undefined, `${entry.custodian} signed the receipt.`) || 'problem' in document) return end({ proof })
  const { entry: { id } } = consent.file as ProofFile
  const expected = { entry, index: (proof.file as ProofFile).log.index, origin: (proof.file as ProofFile).log.origin, consent: id, terms: termsOf(consent.file as ProofFile), acting: acting.value }
  step('binding', bindingProblem(document.value, expected), 'What the receipt says is what the entry says.')
  const made = Math.max(...[proof, consent, issuer].map(({ file: one }) => (one as ProofFile).log.size))
  steps.push(await issuerStatus(options.status, { custodian: entry.custodian, key: jwkThumbprint(key.value), enrolledAt: (issuer.file as ProofFile).log.index, made }, trust, options))
  return end({ proof, credential: document.value as Readonly<Record<string, unknown>> })
}

const problemOfProof = ({ valid, steps }: ProofResult): string | undefined => (valid ? undefined : `The proof does not hold: ${steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name).join(', ') || 'it could not be checked whole'}.`)
const typeProblem = (file: ProofFile | undefined, types: readonly string[]): string | undefined => (file !== undefined && types.includes(file.entry.type) ? undefined : 'The entry is of another type.')

/** The key that the custodian enrolled. */
const issuingKey = (issuer: ProofResult, custodian: string): PublicJwk => {
  const problem = problemOfProof(issuer) ?? typeProblem(issuer.file, ['card-key-enrolled'])
  const file = issuer.file
  if (problem !== undefined || file === undefined) throw new ProofError('MALFORMED', problem ?? 'There is no proof of the issuing key.')
  const { author } = file.entry
  const enrolment = file.credentials.find(({ entry }) => entry.id === author.credential)
  const who = enrolment === undefined ? undefined : parseCredential(payloadOf(enrolment.opening))
  const own = author.party === custodian || (who?.organisation === custodian && who.roles.includes('admin'))
  if (file.entry.custodian !== custodian || !own) throw new ProofError('MALFORMED', 'The issuing key was enrolled by another organisation.')
  const members = readMembers(parseCanonical(payloadOf(file.opening)), '')
  members.integer('v', 1)
  const key = toPublicJwk(members.value('key'), 'key')
  members.end()
  return key
}

const basisWords: Readonly<Record<string, string>> = { 'chosen': 'whom the patient chose', 'parent': 'a parent', 'legal-guardian': 'the legal guardian' }

/** By which delegation the entry was signed. Errors: ProofError where it does not reach this entry. */
const actingUnder = (delegation: ProofResult, { entry, log }: ProofFile): NonNullable<ReceiptFacts['acting']> => {
  const problem = problemOfProof(delegation) ?? typeProblem(delegation.file, ['delegation-given'])
  const file = delegation.file
  if (problem !== undefined || file === undefined) throw new ProofError('MALFORMED', problem ?? 'There is no proof of the delegation.')
  const { delegate, basis, scope, until } = parseCanonical(payloadOf(file.opening)) as Readonly<Record<string, CanonicalValue>>
  const same = file.entry.subject === entry.subject && file.entry.custodian === entry.custodian && file.log.origin === log.origin && file.log.index < log.index
  const mayConsent = delegate === entry.author.party && Array.isArray(scope) && scope.includes('consent') && typeof until === 'string' && until > entry.issuedAt.slice(0, 10)
  if (!same || !mayConsent || typeof basis !== 'string') throw new ProofError('MALFORMED', 'The delegation is not one under which this could be signed.')
  return { delegation: file.entry.id, basis }
}

const openCredential = async (credential: string, key: PublicJwk): Promise<CanonicalValue> => {
  const [header = '', payload = '', signature = ''] = credential.split('.')
  if (key.kty !== 'EC' || header !== receiptHeader(jwkThumbprint(key))) throw new ProofError('SIGNATURE_INVALID', 'The receipt names another key, algorithm or type than the custodian enrolled.')
  if (!(await verifySignature('ES256', key, utf8(`${header}.${payload}`), fromBase64url(signature)))) throw new ProofError('SIGNATURE_INVALID', 'The signature on the receipt does not hold.')
  return parseCanonical(fromBase64url(payload))
}

const bindingProblem = (document: CanonicalValue, facts: ReceiptFacts): string | undefined => {
  const { id, validFrom } = document as Readonly<Record<string, CanonicalValue>>
  if (typeof id !== 'string' || typeof validFrom !== 'string') return 'The receipt does not say when it was issued.'
  const expected = receiptDocument(facts, id.replace('urn:uuid:', ''), validFrom)
  return equalBytes(expected, canonicalBytes(document)) ? undefined : 'The receipt says something else than the entry.'
}

const termsOf = (file: ProofFile): CanonicalValue => parseCanonical(payloadOf(file.opening))

const payloadOf = (json: ProofFile['opening']): Uint8Array => {
  const opening = json === undefined ? undefined : openingFromJson(json as never)
  if (opening === undefined || !('payload' in opening)) throw new ProofError('MALFORMED', 'The proof does not show what was signed.')
  return opening.payload
}

type Attempt<T> = { readonly value: T } | { readonly problem: string }
const attempt = <T>(run: () => T): Attempt<T> => {
  try {
    return { value: run() }
  } catch (error) {
    if (isProofError(error)) return { problem: error.message }
    throw error
  }
}
const attemptAsync = async <T>(run: () => Promise<T>): Promise<Attempt<T>> => {
  try {
    return { value: await run() }
  } catch (error) {
    if (isProofError(error)) return { problem: error.message }
    throw error
  }
}
