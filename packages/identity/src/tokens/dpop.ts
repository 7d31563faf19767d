import { hash } from 'node:crypto'
import type { PublicJwk } from '@careledger/proof'
import { createBoundedMap } from '../bounded-map.ts'
import { IdentityError } from '../identity-error.ts'
import type { ReplayStore } from '../replay-store.ts'
import type { ProofNonces } from './dpop-nonce.ts'
import { assertSignature, headerKey, joinCompactJws, JwsRefusal, readHeader, splitCompactJws, textMember, timeMember, type Members } from './compact-jws.ts'

/** How far a proof's `iat` may be from the server's clock, either way. */
export const PROOF_WINDOW_MS = 60_000

/** The request that a proof must be made for. */
export interface ProofExpectation {
  /** The `DPoP` header's value. */
  readonly proof: string
  readonly method: string
  /** Scheme, authority and path as the caller addressed it; query and fragment are ignored. */
  readonly url: string
  /** The access token sent along; its proof must name its hash. Absent at the token endpoint. */
  readonly token?: string | undefined
  /** Thumbprint the proof's key must have; absent: any key, the caller binds what it issues to the answer. */
  readonly possession?: string | undefined
  /** The nonces that a proof may name; `required`: must. Absent: nobody asks. */
  readonly nonces?: { readonly given: ProofNonces; readonly required: boolean } | undefined
  readonly now: Date
}

/** A proof that holds but for its `jti`, which is still to be claimed. */
export interface VerifiedProof {
  /** RFC 7638 thumbprint of the proof's key. */
  readonly thumbprint: string
  readonly claim: { readonly scope: string; readonly value: string; readonly expiresAt: Date }
}

/**
 * Checks a DPoP proof by RFC 9449 §4.3, all but the use of its `jti` (see `claimProof`). Header members other than typ, alg and jwk are
 * refused. Errors: PROOF_INVALID with `details.check` one of form, header, payload, typ, alg, jwk, signature, key, jti, htm, htu, ath,
 * iat, or nonce, which comes with `details.nonce`: make the proof again with it; CLOCK_SKEW with `details.serverTime` when everything holds but the time.
 */
export function verifyDpopProof(expected: ProofExpectation): VerifiedProof {
  try {
    const parts = splitCompactJws(expected.proof)
    const known = knownHeaders.get(parts.header) ?? readProofHeader(parts.header)
    const { jwk, thumbprint } = known
    if (expected.possession !== undefined && thumbprint !== expected.possession) throw new JwsRefusal('key', 'The proof is by another key than the token is bound to.')
    const jws = joinCompactJws(parts, known.members)
    const { payload } = jws
    const jti = textMember(payload, 'jti', /^[\x21-\x7e]{16,128}$/)
    if (textMember(payload, 'htm') !== expected.method) throw new JwsRefusal('htm', 'The proof is for another method.')
    if (requestTarget(textMember(payload, 'htu', /^[\x21-\x7e]{1,2048}$/)) !== requestTarget(expected.url)) throw new JwsRefusal('htu', 'The proof is for another address.')
    checkTokenHash(payload.get('ath'), expected.token)
    const issued = timeMember(payload, 'iat')
    assertSignature(jws, jwk)
    knownHeaders.set(parts.header, known)
    checkNonce(payload.get('nonce'), expected)
    checkTime(issued, expected.now)
    return { thumbprint, claim: { scope: 'dpop', value: `${thumbprint}/${jti}`, expiresAt: new Date(issued * 1000 + 2 * PROOF_WINDOW_MS) } }
  } catch (error) {
    if (!(error instanceof JwsRefusal)) throw error
    throw new IdentityError('PROOF_INVALID', error.message, { details: { check: error.check } })
  }
}

interface ProofHeader { readonly members: Members; readonly jwk: PublicJwk; readonly thumbprint: string }

/** A client sends the same header with every proof; those under which a signature held are read once. */
const knownHeaders = createBoundedMap<string, ProofHeader>(10_000)

function readProofHeader(text: string): ProofHeader {
  const members = readHeader(text, { typ: ['dpop+jwt'], members: ['typ', 'alg', 'jwk'] })
  return { members, ...headerKey(members) }
}

/**
 * A proof that holds and is still to be used up. Whoever writes something durable for its request may put `claim` into that write and then
 * set `used`; `useUp` does it alone. `owner` lets the same claim be written again where nobody knows whether it was.
 */
export interface PendingProof {
  readonly claim: { readonly scope: string; readonly value: string; readonly owner: string; readonly expiresAt: Date }
  used: boolean
  /** Who calls is what was known before. To be held against the store by the write that takes `claim`, or confirmed; until then nothing may come of the call. */
  remembered?: RememberedCaller | undefined
}

/** A caller by what a directory remembered. */
export interface RememberedCaller {
  /** What it rests on, opaque here: the directory's own (`KeyDirectory.remembered`). */
  readonly evidence: object
  /** Reads all of it anew; afterwards the proof is as any other. Errors: as `authenticate`; TOKEN_INVALID with check `standing` where what the caller may do has changed. */
  confirm(): Promise<void>
}

/** Uses a pending proof up unless it is. Errors: as `claimProof`, and those of `remembered.confirm`. */
export async function useUp(replay: ReplayStore, proof: PendingProof): Promise<void> {
  if (proof.used) return
  await proof.remembered?.confirm()
  const { scope, value, owner, expiresAt } = proof.claim
  if (!(await replay.claim(scope, value, expiresAt, owner))) throw replayed()
  proof.used = true
}

/** Marks a proof as used, durably, for as long as it could be accepted. Errors: PROOF_REPLAYED; whatever the store rejects with. */
export async function claimProof(replay: ReplayStore, proof: VerifiedProof): Promise<void> {
  const { scope, value, expiresAt } = proof.claim
  if (!(await replay.claim(scope, value, expiresAt))) throw replayed()
}

function replayed(): IdentityError {
  return new IdentityError('PROOF_REPLAYED', 'The proof of possession was used before.')
}

function checkTokenHash(given: unknown, token: string | undefined): void {
  if (token === undefined) {
    if (given !== undefined) throw new JwsRefusal('ath', 'The proof is for a request with a token.')
    return
  }
  if (given !== hash('sha256', token, 'base64url')) throw new JwsRefusal('ath', 'The proof is for another token.')
}

function checkNonce(given: unknown, { nonces, now }: ProofExpectation): void {
  if (nonces === undefined || (given === undefined && !nonces.required)) return
  if (typeof given === 'string' && nonces.given.holds(given, now)) return
  throw new IdentityError('PROOF_INVALID', 'The proof does not name a nonce of this server. Make it again with the one given here.', { details: { check: 'nonce', nonce: nonces.given.current(now) } })
}

function checkTime(issued: number, now: Date): void {
  if (Math.abs(now.getTime() - issued * 1000) <= PROOF_WINDOW_MS) return
  throw new IdentityError('CLOCK_SKEW', 'The proof\'s time is more than a minute away from the server\'s.', { details: { check: 'iat', serverTime: now.toISOString() } })
}

/** RFC 9449 §4.3 step 9: compared after normalisation (RFC 3986 §6.2.2 and §6.2.3), without query and fragment. */
function requestTarget(text: string): string {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new JwsRefusal('htu', 'The address is not a URL.')
  }
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '') throw new JwsRefusal('htu', 'The address is not an http URL.')
  return `${url.protocol}//${url.host}${url.pathname}`
}
