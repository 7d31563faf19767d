import { concat, fromBase64url, toBase64url, utf8 } from './bytes.ts'
import { canonicalBytes } from './canonical-json.ts'
import { ProofError } from './proof-error.ts'
import { algorithmOf, type PublicJwk } from './public-key.ts'
import { readJson } from './read-json.ts'

/** What a signature is for; a signature of one kind never counts as one of another. */
export type JwsType = 'careledger-entry+jws' | 'careledger-batch+jws'

/** Longest compact detached JWS, in characters. */
export const JWS_LENGTH_MAX = 1024

/** The one protected header that a key and a type allow, as base64url text of its canonical JSON. */
export const protectedHeader = (type: JwsType, jwk: PublicJwk, key: string): string => {
  const algorithm = algorithmOf(jwk)
  const name = `${algorithm}/${type}/${key}`
  const known = headers.get(name)
  if (known !== undefined) return known
  const header = toBase64url(canonicalBytes({ alg: algorithm, kid: key, typ: type }))
  if (headers.size >= headersMax) headers.clear()
  headers.set(name, header)
  return header
}

/** Few authors sign much. */
const headers = new Map<string, string>()
const headersMax = 4_096

/** The bytes a JWS signs (RFC 7515 §5.1): `header . base64url(payload)` in ASCII. */
export const signingInput = (header: string, payload: Uint8Array): Uint8Array => concat(utf8(`${header}.`), utf8(toBase64url(payload)))

/** `header..signature` (RFC 7515 appendix F). */
export const detachedJws = (header: string, signature: Uint8Array): string => `${header}..${toBase64url(signature)}`

const compactPattern = /^([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]{86})$/

/** True when the text looks like a detached JWS with a 64-byte signature; says nothing about the header. */
export const isDetachedJws = (text: string): boolean => text.length <= JWS_LENGTH_MAX && compactPattern.test(text)

/**
 * The 64 signature bytes of a detached JWS whose header is exactly the expected one, byte for byte. `SIGNATURE_INVALID` otherwise, with
 * the reason: another algorithm than the key's, another key, another type, or members that are refused (`crit`, `jwk`, `b64`, ...).
 */
export const openDetachedJws = (jws: string, type: JwsType, jwk: PublicJwk, key: string): { readonly header: string; readonly signature: Uint8Array } => {
  const match = jws.length <= JWS_LENGTH_MAX ? compactPattern.exec(jws) : null
  if (match === null) throw refused('The signature is not a detached JWS with 64 signature bytes.')
  const header = match[1]!
  if (header !== protectedHeader(type, jwk, key)) throw refused(headerProblem(jws, type, jwk, key))
  try {
    return { header, signature: fromBase64url(match[2]!) }
  } catch {
    throw refused('The signature is not canonical base64url.')
  }
}

const refused = (message: string): ProofError => new ProofError('SIGNATURE_INVALID', message)

const headerMembers = (jws: string): ReadonlyMap<string, string | undefined> => {
  const node = readJson(fromBase64url(jws.slice(0, jws.indexOf('.'))), { depthMax: 4, membersMax: 64 })
  if (node.kind !== 'object') throw refused('The header is not an object.')
  return new Map([...node.members].map(([name, member]) => [name, member.kind === 'string' ? member.value : undefined]))
}

const headerProblem = (jws: string, type: JwsType, jwk: PublicJwk, key: string): string => {
  let members: ReadonlyMap<string, string | undefined>
  try {
    members = headerMembers(jws)
  } catch {
    return 'The header is not JSON with distinct members.'
  }
  if (members.get('alg') !== algorithmOf(jwk)) return `The header names another algorithm than ${algorithmOf(jwk)}, which the key fixes.`
  if (members.get('typ') !== type) return `The header names another type than ${type}.`
  if (members.get('kid') !== key) return 'The header names another key than the author.'
  if (members.size !== 3) return 'The header holds members other than alg, kid and typ.'
  return 'The header is not in its canonical form.'
}

