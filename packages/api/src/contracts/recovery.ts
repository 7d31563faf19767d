import { z } from 'zod'
import { command, query } from './contract.ts'
import { instant, partyId, publicJwk, receipt, role, signedEntry, thumbprint, uuid } from './shapes.ts'

/** How a person's guardians know them; only they see it. */
const label = z.string().trim().max(60).regex(/^[^\p{Cc}\p{Cf}]*$/u)

/** One request to let a person in again with a new key. */
const item = z.strictObject({
  id: uuid, party: partyId, key: thumbprint, by: z.enum(['guardians', 'organisation']), threshold: z.int().min(1), approvals: z.int().min(1),
  requested: instant, /** First instant at which it can be completed. */ from: instant, state: z.enum(['waiting', 'ready', 'stopped', 'done']),
})

/** How people get back in who have lost their keys: by guardians they chose, or by their organisation; never at once, and never behind their back. */
export const recovery = {
  arrange: command({
    name: 'identity.recovery.arrange', summary: 'A person says who may let them in again, how many of them it takes, and how long everybody waits.', rule: 'signed-in', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry, label: label.default('') }), output: receipt,
  }),
  mine: query({
    name: 'identity.recovery.mine', summary: 'What the caller arranged, and every request about them.', rule: 'signed-in', cost: 2, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ party: partyId, arranged: z.strictObject({ guardians: z.array(partyId), threshold: z.int(), waitHours: z.int() }).optional(), label: label.optional(), requests: z.array(item) }),
  }),
  wards: query({
    name: 'identity.recovery.wards', summary: 'Whose guardian the caller is, and what is asked for them.', rule: 'signed-in', cost: 2, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(z.strictObject({ party: partyId, label: label.optional(), threshold: z.int(), waitHours: z.int(), requests: z.array(z.strictObject({ ...item.shape, /** The caller has approved it. */ approved: z.boolean() })) })) }),
  }),
  asked: query({
    name: 'identity.recovery.asked', summary: "What the caller's organisation asked for its own people, or the platform for patients, newest first.", rule: 'signed-in', cost: 3, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(z.strictObject({ ...item.shape, name: z.string().optional(), /** What the organisation's own key enrols once it is time; absent: the new device completes it. */ enrol: z.strictObject({ organisation: partyId, roles: z.array(role), key: publicJwk }).optional() })) }),
  }),
  request: command({
    name: 'identity.recovery.request', summary: 'A guardian, or the organisation, asks that a person be let in with a new key; the waiting period begins and the person is told.', rule: 'signed-in', cost: 20, audit: 'change',
    input: z.strictObject({ entry: signedEntry }), output: receipt,
  }),
  approve: command({
    name: 'identity.recovery.approve', summary: 'A further guardian approves a request for this very key.', rule: 'signed-in', cost: 10, audit: 'change',
    input: z.strictObject({ entry: signedEntry }), output: receipt,
  }),
  stop: command({
    name: 'identity.recovery.stop', summary: 'The person, or who asked for them, stops a request.', rule: 'signed-in', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry }), output: receipt,
  }),
  state: query({
    name: 'identity.recovery.state', summary: 'How far the request for a key is, told to whoever proves the key by a DPoP proof without token.', rule: 'public', cost: 5, audit: 'none',
    input: z.strictObject({}), output: z.strictObject({ request: item.omit({ party: true }).optional() }),
  }),
  complete: command({
    name: 'identity.recovery.complete', summary: 'Enrols the key that guardians approved, once it is time; asked by whoever proves the key.', rule: 'public', cost: 20, audit: 'change',
    input: z.strictObject({}), output: z.strictObject({ party: partyId }),
  }),
}
