import { z } from 'zod'
import { query } from '../contract.ts'
import { consentTerms } from './consents.ts'
import { cursor, date, decision, instant, pageSize, partyId, sensitivity, thumbprint, uuid } from '../shapes.ts'

/** A link that somebody opened or tried to: the name they gave of themselves, for the patient only. */
const linkUse = z.strictObject({ link: thumbprint, recipient: z.string(), outcome: z.enum(['opened', 'wrong-passcode', 'no-longer-shared']) })

const basis = z.enum(['chosen', 'parent', 'legal-guardian'])
const acting = z.strictObject({ name: z.string(), basis })

/** Why one decision was made. An entry is never altered, so `consent.entry` names the consent in exactly one version. */
const explanation = z.strictObject({
  decision, at: instant, operation: z.string(), party: partyId, name: z.string(), kind: z.enum(['person', 'system', 'organisation', 'platform']), organisationName: z.string().optional(), custodian: partyId, custodianName: z.string(),
  types: z.record(z.string(), z.int()), reader: z.enum(['patient', 'asker']),
  consent: z.strictObject({ entry: uuid, granteeName: z.string(), given: instant, terms: consentTerms, withdrawnBy: uuid.optional(), actedBy: acting.optional(), passedOn: z.strictObject({ consent: uuid, name: z.string() }).optional() }).optional(),
  /** Under rule `delegate`. `basis` and `until` are absent once it is ended. */
  delegation: z.strictObject({ entry: uuid, basis: basis.optional(), until: date.optional() }).optional(),
  emergency: z.strictObject({ entry: uuid, opens: z.enum(['record', 'seal']), sensitive: z.array(sensitivity).optional(), reason: z.string(), at: instant, until: instant, review: z.enum(['open', 'justified', 'misuse']) }).optional(),
})

export const access = {
  explain: query({ name: 'hospital.access.explain', summary: 'Why one decision was made: rule, consent in its version, or emergency. For the patient it is about, and for whoever was permitted by it.', rule: 'signed-in', cost: 1, audit: 'none', input: z.strictObject({ id: uuid }), output: explanation }),
  list: query({
    name: 'hospital.access.list', summary: 'Who read, and who was refused: every decision about the caller, newest first.', rule: 'self', cost: 2, audit: 'none',
    input: z.strictObject({ after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({
      items: z.array(z.strictObject({ id: uuid, at: instant, operation: z.string(), party: partyId, name: z.string(), organisationName: z.string().optional(), kind: z.enum(['person', 'system', 'organisation', 'platform']), types: z.record(z.string(), z.int()), decision, link: linkUse.optional() })),
      next: cursor.optional(),
    }),
  }),
}
