import { z } from 'zod'
import { query } from '../contract.ts'
import { cursor, decision, instant, pageSize, partyId, thumbprint, uuid } from '../shapes.ts'

/** A link that somebody opened or tried to: the name they gave of themselves, for the patient only. */
const linkUse = z.strictObject({ link: thumbprint, recipient: z.string(), outcome: z.enum(['opened', 'wrong-passcode', 'no-longer-shared']) })

export const access = {
  list: query({
    name: 'hospital.access.list', summary: 'Who read, and who was refused: every decision about the caller, newest first.', rule: 'self', cost: 2, audit: 'none',
    input: z.strictObject({ after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({
      items: z.array(z.strictObject({ id: uuid, at: instant, operation: z.string(), party: partyId, name: z.string(), organisationName: z.string().optional(), kind: z.enum(['person', 'system', 'organisation', 'platform']), types: z.record(z.string(), z.int()), decision, link: linkUse.optional() })),
      next: cursor.optional(),
    }),
  }),
}
