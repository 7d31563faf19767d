import { z } from 'zod'
import { command, query } from './contract.ts'
import { base64url, instant, publicJwk, thumbprint } from './shapes.ts'

const id = base64url.min(1).max(1400)
const clientData = base64url.min(1).max(4096)

/** WebAuthn's answers in their JSON forms (Level 3, §5.1). What extensions gave never leaves the browser: it is the secret. */
const registration = z.strictObject({
  id, rawId: id, type: z.literal('public-key'),
  response: z.strictObject({ clientDataJSON: clientData, attestationObject: base64url.min(1).max(32_768), transports: z.array(z.string().max(32)).max(8).optional() }),
  clientExtensionResults: z.strictObject({}),
})
const assertion = z.strictObject({
  id, rawId: id, type: z.literal('public-key'),
  response: z.strictObject({ clientDataJSON: clientData, authenticatorData: base64url.min(1).max(4096), signature: base64url.min(1).max(2048), userHandle: base64url.max(128).optional() }),
  clientExtensionResults: z.strictObject({}),
})

/** `passkey`: the key's bytes, encrypted under the passkey's own secret. `passkey-check`: a secret; what it opens lies in the browser alone. */
const kept = z.discriminatedUnion('lock', [
  z.strictObject({ lock: z.literal('passkey'), wrapped: base64url.min(1).max(1024) }),
  z.strictObject({ lock: z.literal('passkey-check'), secret: base64url.length(43) }),
])

/** Passkeys, each of which opens one signing key of a person and signs nothing itself. */
export const passkeys = {
  prepare: command({
    name: 'identity.passkeys.prepare', summary: 'A challenge to make a passkey with.', rule: 'signed-in', cost: 2, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ challenge: base64url, /** WebAuthn user handle; says nothing of the person. */ user: base64url, expires: instant }),
  }),
  add: command({
    name: 'identity.passkeys.add', summary: "Keeps a passkey and what it opens: one of the caller's keys in force.", rule: 'signed-in', cost: 10, audit: 'change',
    input: z.strictObject({ answer: registration, key: thumbprint, kept }),
    output: z.strictObject({}),
  }),
  challenge: command({
    name: 'identity.passkeys.challenge', summary: 'A challenge to unlock a key with; the same for everybody.', rule: 'public', cost: 2, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ challenge: base64url, expires: instant }),
  }),
  unlock: command({
    name: 'identity.passkeys.unlock', summary: "After a passkey's answer, what is kept for it. It opens the key in the caller's browser and nowhere else.", rule: 'public', cost: 10, audit: 'change',
    input: z.strictObject({ answer: assertion }),
    output: z.strictObject({ key: thumbprint, jwk: publicJwk, kept }),
  }),
  list: query({
    name: 'identity.passkeys.list', summary: "The caller's passkeys.", rule: 'signed-in', cost: 1, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(z.strictObject({ id, key: thumbprint, lock: z.enum(['passkey', 'passkey-check']), synced: z.boolean(), made: instant, lastUsed: instant.optional() })) }),
  }),
  remove: command({
    name: 'identity.passkeys.remove', summary: 'Forgets a passkey and what it opened; it opens nothing here from then on.', rule: 'signed-in', cost: 5, audit: 'change',
    input: z.strictObject({ id }),
    output: z.strictObject({}),
  }),
}
