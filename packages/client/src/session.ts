import { Problem } from '@careledger/api/contracts'
import type { ProblemBody } from '@careledger/api/contracts'
import type { Signer } from '@careledger/proof'
import type { SignedInActor } from './client-types.ts'
import { answerChallenge, makePossessionProof } from './possession-proof.ts'
import { problemInBody, toProblem } from './to-client-problem.ts'

/** A session is renewed when its token has less than this left. */
const RENEW_BEFORE_MS = 30_000
/** A `Date` header has whole seconds; less than this is not worth correcting. */
const CLOCK_TOLERANCE_MS = 5_000

/** How often one request is repeated: once for the clock and once for the token. */
const REPAIRS_MAX = 2

interface SignedIn {
  readonly token: string
  readonly expiresMs: number
  readonly actor: SignedInActor
}

/** The two files by which another instance knows a guest's key. */
export interface Introduction {
  readonly credential: string
  readonly standing: string
}

/** Token, key and clock of one client; it gives every request its credentials. */
export interface Session {
  /** Errors: Problem. The former session, if any, is forgotten only when the new one stands. */
  signIn(signer: Signer): Promise<SignedInActor>
  /**
   * Signs in by an account, with what its provider sent the browser back with; `by` is the key that began it, which then proves possession and signs no
   * entry. Errors: Problem NOT_SIGNED_IN, `details.check` attempt or account (linked to nobody).
   */
  signInByAccount(by: Signer, parameters: Readonly<Record<string, string>>): Promise<SignedInActor>
  forget(): void
  /** A public operation with a proof of possession by a key that nobody is signed in with. Errors: Problem. */
  callAs(by: Signer, name: string, input: unknown): Promise<unknown>
  /** Called when the server says that the session was ended, by its person on another device for example. Gives what stops it. */
  onEnd(listener: () => void): () => void
  /** Where this key is a guest's: how its home instance vouches for it, asked again whenever its word has ended. */
  introduceBy(vouch: () => Promise<Introduction>): void
  readonly actor: SignedInActor | undefined
  /** Signs entries; absent where somebody is signed in by account. */
  readonly signer: Signer | undefined
  /** By the server's clock, as far as known. */
  now(): Date
  /** A `fetch` that adds token and proof, renews the token when it is due, and repeats a request once that was refused for the clock or the token. */
  readonly fetch: typeof globalThis.fetch
  /** The same over another plain `fetch`, which is handed each attempt whole: one that reports progress, for example. */
  fetchOver(plain: typeof globalThis.fetch): typeof globalThis.fetch
}

