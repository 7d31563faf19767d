import { randomUUID } from 'node:crypto'
import { IdentityError } from '../identity-error.ts'
import { actorOf } from '../keys/key-in-force.ts'
import type { Actor, KeyDirectory, SessionRecord, Standing } from '../keys/key-record.ts'
import { createPasskeys, type Passkeys } from '../passkeys/passkeys.ts'
import type { ReplayStore } from '../replay-store.ts'
import { createAccessTokens, type TokenSigner } from './access-token.ts'
import { assertAnswer, makeChallenge, readChallenge } from './challenge.ts'
import { readClientAssertion } from './client-assertion.ts'
import { createProofNonces } from './dpop-nonce.ts'
import { claimProof, useUp, verifyDpopProof, type PendingProof } from './dpop.ts'
import { parseScopes, scopesFit, scopeText, type SmartScope } from './smart-scopes.ts'

export interface AuthenticationOptions {
  /** Public address of the instance without a path, for example `https://careledger.example`: issuer and audience of its tokens. */
  readonly origin: string
  readonly directory: KeyDirectory
  readonly replay: ReplayStore
  /** Signs access tokens and nothing else; the same in every process of the instance. */
  readonly tokenSigner: TokenSigner
  /** 32 random bytes; the same in every process of the instance. */
  readonly challengeSecret: Uint8Array
  /** How long a session lasts without being refreshed: automatic log-off. Default and most: 600,000. */
  readonly tokenLifetimeMs?: number | undefined
  /** How long a session can be refreshed before the key must be proven again. Default: 12 hours. */
  readonly sessionMaxMs?: number | undefined
  /** Whether every call's proof must name a nonce of the server (RFC 9449 §9), and not only the one that a token is given out for. Default: no. */
  readonly nonceInEveryProof?: boolean | undefined
  /** Further values of `aud` that a client assertion may name besides `origin` and `origin` + `/oauth/token`. */
  readonly assertionAudiences?: readonly string[] | undefined
}

/** The parts of a request that a DPoP proof is about. */
export interface ProofRequest {
  readonly proof: string
  readonly method: string
  readonly url: string
  readonly now: Date
}

export interface Session {
  readonly id: string
  /** When its token ends. */
  readonly expires: Date
  /** Thumbprint of the key that its proofs are made with. */
  readonly possession: string
}

/** `proof` is there where the caller asked to use it up itself. */
export interface Authenticated { readonly actor: Actor; readonly session: Session; readonly proof?: PendingProof | undefined }

/** `scope`: what the token is narrowed to, where it is. */
export interface SignedIn { readonly token: string; readonly expires: Date; readonly actor: Actor; readonly scope?: string | undefined }

/**
 * Sign-in and the check of every call. All methods reject with IdentityError, or with what directory or replay store reject with; then
 * nothing was decided and the caller must refuse.
 */
