import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, cursor, date, decision, instant, pageSize, partyId, receipt, signedEntry, uuid } from '../shapes.ts'
import { consentItem } from './consents.ts'
import { patientHandle } from './shapes.ts'

const item = z.strictObject({
  id: uuid, patient: patientHandle, subject: base64url, custodian: partyId, custodianName: z.string(), delegate: partyId, delegateName: z.string(),
  basis: z.enum(['chosen', 'parent', 'legal-guardian']), scope: z.array(z.enum(['consent', 'read'])), given: instant, /** First day (UTC) on which it no longer holds. */ until: date, state: z.enum(['active', 'expired']),
})

/** People who act for a patient in their own name: parents, legal guardians, and whom the patient chose. */
export const delegations = {
  list: query({ name: 'hospital.delegations.list', summary: 'Who acts for the caller, and for whom the caller acts.', rule: 'signed-in', cost: 3, audit: 'none', input: z.strictObject({}), output: z.strictObject({ forMe: z.array(item), byMe: z.array(item) }) }),
  give: command({ name: 'hospital.delegations.give', summary: "Records a `delegation-given` entry: signed by the patient, or by the custodian's records clerk for a parent or legal guardian.", rule: 'signed-in', cost: 5, audit: 'change', input: z.strictObject({ entry: signedEntry }), output: receipt }),
  consents: query({
    name: 'hospital.delegations.consents', summary: 'The consents of somebody whom the caller acts for in this, newest first; the patient sees that it was looked at.', rule: 'permit', cost: 3, audit: 'access',
    input: z.strictObject({ patient: patientHandle, after: cursor.optional(), limit: pageSize }), output: z.strictObject({ items: z.array(consentItem), next: cursor.optional(), decision }),
  }),
  end: command({ name: 'hospital.delegations.end', summary: "Records a `delegation-ended` entry: signed by the patient, the delegate, or the custodian's records clerk; holds from its commit in every process.", rule: 'signed-in', cost: 5, audit: 'change', input: z.strictObject({ entry: signedEntry }), output: receipt }),
}
