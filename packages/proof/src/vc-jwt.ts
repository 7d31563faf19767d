import { fromBase64url, toBase64url, utf8 } from './bytes.ts'
import { canonicalBytes, parseCanonical, type CanonicalValue } from './canonical-json.ts'
import { ProofError } from './proof-error.ts'
import { algorithmOf, jwkThumbprint, type PublicJwk, type SignatureAlgorithm } from './public-key.ts'
import { verifySignature, type Signer } from './signer.ts'

/** Media type of a verifiable credential secured by JOSE. */
export const VC_JWT_MEDIA_TYPE = 'application/vc+jwt'
/** Longest verifiable credential, in characters. */
export const VC_JWT_LENGTH_MAX = 65_536

/** The one protected header that a key allows, as base64url text of its canonical JSON (W3C Securing Verifiable Credentials using JOSE and COSE). */
export const vcHeader = (alg: SignatureAlgorithm, key: string): string => toBase64url(canonicalBytes({ alg, cty: 'vc', kid: key, typ: 'vc+jwt' }))

/** A compact JWS over a document's canonical JSON. */
export const signVc = async (document: CanonicalValue, signer: Signer): Promise<string> => {
  const input = `${vcHeader(signer.algorithm, signer.key)}.${toBase64url(canonicalBytes(document))}`
  return `${input}.${toBase64url(await signer.sign(utf8(input)))}`
}

/** The document as it stands, before anybody has looked at the signature. Errors: MALFORMED, NOT_CANONICAL, TOO_LARGE. */
export const readVc = (jwt: string): CanonicalValue => parseCanonical(payloadOf(jwt))

/** The document that this very key signed, under exactly the header above. Errors: those of `readVc`; SIGNATURE_INVALID. */
export const openVc = async (jwt: string, key: PublicJwk): Promise<CanonicalValue> => {
  const document = readVc(jwt)
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const algorithm = algorithmOf(key)
  if (header !== vcHeader(algorithm, jwkThumbprint(key))) throw new ProofError('SIGNATURE_INVALID', 'The credential names another key, algorithm or type than its issuer\'s.')
  if (!(await verifySignature(algorithm, key, utf8(`${header}.${payload}`), fromBase64url(signature)))) throw new ProofError('SIGNATURE_INVALID', 'The signature on the credential does not hold.')
  return document
}

const payloadOf = (jwt: string): Uint8Array => {
  if (jwt.length > VC_JWT_LENGTH_MAX) throw new ProofError('TOO_LARGE', `A credential has at most ${VC_JWT_LENGTH_MAX} characters.`)
  const match = /^[\w-]+\.([\w-]+)\.[\w-]{86}$/.exec(jwt)
  if (match === null) throw new ProofError('MALFORMED', 'This is not a compact JWS.')
  try {
    return fromBase64url(match[1]!)
  } catch {
    throw new ProofError('MALFORMED', 'The payload is not base64url.')
  }
}
