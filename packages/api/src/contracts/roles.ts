import { z } from 'zod'
import { command, query } from './contract.ts'
import { cursor, instant, pageSize, partyId, receipt, role, signedEntry, thumbprint, uuid } from './shapes.ts'

/** How a role credential stands at the time of the call. */
export const grantState = z.enum(['in-force', 'revoked', 'issuer-revoked', 'expired', 'not-yet'])
const publicJwkWithId = z.strictObject({ kty: z.string(), crv: z.string(), x: z.string(), y: z.string().optional(), kid: thumbprint })
const listNumber = z.int().min(0).max(999_999)

export const did = query({
  name: 'identity.did', summary: 'The DID document (did:web) of an organisation here, or of the instance: its keys by the log, those that were changed or revoked too.', rule: 'public', cost: 2, audit: 'none',
  input: z.strictObject({ /** Absent: the instance. */ organisation: partyId.optional() }),
  output: z.strictObject({
    document: z.strictObject({
      '@context': z.array(z.string()), id: z.string(), controller: z.string().optional(),
      verificationMethod: z.array(z.strictObject({ id: z.string(), type: z.string(), controller: z.string(), publicKeyJwk: publicJwkWithId, /** Signs nothing from then on. */ expires: instant.optional(), /** Not to be used from then on. */ revoked: instant.optional() })),
      assertionMethod: z.array(z.string()), authentication: z.array(z.string()),
    }),
  }),
})

export const roles = {
  place: query({
    name: 'identity.roles.place', summary: "What an organisation's key needs to sign its next role credential, or to take one back.", rule: 'organisation-admin', cost: 2, audit: 'none',
    input: z.strictObject({ /** This list as it stands; absent: the next free place. */ list: listNumber.optional() }),
    output: z.strictObject({ issuer: z.string(), list: listNumber, index: z.int().min(0), /** Newest credential of the list; absent: it is to be entered first. */ statusList: z.string().optional() }),
  }),
  give: command({
    name: 'identity.roles.give', summary: "An organisation's key signs a role credential: this key's holder has this role here, until then.", rule: 'organisation-admin', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry }), output: receipt,
  }),
  status: command({
    name: 'identity.roles.status', summary: "An organisation's key signs its status list anew: role credentials whose bit is set are taken back, from the next call on and for ever.", rule: 'organisation-admin', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry }), output: receipt,
  }),
  list: query({
    name: 'identity.roles.list', summary: "Role credentials: the caller's own; an organisation's key and its administrators see all that it gave.", rule: 'signed-in', cost: 2, audit: 'none',
    input: z.strictObject({ after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({
      items: z.array(z.strictObject({ id: uuid, organisation: partyId, party: partyId, key: thumbprint, role, from: instant, until: instant, list: listNumber, index: z.int().min(0), state: grantState })),
      next: cursor.optional(),
    }),
  }),
  file: query({
    name: 'identity.roles.file', summary: 'The file by which a role credential is shown to anybody, who verifies it offline: to its holder and its organisation.', rule: 'signed-in', cost: 5, audit: 'none',
    input: z.strictObject({ id: uuid }), output: z.strictObject({ file: z.string(), /** Whether a ledger has what it rests on. */ anchored: z.boolean() }),
  }),
  statusList: query({
    name: 'identity.roles.statusList', summary: "The newest credential of an organisation's status list (W3C Bitstring Status List, VC-JWT).", rule: 'public', cost: 1, audit: 'none',
    input: z.strictObject({ organisation: partyId, list: listNumber }), output: z.strictObject({ credential: z.string() }),
  }),
}