export function createSession(settings: { readonly url: string; readonly fetch: typeof globalThis.fetch }): Session {
  const plainFetch = settings.fetch
  let offsetMs = 0
  let signer: Signer | undefined
  let signedIn: SignedIn | undefined
  let renewing: Promise<SignedIn> | undefined
  let nonce: string | undefined
  const endListeners = new Set<() => void>()
  let vouch: (() => Promise<Introduction>) | undefined
  let introducing: Promise<void> | undefined
  const now = () => new Date(Date.now() + offsetMs)

  function correctClock(serverTime: unknown, toleranceMs: number): void {
    const time = typeof serverTime === 'string' ? Date.parse(serverTime) : Number.NaN
    if (Math.abs(time - now().getTime()) > toleranceMs) offsetMs = time - Date.now()
  }

  /** One call without the typed client: public with a proof alone, or under a token. What a proof lacks (the time, a nonce of the server) is put right once each. */
  async function call(name: string, input: unknown, by?: Signer, token?: string): Promise<unknown> {
    const url = `${settings.url}/trpc/${name}`
    for (const mended = new Set<string>(); ;) {
      const proof = by === undefined ? {} : { dpop: await makePossessionProof(by, { method: 'POST', url, at: now(), token, nonce }) }
      const response = await plainFetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `DPoP ${token}` }), ...proof }, body: JSON.stringify(input) })
      correctClock(response.headers.get('date'), CLOCK_TOLERANCE_MS)
      const body = (await response.json()) as { readonly result?: { readonly data: unknown } }
      if (body.result !== undefined) return body.result.data
      const problem = problemInBody(body) ?? { code: 'UNAVAILABLE', message: 'The server gave no answer that this client knows.' }
      const lack = problem.code === 'CLOCK_SKEW' ? 'clock' : takeNonce(problem) ? 'nonce' : undefined
      if (lack === undefined || mended.has(lack)) throw toProblem(problem)
      mended.add(lack)
      if (lack === 'clock') correctClock(problem.details?.serverTime, 0)
    }
  }

  /** Keeps the nonce that a refusal brings (RFC 9449 §8). */
  function takeNonce({ details }: ProblemBody): boolean {
    if (details?.check !== 'nonce' || typeof details.nonce !== 'string') return false
    nonce = details.nonce
    return true
  }

  function toSignedIn(answer: unknown): SignedIn {
    const { token, expires, actor } = answer as { readonly token: string; readonly expires: string; readonly actor: SignedInActor }
    return { token, expiresMs: Date.parse(expires), actor }
  }

  /** One introduction at a time; without token, for the key is unknown at that moment. Errors: those of vouching; Problem NOT_ALLOWED, KEY_REVOKED. */
  function introduce(by: () => Promise<Introduction>): Promise<void> {
    introducing ??= by().then(({ credential, standing }) => call('identity.recognise', { credential, standing })).then(() => undefined).finally(() => (introducing = undefined))
    return introducing
  }

  async function start(by: Signer): Promise<SignedIn> {
    try {
      return await startOnce(by)
    } catch (thrown) {
      if (vouch === undefined || (thrown as { code?: unknown }).code !== 'KEY_UNKNOWN') throw thrown
    }
    await introduce(vouch)
    return startOnce(by)
  }

  async function startOnce(by: Signer): Promise<SignedIn> {
    return reaching(async () => {
      const { challenge } = (await call('session.challenge', { key: by.key })) as { readonly challenge: string }
      return toSignedIn(await call('session.start', { challenge, jws: await answerChallenge(by, challenge) }, by))
    })
  }

  /** The same session goes on while its token holds; after that the key is proven anew. */
  async function startOrRefresh(by: Signer): Promise<SignedIn> {
    const byAccount = signedIn?.actor.means === 'account'
    if (signedIn === undefined || signedIn.expiresMs <= now().getTime()) return byAccount ? endedElsewhere() : start(by)
    const { token } = signedIn
    try {
      return await reaching(async () => toSignedIn(await call('session.refresh', {}, by, token)))
    } catch (thrown) {
      const problem = thrown as ProblemBody
      if (problem.code !== 'NOT_SIGNED_IN') throw thrown
      if (byAccount || problem.details?.check === 'session') endedElsewhere()
      return start(by)
    }
  }

  /** The person has ended this session, on another device perhaps: it is not begun anew behind their back. */
  function forgetEnded(): void {
    signer = undefined
    signedIn = undefined
    for (const listener of endListeners) listener()
  }

  function endedElsewhere(): never {
    forgetEnded()
    throw new Problem('NOT_SIGNED_IN', 'The session has ended. Sign in again.', { details: { check: 'session' } })
  }

  async function reaching<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body()
    } catch (thrown) {
      if ((thrown as { name?: unknown }).name === 'Problem') throw thrown
      throw new Problem('UNAVAILABLE', 'The server cannot be reached.', { cause: thrown })
    }
  }

  /** One renewal at a time; whoever needs the token waits for it. */
  function renew(by: Signer): Promise<SignedIn> {
    renewing ??= startOrRefresh(by).then((fresh) => {
      if (signer === by) signedIn = fresh
      return fresh
    }).finally(() => (renewing = undefined))
    return renewing
  }

  async function send(over: typeof globalThis.fetch, input: Parameters<typeof globalThis.fetch>[0], init: RequestInit, by: Signer, token: string): Promise<Response> {
    const url = String(input)
    const proof = await makePossessionProof(by, { method: init.method ?? 'GET', url: url.split('?', 1)[0] as string, at: now(), token, nonce })
    const headers = new Headers(init.headers)
    headers.set('authorization', `DPoP ${token}`)
    headers.set('dpop', proof)
    return over(url, { ...init, headers })
  }

  const fetchOver = (over: typeof globalThis.fetch): typeof globalThis.fetch => async (input, init = {}) => {
    const by = signer
    if (by === undefined || signedIn === undefined) return over(input, init)
    let current = signedIn.expiresMs - now().getTime() < RENEW_BEFORE_MS ? await renew(by) : signedIn
    for (let repairs = 0; ; repairs++) {
      const response = await send(over, input, init, by, current.token)
      if (response.status !== 401 || repairs === REPAIRS_MAX) return response
      const problem = problemInBody(await response.clone().json().catch(() => undefined))
      if (problem?.code === 'CLOCK_SKEW') correctClock(problem.details?.serverTime, 0)
      else if (problem !== undefined && takeNonce(problem)) continue
      else if (problem?.code === 'NOT_SIGNED_IN' && problem.details?.check === 'session') return (forgetEnded(), response)
      else if (problem?.code === 'NOT_SIGNED_IN') current = signedIn !== undefined && signedIn !== current ? signedIn : await renew(by)
      else if (problem?.code === 'KEY_UNKNOWN' && vouch !== undefined) await introduce(vouch)
      else return response
    }
  }

  return {
    async signIn(by) {
      const fresh = await start(by)
      signer = by
      signedIn = fresh
      return fresh.actor
    },
    async signInByAccount(by, parameters) {
      const fresh = await reaching(async () => toSignedIn(await call('session.account.finish', { parameters }, by)))
      signer = by
      signedIn = fresh
      return fresh.actor
    },
    forget() {
      signer = undefined
      signedIn = undefined
      vouch = undefined
    },
    introduceBy(by) {
      vouch = by
    },
    callAs: (by, name, input) => reaching(() => call(name, input, by)),
    onEnd(listener) {
      endListeners.add(listener)
      return () => void endListeners.delete(listener)
    },
    get actor() {
      return signedIn?.actor
    },
    get signer() {
      return signedIn?.actor.means === 'account' ? undefined : signer
    },
    now,
    fetch: fetchOver(plainFetch),
    fetchOver,
  }
}
