import { z } from 'zod'
import { command, query } from '../contract.ts'
import { decision, instant, partyId, thumbprint, uuid } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

const contentType = z.enum(['application/fhir+json', 'application/smart-health-card'])
/** Compact JWE: five parts of base64url. */
const jwe = z.string().max(8 * 1024 * 1024).regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+){3}$/)
const files = z.array(z.strictObject({ contentType, jwe })).min(1).max(5)
const types = z.record(z.string().regex(/^[A-Za-z]{1,64}$/), z.int().min(0).max(100_000))
/** Words that people give: no control characters and nothing that turns the direction of text. */
const words = (max: number) => z.string().min(1).max(max).regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u)

const linkUse = z.strictObject({ id: uuid, link: thumbprint, at: instant, recipient: z.string(), outcome: z.enum(['opened', 'wrong-passcode', 'no-longer-shared']) })

/** SMART Health Links (HL7 SMART Health Cards and Links 1.0.0). This instance keeps ciphertext; the key stands in the link alone. */
export const links = {
  create: command({
    name: 'hospital.links.create', summary: 'Keeps the encrypted files of a SMART Health Link that the patient made. It ends by itself, 30 days from now at the latest.', rule: 'self', cost: 10, audit: 'change', large: true,
    input: z.strictObject({
      patient: patientHandle,
      /** SHA-256 of the 32-byte id in the link's address, base64url. */
      link: thumbprint,
      label: words(80),
      passcode: z.string().min(6).max(64).optional(),
      expires: instant,
      longTerm: z.boolean().default(false),
      single: z.boolean().default(false),
      types, files,
    }),
    output: z.strictObject({ link: thumbprint, flags: z.string(), decision }),
  }),
  update: command({
    name: 'hospital.links.update', summary: 'Puts new encrypted files behind a long-term link.', rule: 'self', cost: 10, audit: 'change', large: true,
    input: z.strictObject({ patient: patientHandle, link: thumbprint, types, files }), output: z.strictObject({ link: thumbprint, decision }),
  }),
  stop: command({
    name: 'hospital.links.stop', summary: 'Ends a link at once and deletes its files.', rule: 'self', cost: 5, audit: 'change',
    input: z.strictObject({ patient: patientHandle, link: thumbprint }), output: z.strictObject({ link: thumbprint, decision }),
  }),
  list: query({
    name: 'hospital.links.list', summary: "The caller's own links, newest first, with who opened them.", rule: 'self', cost: 3, audit: 'none', input: z.strictObject({}),
    output: z.strictObject({
      items: z.array(z.strictObject({
        link: thumbprint, patient: patientHandle, custodian: partyId, label: z.string(), flags: z.string(), made: instant, expires: instant, state: z.enum(['active', 'stopped', 'expired']),
        hasPasscode: z.boolean(), attemptsLeft: z.int().optional(), opened: z.int(), lastOpened: instant.optional(), types: z.record(z.string(), z.int()), uses: z.array(linkUse),
      })),
    }),
  }),
  open: command({
    name: 'hospital.links.open', summary: 'Opens a link: whoever holds it gets its encrypted files, and the patient sees who said they were. Wrong passcodes are counted for the life of the link.', rule: 'public', cost: 20, audit: 'access',
    input: z.strictObject({
      /** From the link's address. */
      id: thumbprint,
      recipient: words(120),
      passcode: z.string().max(64).optional(),
      embeddedLengthMax: z.int().min(0).max(16 * 1024 * 1024).optional(),
      single: z.boolean().default(false),
    }),
    output: z.strictObject({
      status: z.enum(['finalized', 'can-change']),
      files: z.array(z.strictObject({ contentType, lastUpdated: instant, embedded: z.string().optional(), place: z.strictObject({ link: thumbprint, n: z.int(), ticket: z.string() }).optional() })),
    }),
  }),
  file: query({
    name: 'hospital.links.file', summary: 'One encrypted file of a link that was opened within the last five minutes.', rule: 'public', cost: 5, audit: 'access',
    input: z.strictObject({ link: thumbprint, n: z.int().min(0).max(4), ticket: z.string().max(128) }), output: z.strictObject({ jwe: z.string() }),
  }),
}
