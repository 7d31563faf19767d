import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, decision, instant, partyId, receipt, resourceType, signedEntry, thumbprint, uuid } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

const cardKey = z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: base64url, y: base64url })
/** At most 24 characters (SMART Health Cards, revocation). */
const rid = z.string().regex(/^[A-Za-z0-9_-]{1,24}$/)

/** SMART Health Cards (HL7 SMART Health Cards and Links 1.0.0), issued by the custodian's own key. */
export const cards = {
  issue: command({
    name: 'hospital.cards.issue', summary: 'Issues a SMART Health Card of immunizations and laboratory results, signed by the custodian. The card itself is not kept.', rule: 'permit', cost: 10, audit: 'access',
    input: z.strictObject({ patient: patientHandle, records: z.array(uuid).min(1).max(20), days: z.int().min(1).max(366).default(365) }),
    output: z.strictObject({ jws: z.string(), kid: thumbprint, rid, expires: instant, decision }),
  }),
  choices: query({
    name: 'hospital.cards.choices', summary: 'What a card of this patient could carry: immunizations and laboratory results, the newest 100.', rule: 'permit', cost: 5, audit: 'access',
    input: z.strictObject({ patient: patientHandle }),
    output: z.strictObject({ items: z.array(z.strictObject({ id: uuid, type: resourceType, title: z.string(), date: z.string().optional() })), decision }),
  }),
  list: query({
    name: 'hospital.cards.list', summary: "The caller's own cards, newest first.", rule: 'self', cost: 2, audit: 'none', input: z.strictObject({}),
    output: z.strictObject({
      items: z.array(z.strictObject({ kid: thumbprint, rid, iss: z.string(), issued: instant, expires: instant, types: z.record(z.string(), z.int()), records: z.array(uuid), revoked: instant.optional(), patient: patientHandle, custodian: partyId, custodianName: z.string() })),
    }),
  }),
  revoke: command({
    name: 'hospital.cards.revoke', summary: 'Takes a card back: whoever asks the issuer refuses it from then on.', rule: 'permit', cost: 5, audit: 'change',
    input: z.strictObject({ patient: patientHandle, kid: thumbprint, rid }), output: z.strictObject({ rid, decision }),
  }),
  issuers: query({
    name: 'hospital.cards.issuers', summary: 'The custodians of this instance that issue cards, with their keys and revocation lists, for verifiers.', rule: 'public', cost: 2, audit: 'none', input: z.strictObject({}),
    output: z.strictObject({
      items: z.array(z.strictObject({ iss: z.string(), custodian: partyId, name: z.string(), keys: z.array(cardKey.extend({ kid: thumbprint, enrolled: instant, revoked: instant.optional() })), crls: z.array(z.strictObject({ kid: thumbprint, ctr: z.int(), rids: z.array(z.string()) })) })),
    }),
  }),
  keyStatus: query({
    name: 'hospital.cards.keyStatus', summary: "What a custodian did with its issuing keys, each step with its proof: the file by which receipts of consent are checked offline.", rule: 'public', cost: 10, audit: 'none',
    input: z.strictObject({ custodian: partyId }), output: z.strictObject({ status: z.string() }),
  }),
  key: query({
    name: 'hospital.cards.key', summary: "The issuing key that the caller's organisation has in its vault, whether the log has it, and the one that a rotation enrols.", rule: 'organisation-admin', cost: 2, audit: 'none', input: z.strictObject({}),
    output: z.strictObject({ custodian: partyId, key: cardKey, enrolled: z.boolean(), next: cardKey }),
  }),
  enrol: command({
    name: 'hospital.cards.enrol', summary: 'Records a `card-key-enrolled` entry signed by the organisation: from then on its vault may issue cards with this key.', rule: 'organisation-admin', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry }), output: receipt,
  }),
  revokeKey: command({
    name: 'hospital.cards.revokeKey', summary: 'Records a `card-key-revoked` entry signed by the organisation: whatever that key has signed is refused from then on, and verifiers are told since when.', rule: 'organisation-admin', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry }), output: receipt,
  }),
}
