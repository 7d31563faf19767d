import { randomUUID } from 'node:crypto'
import { jwkThumbprint, type PublicJwk } from '@careledger/proof'
import { IdentityError } from '../identity-error.ts'
import { actorOf } from '../keys/key-in-force.ts'
import type { Actor, KeyDirectory, SessionRecord, Standing } from '../keys/key-record.ts'
import type { AccountProvider } from '../accounts/account-provider.ts'
import { createAccountSignIn } from '../accounts/account-sign-in.ts'
import { createPasskeys, type Passkeys } from '../passkeys/passkeys.ts'
import type { ReplayStore } from '../replay-store.ts'
import { createAccessTokens, type TokenSigner } from './access-token.ts'
import { assertAnswer, makeChallenge, readChallenge } from './challenge.ts'
import { readClientAssertion, type ReadAssertion } from './client-assertion.ts'
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
  /** By which accounts staff may sign in to read; absent: nobody signs in by account. */
  readonly accounts?: { readonly provider: AccountProvider; /** The key under which an account reads; `undefined`: it is linked to nobody. */ readonly keyOf: (account: string) => Promise<string | undefined> } | undefined
  /** Keys that systems publish at an address; absent: only enrolled ones sign in. */
  readonly published?: PublishedBySystems | undefined
  /** Further values of `aud` that a client assertion may name besides `origin` and `origin` + `/oauth/token`. */
  readonly assertionAudiences?: readonly string[] | undefined
}

/** Where systems' published keys come from, and how one becomes known to the directory. */
export interface PublishedBySystems {
  /** The key of this id in the set of a system; `undefined`: the system publishes none, or not this one. Errors: DOCUMENT_UNAVAILABLE. */
  key(party: string, kid: string, now: Date): Promise<PublicJwk | undefined>
  /** Makes a key that has just proven itself known to the directory. */
  enrol(party: string, jwk: PublicJwk): Promise<void>
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
  /** Sign-in of staff by an account, beside the key and never instead of it for signing; absent where no provider is set. */
  readonly accounts?: StaffAccounts | undefined
}

export interface StaffAccounts {
  /** What people call the provider, and its issuer. */
  readonly name: string
  readonly issuer: string
  /** Errors: ACCOUNT_UNAVAILABLE. */
  begin(request: { readonly origin: string; readonly possession: string; readonly now: Date }): Promise<{ readonly url: string; readonly expires: Date }>
  /** A token for a session that reads. Errors: ACCOUNT_REFUSED, ACCOUNT_UNKNOWN, ACCOUNT_UNAVAILABLE, KEY_REVOKED. */
  finish(request: { readonly origin: string; readonly possession: string; readonly parameters: Readonly<Record<string, string>>; readonly now: Date }): Promise<SignedIn>
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
  const signedIn = async (actor: Actor, possession: string, scopes: readonly SmartScope[] | undefined, now: Date, account?: string): Promise<SignedIn> => {
    const session = randomUUID()
    const answer = give(actor, { session, possession, scopes }, now)
    await directory.beginSession({ id: session, party: actor.party, key: actor.key, ...(account === undefined ? {} : { account }), began: now, refreshed: now, ends: answer.expires })
    return answer
  }
  const { accounts } = options
  const byAccount = accounts === undefined ? undefined : createAccountSignIn({ provider: accounts.provider, secret: challengeSecret, replay })
  const staffAccounts: StaffAccounts | undefined = accounts === undefined || byAccount === undefined ? undefined : {
    name: accounts.provider.name, issuer: accounts.provider.issuer,
    begin: (request) => byAccount.begin(request),
    async finish(request) {
      const account = await byAccount.finish(request)
      const key = await accounts.keyOf(account)
      if (key === undefined) throw new IdentityError('ACCOUNT_UNKNOWN', 'The account is linked to nobody here.', { details: { check: 'account' } })
      const actor = actorOf(key, await directory.standing({ key }), request.now)
      return signedIn({ ...actor, means: 'account' }, request.possession, undefined, request.now, account)
    },
  }
  /** The key that signed the assertion, enrolled or published, and how it stands. Whether it is in force is still to be asked. */
  const proveAssertion = async (assertion: ReadAssertion, now: Date): Promise<{ readonly key: string; readonly standing: Standing }> => {
    const enrolled = /^[\w-]{43}$/.test(assertion.kid) ? await directory.standing({ key: assertion.kid }) : undefined
    if (enrolled?.key !== undefined && enrolled.key.published === undefined) {
      assertion.verify(enrolled.key.jwk)
      return { key: assertion.kid, standing: enrolled }
    }
    const jwk = await options.published?.key(assertion.party, assertion.kid, now)
    if (jwk === undefined) throw new IdentityError('KEY_UNKNOWN', 'The key is not enrolled here.')
    assertion.verify(jwk)
    const key = jwkThumbprint(jwk)
    const standing = await directory.standing({ key })
    if (standing.key !== undefined) return { key, standing }
    await options.published?.enrol(assertion.party, jwk)
    return { key, standing: await directory.standing({ key }) }
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
      // Whether a published key still stands in its set is asked where a system gets a token, and nowhere else.
      if (standing.key === undefined || actor.means === 'published') throw new IdentityError('KEY_UNKNOWN', 'The key is not enrolled here.')
      const scopes = scopesFor(actor, scope)
      assertAnswer({ challenge: text, jws, key: challenge.key, jwk: standing.key.jwk })
      if (!(await replay.claim('challenge', challenge.nonce, challenge.expires))) throw new IdentityError('CHALLENGE_INVALID', 'The challenge was used before.')
      return signedIn(actor, possession, scopes, now)
    },
    async clientCredentials({ assertion: text, possession, scope, now }) {
      const assertion = readClientAssertion(text, { audiences, now })
      if (possession === undefined) throw new IdentityError('PROOF_INVALID', 'A token is given out with a proof of possession only.', { details: { check: 'form' } })
      const { key, standing } = await proveAssertion(assertion, now)
      const actor = actorOf(key, standing, now)
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
        return { ...actor, ...(claims.scopes === undefined ? {} : { scopes: claims.scopes }), ...(standing.account === undefined ? {} : { means: 'account' as const }) }
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
      // Whether the set still has the key is asked at the next sign-in, and that is soon.
      if (actor.means === 'published') throw new IdentityError('TOKEN_EXPIRED', 'Get the next token by another assertion.', { details: { check: 'lasted' } })
      const answer = give(actor, { session: session.id, possession: session.possession, scopes: actor.scopes }, now)
      if (!(await directory.refreshSession(session.id, { refreshed: now, ends: answer.expires, begunAfter: new Date(now.getTime() - sessionMaxMs) }))) {
        const { sessionEnded } = await directory.standing({ key: actor.key, session: session.id })
        throw new IdentityError('TOKEN_EXPIRED', 'The session is over. Sign in again.', { details: { check: sessionEnded ? 'session' : 'lasted' } })
      }
      return answer
    },
    end: (session) => directory.endSession(session.id),
    sessionsOf: async (party, now) => (await directory.sessionsOf(party)).filter(({ ends }) => ends.getTime() > now.getTime()),
    ...(staffAccounts === undefined ? {} : { accounts: staffAccounts }),
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
