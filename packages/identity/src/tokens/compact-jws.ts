import { fromBase64url, jwkThumbprint, nodeValue, readJson, toBase64url, toPublicJwk, utf8, type CanonicalValue, type PublicJwk } from '@careledger/proof'
import { verifySignatureSync } from '../signatures/verify-signature-sync.ts'

/** A compact JWS (RFC 7515 §7.1) as read, nothing verified yet. */
export interface CompactJws {
  readonly header: Members
  readonly payload: Members
  /** What the signature is over. */
  readonly signingInput: Uint8Array
  readonly signature: Uint8Array
}
export type Members = ReadonlyMap<string, unknown>

/** Longest compact JWS that is looked at, in characters. */
export const COMPACT_LENGTH_MAX = 4096

/** Which check a text failed, in one word; each caller makes it into its own error. */
export class JwsRefusal extends Error {
  readonly check: string
  constructor(check: string, message: string) {
    super(message)
    this.check = check
  }
}

/** What a header of one kind of token may be. */
export interface HeaderRule {
  readonly typ: readonly (string | undefined)[]
  /** Members it may have; any other is refused, so `crit`, `jku`, `x5u`, `x5c`, `b64` and whatever comes later are. */
  readonly members: readonly string[]
}

/** Reads a compact JWS whose header and payload are JSON objects without duplicate members. Throws JwsRefusal. */
export function readCompactJws(text: string, rule: HeaderRule): CompactJws {
  const parts = splitCompactJws(text)
  return joinCompactJws(parts, readHeader(parts.header, rule))
}

export interface CompactParts { readonly header: string; readonly payload: string; readonly signature: string }

/** Throws JwsRefusal. */
export function splitCompactJws(text: string): CompactParts {
  if (text.length > COMPACT_LENGTH_MAX) throw new JwsRefusal('form', 'The token is too long.')
  const parts = text.split('.')
  if (parts.length !== 3) throw new JwsRefusal('form', 'The token does not have three parts.')
  const [header, payload, signature] = parts as [string, string, string]
  return { header, payload, signature }
}

/** Throws JwsRefusal. */
export function readHeader(text: string, rule: HeaderRule): Members {
  const header = readObject(text, 'header')
  for (const name of header.keys()) {
    if (!rule.members.includes(name)) throw new JwsRefusal('header', `The header must not have the member ${knownName(name)}.`)
  }
  const typ = header.get('typ')
  if (typ !== undefined && typeof typ !== 'string') throw new JwsRefusal('typ', 'The header\'s typ is not text.')
  if (!rule.typ.includes(typ)) throw new JwsRefusal('typ', 'The header names another type.')
  const alg = header.get('alg')
  if (alg !== 'ES256' && alg !== 'EdDSA') throw new JwsRefusal('alg', 'Only ES256 and EdDSA are accepted.')
  return header
}

/** A JWS from its parts and its header as read. Throws JwsRefusal. */
export function joinCompactJws(parts: CompactParts, header: Members): CompactJws {
  return { header, payload: readObject(parts.payload, 'payload'), signingInput: utf8(`${parts.header}.${parts.payload}`), signature: decode(parts.signature, 'signature') }
}

/** Whether the header's algorithm is the key's own and the signature holds. Throws JwsRefusal. */
export function assertSignature(jws: CompactJws, jwk: PublicJwk): void {
  const algorithm = jwk.kty === 'OKP' ? 'EdDSA' : 'ES256'
  if (jws.header.get('alg') !== algorithm) throw new JwsRefusal('alg', `The header names another algorithm than ${algorithm}, which the key fixes.`)
  if (!verifySignatureSync(algorithm, jwk, jws.signingInput, jws.signature)) throw new JwsRefusal('signature', 'The signature does not hold.')
}

/** The public key in a header's `jwk`, with its thumbprint; a private or symmetric member in it is refused. Throws JwsRefusal. */
export function headerKey(header: Members): { readonly jwk: PublicJwk; readonly thumbprint: string } {
  try {
    const jwk = toPublicJwk(header.get('jwk') as CanonicalValue, 'jwk')
    return { jwk, thumbprint: jwkThumbprint(jwk) }
  } catch {
    throw new JwsRefusal('jwk', 'The header\'s jwk is not a public Ed25519 or P-256 key and nothing else.')
  }
}

/** A text member within bounds. Throws JwsRefusal named after it. */
export function textMember(members: Members, name: string, pattern: RegExp = /^[\x21-\x7e]{1,512}$/): string {
  const value = members.get(name)
  if (typeof value !== 'string' || !pattern.test(value)) throw new JwsRefusal(name, `The member ${name} is missing or malformed.`)
  return value
}

/** Seconds since 1970 (RFC 7519 NumericDate, whole seconds). Throws JwsRefusal named after it. */
export function timeMember(members: Members, name: string): number {
  const value = members.get(name)
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new JwsRefusal(name, `The member ${name} is missing or not a whole number of seconds.`)
  return value
}

/** Header and payload joined, ready to be signed. */
export function toSigningInput(header: object, payload: object): string {
  return `${toBase64url(utf8(JSON.stringify(header)))}.${toBase64url(utf8(JSON.stringify(payload)))}`
}

function readObject(text: string, part: string): Members {
  const bytes = decode(text, part)
  let value: unknown
  try {
    value = nodeValue(readJson(bytes, { depthMax: 4, membersMax: 64 }))
  } catch {
    throw new JwsRefusal(part, `The ${part} is not JSON with distinct members.`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new JwsRefusal(part, `The ${part} is not a JSON object.`)
  return new Map(Object.entries(value))
}

function decode(text: string, part: string): Uint8Array {
  try {
    return fromBase64url(text)
  } catch {
    throw new JwsRefusal(part, `The ${part} is not base64url.`)
  }
}

/** Names of members that attacks use are worth saying; others might be anything. */
function knownName(name: string): string {
  return ['crit', 'jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'b64', 'zip', 'cty', 'kid'].includes(name) ? name : '(unknown)'
}
