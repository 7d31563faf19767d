import { fromBase64url, fromUtf8, toBase64url, utf8 } from '@careledger/proof'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { IdentityError } from '../identity-error.ts'
import type { ReplayStore } from '../replay-store.ts'
import { makeChallenge, readChallenge } from '../tokens/challenge.ts'

/** What an authenticator told when the passkey was made; enough to check its assertions later. */
export interface Passkey {
  /** WebAuthn credential id, base64url. */
  readonly id: string
  /** COSE key, base64url. */
  readonly publicKey: string
  /** The authenticator's signature counter when it was last seen; 0 where it counts nothing. */
  readonly counter: number
  /** Whether the authenticator's owner syncs it to other devices. */
  readonly synced: boolean
}

export interface PasskeyAnswer<R> { readonly response: R; /** Origin of the page, as the server knows it. */ readonly origin: string; readonly now: Date }

/**
 * WebAuthn Level 3 ceremonies, server side: a passkey unlocks a person's signing key, it never signs entries. Each answer is taken once, with
 * user verification. Errors: CHALLENGE_INVALID, CHALLENGE_EXPIRED, PASSKEY_INVALID.
 */
export interface Passkeys {
  /** Challenge for making a passkey, for this party; base64url, two minutes. */
  challengeToAdd(party: string, now: Date): { readonly challenge: string; readonly expires: Date }
  /** Challenge for unlocking: the same for everybody, since nobody has said yet who they are. */
  challengeToUnlock(now: Date): { readonly challenge: string; readonly expires: Date }
  /** The passkey that a registration made. */
  added(party: string, answer: PasskeyAnswer<RegistrationResponseJSON>): Promise<Passkey>
  /** Checks an assertion by a passkey kept before; gives it with its new counter. */
  asserted(passkey: Passkey, answer: PasskeyAnswer<AuthenticationResponseJSON>): Promise<Passkey>
}

const UNLOCK = 'passkey-unlock'

/** `origin` is the instance's, `secret` the one of its challenges. */
export function createPasskeys({ origin, secret, replay }: { readonly origin: string; readonly secret: Uint8Array; readonly replay: ReplayStore }): Passkeys {
  const give = (key: string, now: Date) => {
    const { challenge, expires } = makeChallenge(secret, { origin, key, now })
    return { challenge: toBase64url(utf8(challenge)), expires }
  }
  /** Whether the challenge is ours, for this use, and used for the first time. */
  const take = (key: string, now: Date) => async (challenge: string): Promise<boolean> => {
    const read = readChallenge(secret, textOf(challenge), { origin, now })
    if (read.key !== key) throw new IdentityError('CHALLENGE_INVALID', 'The challenge is for something else.')
    return replay.claim('challenge', read.nonce, read.expires)
  }
  return {
    challengeToAdd: (party, now) => give(`passkey-add|${party}`, now),
    challengeToUnlock: (now) => give(UNLOCK, now),
    async added(party, { response, origin: page, now }) {
      // Loaded where it is needed: it brings decoders of every attestation form.
      const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
      const result = await checking(() => verifyRegistrationResponse({ response, expectedChallenge: take(`passkey-add|${party}`, now), expectedOrigin: page, expectedRPID: new URL(page).hostname, requireUserVerification: true }))
      if (!result.verified) throw refused()
      const { credential, credentialBackedUp } = result.registrationInfo
      return { id: credential.id, publicKey: toBase64url(credential.publicKey), counter: credential.counter, synced: credentialBackedUp }
    },
    async asserted(passkey, { response, origin: page, now }) {
      const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
      const credential = { id: passkey.id, publicKey: fromBase64url(passkey.publicKey) as Uint8Array<ArrayBuffer>, counter: passkey.counter }
      const result = await checking(() => verifyAuthenticationResponse({ response, expectedChallenge: take(UNLOCK, now), expectedOrigin: page, expectedRPID: new URL(page).hostname, requireUserVerification: true, credential }))
      if (!result.verified) throw refused()
      return { ...passkey, counter: result.authenticationInfo.newCounter, synced: result.authenticationInfo.credentialBackedUp }
    },
  }
}

/** Whatever the library refuses with is one refusal; our own and the replay store's errors pass. */
async function checking<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    const { name, code } = error as { readonly name?: unknown; readonly code?: unknown }
    if (name === 'IdentityError' || name === 'LogicError' || (typeof code === 'string' && name !== 'Error')) throw error
    throw refused(error)
  }
}

function refused(cause?: unknown): IdentityError {
  return new IdentityError('PASSKEY_INVALID', 'The passkey\'s answer does not hold here.', { cause })
}

function textOf(challenge: string): string {
  try {
    return fromUtf8(fromBase64url(challenge))
  } catch {
    return ''
  }
}
