import { Problem } from '@careledger/api/contracts'
import { fromBase64url, fromUtf8, utf8, verifySignature, type P256Jwk } from '@careledger/proof'
import { z } from 'zod'
import { inflate } from './inflate.ts'

/** An issuer that a verifier trusts, as `hospital.cards.issuers` gives them or a file pins them. */
export interface TrustedIssuer {
  readonly iss: string
  readonly name: string
  /** Every key that it ever had; with `revoked`, nothing that it signed holds since that instant. */
  readonly keys: readonly (P256Jwk & { readonly kid: string; readonly revoked?: string | undefined })[]
  /** Absent: revocation cannot be asked, and reads "not checked". */
  readonly crls?: readonly { readonly kid: string; readonly rids: readonly string[] }[] | undefined
}

export const CARD_STEPS = ['form', 'issuer', 'signature', 'dates', 'content', 'revocation'] as const
export interface CardStep {
  readonly name: (typeof CARD_STEPS)[number]
  readonly outcome: 'pass' | 'fail' | 'unchecked'
  /** One sentence, in English. */
  readonly detail: string
}

export interface CardCheck {
  /** Every step passed, but for a revocation that could not be asked. */
  readonly valid: boolean
  readonly steps: readonly CardStep[]
  readonly issuer?: TrustedIssuer | undefined
  /** What the card says; absent while it could not be read. Not to be believed unless `valid`. */
  readonly card?: HealthCard | undefined
}

export interface HealthCard {
  readonly iss: string
  readonly kid: string
  readonly issued: Date
  readonly expires?: Date | undefined
  readonly rid?: string | undefined
  /** The FHIR Bundle, as text. */
  readonly bundle: Readonly<Record<string, unknown>>
}

const header = z.strictObject({ zip: z.literal('DEF'), alg: z.literal('ES256'), kid: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })
const claims = z.object({
  iss: z.string().max(1024),
  nbf: z.number().min(0),
  exp: z.number().min(0).optional(),
  vc: z.object({
    type: z.array(z.string()),
    credentialSubject: z.object({ fhirVersion: z.string(), fhirBundle: z.looseObject({ resourceType: z.literal('Bundle'), type: z.literal('collection'), entry: z.array(z.unknown()) }) }),
    rid: z.string().regex(/^[A-Za-z0-9_-]{1,24}(\.\d{1,15})?$/).optional(),
  }),
})

const cardType = 'https://smarthealth.cards#health-card'
/** Bytes of a card's content; a QR code holds far less. */
const contentBytesMax = 5 * 1024 * 1024

/** `shc:/` and two digits for each character (character code less 45): one QR code in numeric mode. */
export function toNumericCard(jws: string): string {
  return `shc:/${[...jws].map((character) => String(character.charCodeAt(0) - 45).padStart(2, '0')).join('')}`
}

/**
 * The JWS in a scanned code (`shc:/…`, or its parts `shc:/1/2/…` in any order on lines of their own), in a `.smart-health-card` file, or as it
 * is. Errors: Problem INPUT_MALFORMED.
 */
export function readCardText(text: string): string {
  const trimmed = text.trim()
  if (trimmed.startsWith('shc:/')) return fromNumeric(trimmed.split(/\s+/))
  if (trimmed.startsWith('{')) {
    const file = z.object({ verifiableCredential: z.array(z.string()).min(1) }).safeParse(parseJson(trimmed))
    if (file.success) return file.data.verifiableCredential[0] as string
  }
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(trimmed)) return trimmed
  throw new Problem('INPUT_MALFORMED', 'This is no SMART Health Card.')
}

/** The steps of a check, each with its outcome; nothing is asked of anyone. Source: SMART Health Cards, sections on signing, issuers and revocation. */
export async function verifyHealthCard(text: string, trusted: readonly TrustedIssuer[], now: Date = new Date()): Promise<CardCheck> {
  const steps: CardStep[] = []
  const step = (name: CardStep['name'], outcome: CardStep['outcome'], detail: string): boolean => {
    steps.push({ name, outcome, detail })
    return outcome === 'pass'
  }
  const read = await readCard(text)
  if (!step('form', read.problem === undefined ? 'pass' : 'fail', read.problem ?? 'A compressed JWS signed with ES256, with one FHIR Bundle inside.') || read.card === undefined || read.parts === undefined) return finish(steps)
  const { card, parts } = read
  const issuer = trusted.find(({ iss }) => iss === card.iss)
  const key = issuer?.keys.find(({ kid }) => kid === card.kid)
  const known = step('issuer', issuer !== undefined && key !== undefined ? 'pass' : 'fail', issuer === undefined ? 'Nobody who is trusted here issues under this address.' : key === undefined ? 'The issuer has no such key.' : `Issued by ${issuer.name}.`)
  if (!known || key === undefined || issuer === undefined) step('signature', 'unchecked', 'Without the issuer\'s key the signature cannot be checked.')
  else {
    const { kty, crv, x, y } = key
    const signed = await verifySignature('ES256', { kty, crv, x, y }, utf8(parts.signed), parts.signature)
    step('signature', signed ? 'pass' : 'fail', signed ? 'Signed by the issuer\'s key; not a character was changed.' : 'The signature is not the issuer\'s: the card was changed or forged.')
  }
  step('dates', ...datesOf(card, now))
  step('content', read.contentProblem === undefined ? 'pass' : 'fail', read.contentProblem ?? 'FHIR 4.0.1, about one person.')
  step('revocation', ...revocationOf(card, issuer))
  return finish(steps, issuer, card)
}

