import { browserSupportsWebAuthn, startAuthentication, startRegistration } from '@simplewebauthn/browser'
import { addDevice, type CareLedgerClient } from '@careledger/client'
import { fromBase64url, randomBytes, sha256, toBase64url, utf8, type Signer } from '@careledger/proof'
import { createLockedKey, openLockedKey, type Keyring } from './keyring.ts'

/** What the passkey's own secret is asked for (WebAuthn Level 3, §10.1.4: PRF). */
const PRF_INPUT = sha256(utf8('careledger/v1/passkey-prf')) as Uint8Array<ArrayBuffer>
const extensions = { prf: { eval: { first: PRF_INPUT } } } as object

export const passkeysWork = browserSupportsWebAuthn

/** The browser no longer has its half of a key that a passkey opened; the other half alone opens nothing. */
export class KeyLost extends Error {
  override readonly name = 'KeyLost'
}

/**
 * Makes a passkey and a new key that it opens, enrols the key for who is signed in, and gives its signer. Where the passkey has a secret of its own (PRF)
 * that opens the key, and the instance keeps the ciphertext for the person's other devices with the same passkey. Where it has none, a random secret
 * opens it, which the instance gives out after the passkey's answer; the ciphertext stays in this browser. Errors: Problem; those of WebAuthn.
 */
export async function lockWithPasskey(client: CareLedgerClient, keyring: Keyring, device: { readonly name: string; readonly person: string }): Promise<Signer> {
  const { challenge, user } = await client.identity.passkeys.prepare.mutate({})
  const made = await startRegistration({
    optionsJSON: {
      challenge, rp: { id: location.hostname, name: 'CareLedger' }, user: { id: user, name: device.person, displayName: device.person },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }, { type: 'public-key', alg: -8 }, { type: 'public-key', alg: -257 }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' }, attestation: 'none', extensions,
    },
  })
  const own = secretOf(made.clientExtensionResults) ?? (hasSecret(made.clientExtensionResults) ? await askForSecret(client, made.id) : undefined)
  const secret = own ?? randomBytes(32)
  const lock = own === undefined ? 'passkey-check' : 'passkey'
  const { locked, open } = await createLockedKey(secret, lock)
  const signer = await keyring.keepLocked(locked, open)
  await addDevice(client, { jwk: locked.publicJwk, name: device.name, lock })
  const { clientDataJSON, attestationObject, transports } = made.response
  await client.identity.passkeys.add.mutate({
    answer: { id: made.id, rawId: made.rawId, type: 'public-key', response: { clientDataJSON, attestationObject, ...(transports === undefined ? {} : { transports }) }, clientExtensionResults: {} },
    key: locked.key,
    kept: lock === 'passkey' ? { lock, wrapped: toBase64url(locked.wrapped) } : { lock, secret: toBase64url(secret) },
  })
  return signer
}

/** Asks for a passkey and opens the key that is kept for it. Errors: Problem; KeyLost; those of WebAuthn where the person turns away. */
export async function unlockWithPasskey(client: CareLedgerClient, keyring: Keyring): Promise<Signer> {
  const { challenge } = await client.identity.passkeys.challenge.mutate({})
  const given = await startAuthentication({ optionsJSON: { challenge, rpId: location.hostname, userVerification: 'required', extensions } })
  const { clientDataJSON, authenticatorData, signature, userHandle } = given.response
  const { key, jwk, kept } = await client.identity.passkeys.unlock.mutate({
    answer: { id: given.id, rawId: given.rawId, type: 'public-key', response: { clientDataJSON, authenticatorData, signature, ...(userHandle === undefined ? {} : { userHandle }) }, clientExtensionResults: {} },
  })
  const secret = kept.lock === 'passkey' ? secretOf(given.clientExtensionResults) : fromBase64url(kept.secret)
  const wrapped = kept.lock === 'passkey' ? fromBase64url(kept.wrapped) : (await keyring.locked(key))?.wrapped
  if (secret === undefined || wrapped === undefined) throw new KeyLost('This browser does not have its half of the key.')
  const bytes = new Uint8Array(wrapped)
  return keyring.keepLocked({ key, publicJwk: jwk, lock: kept.lock, wrapped: bytes }, await openLockedKey(key, bytes, secret))
}

/** Some authenticators give their secret only when they are asked to sign. The answer itself goes nowhere. */
async function askForSecret(client: CareLedgerClient, id: string): Promise<Uint8Array | undefined> {
  const { challenge } = await client.identity.passkeys.challenge.mutate({})
  const given = await startAuthentication({ optionsJSON: { challenge, rpId: location.hostname, userVerification: 'required', allowCredentials: [{ id, type: 'public-key' }], extensions } })
  return secretOf(given.clientExtensionResults)
}

interface PrfResults { readonly prf?: { readonly enabled?: boolean; readonly results?: { readonly first?: ArrayBuffer | Uint8Array } } }

function secretOf(results: object): Uint8Array | undefined {
  const first = (results as PrfResults).prf?.results?.first
  return first === undefined ? undefined : new Uint8Array(first as ArrayBuffer)
}

function hasSecret(results: object): boolean {
  return (results as PrfResults).prf?.enabled === true
}

/** Whether the person turned the passkey's question away, or none fits: nothing has happened then. */
export function isTurnedAway(failure: unknown): boolean {
  const { name, cause } = failure as { readonly name?: unknown; readonly cause?: { readonly name?: unknown } }
  return name === 'NotAllowedError' || name === 'AbortError' || cause?.name === 'NotAllowedError' || cause?.name === 'AbortError'
}
