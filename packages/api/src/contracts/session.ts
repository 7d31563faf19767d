import { z } from 'zod'
import { command, query } from './contract.ts'
import { federation } from './federation.ts'
import { devices, deviceName, keyLock } from './devices.ts'
import { passkeys } from './passkeys.ts'
import { recovery } from './recovery.ts'
import { account, accounts } from './accounts.ts'
import { did, roles, grantState } from './roles.ts'
import { actor, instant, partyId, publicJwk, role, signedEntry, receipt, thumbprint, uuid, cursor, pageSize } from './shapes.ts'

export const session = {
  account,
  challenge: command({
    name: 'session.challenge', summary: 'Asks for a challenge to sign with a key.', rule: 'public', cost: 2, audit: 'none',
    input: z.strictObject({ key: thumbprint }),
    output: z.strictObject({ challenge: z.string(), expires: instant }),
  }),
  start: command({
    name: 'session.start', summary: 'Exchanges a signed challenge and a DPoP proof by the same key for a short token bound to that key.',
    rule: 'public', cost: 5, audit: 'change',
    input: z.strictObject({ challenge: z.string(), jws: z.string().max(2048), /** SMART scopes (version 2) to narrow the token to, separated by spaces. */ scope: z.string().max(4096).optional() }),
    output: z.strictObject({ token: z.string(), expires: instant, actor }),
  }),
  me: query({
    name: 'session.me', summary: 'Who the caller is.', rule: 'signed-in', cost: 1, audit: 'none', scoped: true,
    input: z.strictObject({}), output: actor,
  }),
  refresh: command({
    name: 'session.refresh', summary: 'A new token for this session, bound to the same key; without one the session ends with its token.', rule: 'signed-in', cost: 2, byAccount: true, audit: 'none', scoped: true,
    input: z.strictObject({}), output: z.strictObject({ token: z.string(), expires: instant, actor }),
  }),
  list: query({
    name: 'session.list', summary: "The caller's sessions that go on, on every device.", rule: 'signed-in', cost: 1, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(z.strictObject({ id: uuid, key: thumbprint, device: deviceName.optional(), /** Whether it was begun by an account, and so reads only. */ account: z.boolean(), began: instant, refreshed: instant, ends: instant, current: z.boolean() })) }),
  }),
  endOther: command({
    name: 'session.endOther', summary: 'Ends one session of the caller, on whatever device; its token is refused from then on.', rule: 'signed-in', cost: 2, byAccount: true, audit: 'change',
    input: z.strictObject({ session: uuid }), output: z.strictObject({}),
  }),
  endAll: command({
    name: 'session.endAll', summary: 'Signs the caller out everywhere; tells how many sessions have ended.', rule: 'signed-in', cost: 5, byAccount: true, audit: 'change',
    input: z.strictObject({ /** Leaves the session that asks. */ keepThis: z.boolean().default(false) }), output: z.strictObject({ ended: z.int().min(0) }),
  }),
  end: command({
    name: 'session.end', summary: 'Ends this session; its token is refused from then on.', rule: 'signed-in', cost: 1, byAccount: true, audit: 'change', scoped: true,
    input: z.strictObject({}), output: z.strictObject({}),
  }),
}

export const identity = {
  /** Organisations and their staff: whom a patient may share with. Patients never appear. */
  directory: query({
    name: 'identity.directory', summary: 'Organisations and their staff, by name.', rule: 'signed-in', cost: 2, audit: 'none',
    input: z.strictObject({ text: z.string().max(80).optional(), after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({
      items: z.array(z.strictObject({ party: partyId, kind: z.enum(['organisation', 'person', 'system']), name: z.string(), organisation: partyId.optional(), organisationName: z.string().optional(), roles: z.array(role) })),
      next: cursor.optional(),
    }),
  }),
  keys: query({
    name: 'identity.keys', summary: "The caller's own keys.", rule: 'signed-in', cost: 1, audit: 'none',
    input: z.strictObject({}),
    /** `custodian`: whose vault takes entries about the caller's keys. */
    output: z.strictObject({ custodian: partyId, items: z.array(z.strictObject({ key: thumbprint, jwk: publicJwk, credential: uuid, /** Those it was enrolled with. */ roles: z.array(role), current: z.boolean(), revoked: z.boolean(), /** What the person calls the device that holds it. */ name: deviceName.optional(), lock: keyLock.optional(), added: instant.optional(), lastUsed: instant.optional() })) }),
  }),
  chain: query({
    name: 'identity.chain', summary: "Why a party's keys count here: each with the keys that enrolled it, up to the platform's root, as they stand now. Of patients, to themselves only.", rule: 'signed-in', cost: 3, audit: 'none',
    input: z.strictObject({ party: partyId }),
    output: z.strictObject({
      chains: z.array(z.strictObject({
        inForce: z.boolean(),
        /** did:key of the key. */
        did: z.string(),
        /** Its role credentials, newest first. */
        granted: z.array(z.strictObject({ id: uuid, role, from: instant, until: instant, state: grantState, /** Who gave it. */ organisation: partyId, organisationName: z.string().optional() })),
        links: z.array(z.strictObject({ key: thumbprint, party: partyId, name: z.string().optional(), kind: z.enum(['person', 'system', 'organisation', 'platform']), roles: z.array(role), credential: uuid, state: z.enum(['in-force', 'revoked', 'retired']) })),
      })),
    }),
  }),
  enrol: command({
    name: 'identity.enrol', summary: "An organisation's key signs the credential of a person's or system's key; the platform's signs an organisation's.", rule: 'organisation-admin', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry }), output: receipt,
  }),
  revoke: command({
    name: 'identity.revoke', summary: 'Revokes a key; it is refused from the next call on.', rule: 'signed-in', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry }), output: receipt,
  }),
  did,
  roles,
  accounts,
  devices,
  passkeys,
  recovery,
  ...federation,
}