export interface Authentication {
  /** Text to sign with the key of this thumbprint; two minutes. The same answer whether the key is enrolled or not. */
  challenge(key: string, now: Date): Promise<{ readonly challenge: string; readonly expires: Date }>
  /**
   * Exchanges an answered challenge for a token bound to the key that signed, which must be `possession`, the key of the DPoP proof.
   * Errors: CHALLENGE_INVALID (also: used before), CHALLENGE_EXPIRED, PROOF_INVALID, KEY_UNKNOWN, KEY_REVOKED, SIGNATURE_INVALID, SCOPE_INVALID.
   */
  start(request: { readonly challenge: string; readonly jws: string; readonly possession: string | undefined; readonly scope?: string | undefined; readonly now: Date }): Promise<SignedIn>
  /**
   * Exchanges a system's client assertion for a token bound to `possession`, which may be a key of the process that need not be enrolled.
   * Errors: ASSERTION_INVALID, CLOCK_SKEW, PROOF_INVALID, PROOF_REPLAYED, KEY_UNKNOWN, KEY_REVOKED, SCOPE_INVALID.
   */
  clientCredentials(request: { readonly assertion: string; readonly possession: string | undefined; readonly scope?: string | undefined; readonly now: Date }): Promise<SignedIn>
  /** Verifies a proof without a token and uses it up: its key's thumbprint. Errors: PROOF_INVALID, PROOF_REPLAYED, CLOCK_SKEW. */
  possession(request: ProofRequest): Promise<string>
  /**
   * Verifies token and proof together, looks up key, issuers and session in one snapshot, and uses the proof up; with `pending` it is left
   * to the caller, who must not answer before `proof.used` or `useUp`.
   * With `remembered`, for calls that change nothing, who calls may be what was read before, to be held against the store when the proof is used up.
   * Errors: TOKEN_INVALID, TOKEN_EXPIRED, PROOF_INVALID, PROOF_REPLAYED, CLOCK_SKEW, KEY_UNKNOWN, KEY_REVOKED.
   */
  authenticate(request: ProofRequest & { readonly token: string; readonly pending?: boolean | undefined; readonly remembered?: boolean | undefined }): Promise<Authenticated>
  /** Uses a pending proof up unless it is. Errors: PROOF_REPLAYED. */
  useUp(proof: PendingProof): Promise<void>
  /**
   * A new token for a live session, bound to the same key and narrowed to the same scopes. Errors: TOKEN_EXPIRED, `details.check`
   * session where it was ended, lasted where it went on for as long as one may.
   */
  refresh(session: Session, actor: Actor, now: Date): Promise<SignedIn>
  /** Refuses the session's tokens from now on, in every process. */
  end(session: Pick<Session, 'id'>): Promise<void>
  /** Sessions of a party that go on. */
  sessionsOf(party: string, now: Date): Promise<readonly SessionRecord[]>
  readonly passkeys: Passkeys
}

/** How long a session can be refreshed, by default. */
const SESSION_MAX_MS = 12 * 3_600_000

