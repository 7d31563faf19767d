import { z } from 'zod'
import { command, query } from './contract.ts'
import { actor, cursor, instant, pageSize, partyId, receipt, signedEntry, thumbprint } from './shapes.ts'

/** Sign-in of staff by an account at an OpenID provider, beside the key: it reads, and signs nothing. */
export const account = {
  provider: query({
    name: 'session.account.provider', summary: 'By which provider\'s accounts staff may sign in here, if by any.', rule: 'public', cost: 1, audit: 'none',
    input: z.strictObject({}), output: z.strictObject({ /** Absent: none is set. */ name: z.string().optional(), issuer: z.string().optional() }),
  }),
  begin: command({
    name: 'session.account.begin', summary: 'Begins a sign-in by account, for the key that the request\'s DPoP proof is made with: the provider\'s page to go to.', rule: 'public', cost: 5, audit: 'none',
    input: z.strictObject({}), output: z.strictObject({ url: z.string(), expires: instant }),
  }),
  finish: command({
    name: 'session.account.finish', summary: 'Ends a sign-in by account with what the provider sent the browser back with, and a DPoP proof by the key that began it: a token that reads.', rule: 'public', cost: 10, audit: 'change',
    input: z.strictObject({ parameters: z.record(z.string().max(64), z.string().max(4096)).refine((value) => Object.keys(value).length <= 16) }),
    output: z.strictObject({ token: z.string(), expires: instant, actor }),
  }),
}

export const accounts = {
  link: command({
    name: 'identity.accounts.link', summary: 'An organisation, or an administrator of it, links an account at the provider to one of its staff who is enrolled.', rule: 'organisation-admin', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry }), output: receipt,
  }),
  unlink: command({
    name: 'identity.accounts.unlink', summary: 'Takes an account away from whom it was linked to; its sessions end at their next call.', rule: 'organisation-admin', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry }), output: receipt,
  }),
  list: query({
    name: 'identity.accounts.list', summary: "Accounts that are linked to the organisation's staff.", rule: 'organisation-admin', cost: 2, audit: 'none',
    input: z.strictObject({ after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({ items: z.array(z.strictObject({ /** A hash of issuer and subject. */ account: thumbprint, party: partyId, name: z.string().optional(), issuer: z.string(), since: instant })), next: cursor.optional() }),
  }),
}
