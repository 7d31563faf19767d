import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, decision, partyId, purpose, receipt, signedEntry, uuid } from '../shapes.ts'
import { consentTerms } from './consents.ts'
import { patientHandle } from './shapes.ts'

const passedPurpose = purpose.default('treatment')

/** Passing on what a patient shares, where the patient allowed it: by name, within the consent and for no longer. */
export const passing = {
  prepare: query({
    name: 'hospital.passing.prepare', summary: 'What the caller may pass on of a patient\'s consents, and what of them has been passed on.', rule: 'permit', cost: 3, audit: 'access',
    input: z.strictObject({ patient: patientHandle, purpose: passedPurpose }),
    output: z.strictObject({
      subject: base64url, custodian: partyId,
      items: z.array(z.strictObject({ consent: uuid, terms: consentTerms, passed: z.array(z.strictObject({ id: uuid, granteeName: z.string(), terms: consentTerms })) })), decision,
    }),
  }),
  give: command({
    name: 'hospital.passing.give', summary: 'Records a `consent-passed-on` entry signed by the grantee of the consent, or a doctor or records clerk of it.', rule: 'permit', cost: 10, audit: 'change',
    input: z.strictObject({ entry: signedEntry, purpose: passedPurpose }), output: receipt,
  }),
  end: command({
    name: 'hospital.passing.end', summary: 'Records the `consent-withdrawn` entry by which what was passed on is taken back; holds from its commit in every process.', rule: 'permit', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry, purpose: passedPurpose }), output: receipt,
  }),
}
