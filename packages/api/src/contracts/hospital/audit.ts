import { z } from 'zod'
import { query } from '../contract.ts'
import { cursor, instant, partyId, uuid } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

/** The audit trail as FHIR R4 AuditEvents in the patterns of IHE BALP. */
export const audit = {
  search: query({
    name: 'hospital.audit.search', summary: 'AuditEvents, oldest first: the caller\'s own as a patient, or those of an organisation for its privacy officers and its own key.', rule: 'signed-in', cost: 5, audit: 'access',
    input: z.strictObject({
      since: instant.optional(), until: instant.optional(), patient: patientHandle.optional(), party: partyId.optional(), outcome: z.enum(['permitted', 'refused']).optional(),
      after: cursor.optional(), limit: z.int().min(1).max(1000).default(100),
    }),
    /** Each event is the text of one AuditEvent. A page may be empty and still have a next one. */
    output: z.strictObject({ events: z.array(z.string()), next: cursor.optional() }),
  }),
  proof: query({
    name: 'hospital.audit.proof', summary: 'The proof that the log holds the decision behind one AuditEvent.', rule: 'signed-in', cost: 20, audit: 'none',
    input: z.strictObject({ id: uuid }), output: z.strictObject({ proof: z.string() }),
  }),
}