/** Joins tokens, proofs, directory and replay store into what a transport asks. Holds no state but a cache of verified tokens. */
export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { origin, directory, replay, challengeSecret } = options
  if (challengeSecret.length !== 32) throw new TypeError('The secret of challenges has 32 bytes.')
  const tokens = createAccessTokens({ signer: options.tokenSigner, origin, lifetimeMs: options.tokenLifetimeMs })
  const audiences = [origin, `${origin}/oauth/token`, ...(options.assertionAudiences ?? [])]
  const given = createProofNonces(challengeSecret)
  const sessionMaxMs = options.sessionMaxMs ?? SESSION_MAX_MS
  const give = (actor: Actor, claims: { readonly session: string; readonly possession: string; readonly scopes: readonly SmartScope[] | undefined }, now: Date): SignedIn => ({
    ...tokens.issue({ party: actor.party, key: actor.key, ...claims }, now), actor, ...(claims.scopes === undefined ? {} : { scope: scopeText(claims.scopes) }),
  })
  const signedIn = async (actor: Actor, possession: string, scopes: readonly SmartScope[] | undefined, now: Date): Promise<SignedIn> => {
    const session = randomUUID()
    const answer = give(actor, { session, possession, scopes }, now)
    await directory.beginSession({ id: session, party: actor.party, key: actor.key, began: now, refreshed: now, ends: answer.expires })
    return answer
  }
  return {
    async challenge(key, now) {
      return makeChallenge(challengeSecret, { origin, key, now })
    },
    async start({ challenge: text, jws, possession, scope, now }) {
      const challenge = readChallenge(challengeSecret, text, { origin, now })
      if (possession !== challenge.key) throw new IdentityError('PROOF_INVALID', 'The proof of possession is not by the key that signs in.', { details: { check: 'key' } })
      const standing = await directory.standing({ key: challenge.key })
      const actor = actorOf(challenge.key, standing, now)
      if (standing.key === undefined) throw new IdentityError('KEY_UNKNOWN', 'The key is not enrolled here.')
      const scopes = scopesFor(actor, scope)
      assertAnswer({ challenge: text, jws, key: challenge.key, jwk: standing.key.jwk })
      if (!(await replay.claim('challenge', challenge.nonce, challenge.expires))) throw new IdentityError('CHALLENGE_INVALID', 'The challenge was used before.')
      return signedIn(actor, possession, scopes, now)
    },
    async clientCredentials({ assertion: text, possession, scope, now }) {
      const assertion = readClientAssertion(text, { audiences, now })
      if (possession === undefined) throw new IdentityError('PROOF_INVALID', 'A token is given out with a proof of possession only.', { details: { check: 'form' } })
      const standing = await directory.standing({ key: assertion.key })
      const actor = actorOf(assertion.key, standing, now)
      if (standing.key === undefined) throw new IdentityError('KEY_UNKNOWN', 'The key is not enrolled here.')
      assertion.verify(standing.key.jwk)
      if (actor.party !== assertion.party) throw new IdentityError('ASSERTION_INVALID', 'The key is not the issuer\'s.', { details: { check: 'iss' } })
      if (actor.kind !== 'system') throw new IdentityError('ASSERTION_INVALID', 'Only systems sign in this way.', { details: { check: 'kind' } })
      const scopes = scopesFor(actor, scope)
      const { claim } = assertion
      if (!(await replay.claim(claim.scope, claim.value, claim.expiresAt))) throw new IdentityError('PROOF_REPLAYED', 'The assertion was used before.')
      return signedIn(actor, possession, scopes, now)
    },
    async possession(request) {
      const proof = verifyDpopProof({ ...request, nonces: { given, required: true } })
      await claimProof(replay, proof)
      return proof.thumbprint
    },
    async authenticate(request) {
      const claims = tokens.verify(request.token, request.now)
      const verified = verifyDpopProof({ ...request, possession: claims.possession, nonces: { given, required: options.nonceInEveryProof === true } })
      const proof: PendingProof | undefined = request.pending === true ? { claim: { ...verified.claim, owner: randomUUID() }, used: false } : undefined
      const query = { key: claims.key, session: claims.session }
      const actorBy = (standing: Standing): Actor => {
        if (standing.sessionEnded) throw new IdentityError('TOKEN_INVALID', 'The session was ended. Sign in again.', { details: { check: 'session' } })
        const actor = actorOf(claims.key, standing, request.now)
        if (actor.party !== claims.party) throw new IdentityError('TOKEN_INVALID', 'The token is not the key\'s party\'s.', { details: { check: 'sub' } })
        return claims.scopes === undefined ? actor : { ...actor, scopes: claims.scopes }
      }
      const session = { id: claims.session, expires: claims.expires, possession: claims.possession }
      const known = proof === undefined || request.remembered !== true ? undefined : directory.remembered?.(query)
      if (known !== undefined && proof !== undefined) {
        const actor = actorBy(known.standing)
        proof.remembered = {
          evidence: known.evidence,
          async confirm() {
            const now = actorBy(await directory.standing(query))
            if (JSON.stringify(now) !== JSON.stringify(actor)) throw new IdentityError('TOKEN_INVALID', 'What you may do has changed meanwhile. Ask again.', { details: { check: 'standing' } })
            proof.remembered = undefined
          },
        }
        return { actor, session, proof }
      }
      const [standing] = await Promise.all([directory.standing(query), proof === undefined ? claimProof(replay, verified) : undefined])
      return { actor: actorBy(standing), session, ...(proof === undefined ? {} : { proof }) }
    },
    useUp: (proof) => useUp(replay, proof),
    async refresh(session, actor, now) {
      const answer = give(actor, { session: session.id, possession: session.possession, scopes: actor.scopes }, now)
      if (!(await directory.refreshSession(session.id, { refreshed: now, ends: answer.expires, begunAfter: new Date(now.getTime() - sessionMaxMs) }))) {
        const { sessionEnded } = await directory.standing({ key: actor.key, session: session.id })
        throw new IdentityError('TOKEN_EXPIRED', 'The session is over. Sign in again.', { details: { check: sessionEnded ? 'session' : 'lasted' } })
      }
      return answer
    },
    end: (session) => directory.endSession(session.id),
    sessionsOf: async (party, now) => (await directory.sessionsOf(party)).filter(({ ends }) => ends.getTime() > now.getTime()),
    passkeys: createPasskeys({ origin, secret: challengeSecret, replay }),
  }
}

/** The scopes asked for; `undefined`: none were. */
function scopesFor(actor: Actor, text: string | undefined): readonly SmartScope[] | undefined {
  if (text === undefined) return undefined
  const scopes = parseScopes(text)
  if (scopes === undefined || scopes.length === 0 || !scopesFit(scopes, actor.kind)) throw new IdentityError('SCOPE_INVALID', 'A scope asked for is not known here, or not for a party of this kind.')
  return scopes
}
