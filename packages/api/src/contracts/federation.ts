import { z } from 'zod'
import { command, query } from './contract.ts'
import { instant, partyId, publicJwk, thumbprint, uuid } from './shapes.ts'

const origin = z.string().regex(/^[!-*,-~]{1,255}$/)
const proofFile = z.string().min(1).max(262_144)

/** Another instance, as this one's operator pinned it: its address, and what its proofs are checked against. */
export const elsewherePlace = z.strictObject({
  /** In addresses of pages here. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/),
  /** What people read. */
  title: z.string().min(1).max(120),
  /** Scheme, host and port. */
  url: z.url({ protocol: /^https?$/ }).refine((text) => new URL(text).origin === text.replace(/\/$/, ''), 'is scheme, host and port only'),
  trust: z.strictObject({ origin, logKey: publicJwk, root: publicJwk, witnesses: z.array(z.strictObject({ name: z.string(), key: publicJwk })), witnessThreshold: z.int().min(0) }),
})

export type ElsewherePlace = z.output<typeof elsewherePlace>

/** People of one instance at another: who they are is proven by files from their own log (docs/federation.md). */
export const federation = {
  vouch: command({
    name: 'identity.vouch', summary: "States for the caller, towards one other instance, that the key is in force; with the proof of the key's enrolment. Holds for five minutes.", rule: 'staff', cost: 10, audit: 'change',
    /** Origin of the other instance's log, as its trust file says. */
    input: z.strictObject({ audience: origin }),
    output: z.strictObject({ credential: proofFile, standing: proofFile, expires: instant }),
  }),
  recognise: command({
    name: 'identity.recognise', summary: 'Lets a person of a recognised organisation of another instance sign in with their own key, as long as their instance vouches for it.', rule: 'public', cost: 20, audit: 'change',
    input: z.strictObject({ credential: proofFile, standing: proofFile }),
    output: z.strictObject({ party: partyId, expires: instant }),
  }),
  enrolmentProof: query({
    name: 'identity.enrolmentProof', summary: "The proof file of an organisation's enrolment, by which other instances recognise it.", rule: 'public', cost: 5, audit: 'none',
    input: z.strictObject({ organisation: partyId }),
    output: z.strictObject({ proof: z.string() }),
  }),
  peers: query({
    name: 'identity.peers', summary: 'Organisations of other instances whose people may sign in here, and the keys by which each is recognised.', rule: 'operator', cost: 2, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(z.strictObject({ party: partyId, theirs: partyId, name: z.string(), origin, key: thumbprint, logKey: thumbprint, rootKey: thumbprint, witnesses: z.int(), entry: uuid, revoked: z.boolean() })) }),
  }),
  elsewhere: query({
    name: 'identity.elsewhere', summary: 'Other instances whose records people here may read through this server, with the keys that their proofs are checked against.', rule: 'staff', cost: 1, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(elsewherePlace) }),
  }),
}
