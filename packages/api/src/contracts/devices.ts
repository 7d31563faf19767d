import { z } from 'zod'
import { command, query } from './contract.ts'
import { instant, publicJwk, receipt, signedEntry, thumbprint } from './shapes.ts'

/** What a person calls a device. Seen by nobody else. */
export const deviceName = z.string().trim().min(1).max(40).regex(/^[^\p{Cc}\p{Cf}]*$/u)
/** How a key is kept: opened by a passkey's secret, opened by a secret that the instance gives out after a passkey's answer, or unextractable in a browser and open. */
export const keyLock = z.enum(['passkey', 'passkey-check', 'browser'])
/** Twelve letters and digits that are made of the key itself; read out from one device to another. */
export const keyCode = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/)

/** A person's devices: each has a key of its own. */
export const devices = {
  ask: command({
    name: 'identity.devices.ask', summary: 'A new device shows its key to the other devices of its person, under a code made of the key. It proves the key by a DPoP proof without token.', rule: 'public', cost: 10, audit: 'none',
    input: z.strictObject({ jwk: publicJwk, name: deviceName.optional(), lock: keyLock.optional() }),
    output: z.strictObject({ code: keyCode, expires: instant }),
  }),
  asked: query({
    name: 'identity.devices.asked', summary: 'The key that a new device shows under a code. The caller holds the code against the key.', rule: 'signed-in', cost: 20, audit: 'none',
    input: z.strictObject({ code: keyCode }),
    output: z.strictObject({ key: thumbprint, jwk: publicJwk, name: deviceName.optional(), lock: keyLock.optional() }),
  }),
  add: command({
    name: 'identity.devices.add', summary: 'A person enrols a further key of their own, with no more roles than the first.', rule: 'signed-in', cost: 10, audit: 'change',
    input: z.strictObject({ entry: signedEntry, name: deviceName.optional(), lock: keyLock.optional() }),
    output: receipt,
  }),
  rename: command({
    name: 'identity.devices.rename', summary: 'Calls the device of one of the caller\'s keys by another name.', rule: 'signed-in', cost: 2, audit: 'change',
    input: z.strictObject({ key: thumbprint, name: deviceName }),
    output: z.strictObject({}),
  }),
}