function finish(steps: readonly CardStep[], issuer?: TrustedIssuer, card?: HealthCard): CardCheck {
  const all: readonly CardStep[] = CARD_STEPS.map((name) => steps.find((step) => step.name === name) ?? { name, outcome: 'unchecked', detail: 'Not looked at: an earlier step failed.' })
  const valid = all.every(({ name, outcome }) => outcome === 'pass' || (name === 'revocation' && outcome === 'unchecked'))
  return { valid, steps: all, ...(issuer === undefined ? {} : { issuer }), ...(card === undefined ? {} : { card }) }
}

interface Reading {
  readonly problem?: string | undefined
  readonly contentProblem?: string | undefined
  readonly card?: HealthCard | undefined
  readonly parts?: { readonly signed: string; readonly signature: Uint8Array } | undefined
}

async function readCard(text: string): Promise<Reading> {
  try {
    const jws = readCardText(text)
    const [head = '', body = '', signature = ''] = jws.split('.')
    const { kid } = header.parse(JSON.parse(fromUtf8(fromBase64url(head))))
    const content = claims.parse(JSON.parse(fromUtf8(await inflate(fromBase64url(body), contentBytesMax))))
    const { iss, nbf, exp, vc } = content
    const bundle = vc.credentialSubject.fhirBundle
    return {
      parts: { signed: `${head}.${body}`, signature: fromBase64url(signature) },
      card: { iss, kid, issued: new Date(nbf * 1000), ...(exp === undefined ? {} : { expires: new Date(exp * 1000) }), ...(vc.rid === undefined ? {} : { rid: vc.rid }), bundle },
      contentProblem: contentProblem(vc.type, vc.credentialSubject.fhirVersion, bundle.entry),
    }
  } catch {
    return { problem: 'Not a compressed JWS with ES256 and a FHIR Bundle inside.' }
  }
}

function contentProblem(types: readonly string[], fhirVersion: string, entries: readonly unknown[]): string | undefined {
  if (!types.includes(cardType)) return 'It does not say that it is a health card.'
  if (!fhirVersion.startsWith('4.0')) return 'Another version of FHIR than 4.0.'
  const patients = entries.filter((entry) => (entry as { readonly resource?: { readonly resourceType?: unknown } } | null)?.resource?.resourceType === 'Patient')
  return patients.length === 1 ? undefined : `It is about ${patients.length} people instead of one.`
}

function datesOf({ issued, expires }: HealthCard, now: Date): [CardStep['outcome'], string] {
  if (issued.getTime() > now.getTime() + 60_000) return ['fail', 'It is not valid yet.']
  if (expires !== undefined && expires.getTime() <= now.getTime()) return ['fail', `It ended on ${expires.toISOString().slice(0, 10)}.`]
  return ['pass', expires === undefined ? 'It has no end.' : `It ends on ${expires.toISOString().slice(0, 10)}.`]
}

/** A rid may carry a time: then only cards issued before it are revoked. */
function revocationOf({ rid, kid, issued }: HealthCard, issuer: TrustedIssuer | undefined): [CardStep['outcome'], string] {
  const revokedKey = issuer?.keys.find((key) => key.kid === kid)?.revoked
  if (revokedKey !== undefined) return ['fail', `The issuer revoked the key of this card on ${revokedKey.slice(0, 10)}. It held until then.`]
  if (rid === undefined) return ['unchecked', 'The card has no number to be revoked by.']
  const list = issuer?.crls?.find((crl) => crl.kid === kid)
  if (list === undefined) return ['unchecked', 'The issuer\'s list of revoked cards is not known here.']
  const revoked = list.rids.some((entry) => {
    const [id, before] = entry.split('.')
    return id === rid && (before === undefined || issued.getTime() < Number(before) * 1000)
  })
  return revoked ? ['fail', 'The issuer has taken this card back.'] : ['pass', 'It is not on the issuer\'s list of revoked cards.']
}

function fromNumeric(codes: readonly string[]): string {
  const parts = codes.map((code) => /^shc:\/(?:(\d+)\/(\d+)\/)?((?:\d\d)+)$/.exec(code))
  const count = Number(parts[0]?.[2] ?? 1)
  const digits = Array.from({ length: count }, (_, n) => parts.find((part) => part !== null && Number(part[1] ?? 1) === n + 1)?.[3])
  if (count > 100 || parts.length !== count || digits.some((one) => one === undefined)) throw new Problem('INPUT_MALFORMED', 'A code of the card is missing or damaged.')
  return (digits.join('').match(/\d\d/g) ?? []).map((pair) => String.fromCharCode(Number(pair) + 45)).join('')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
