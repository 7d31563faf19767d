import { z } from 'zod'
import { query } from '../contract.ts'
import { decision, problemItem, purpose } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

export const summary = {
  read: query({
    name: 'hospital.summary.read', summary: 'The International Patient Summary of one patient within the permit: a FHIR R4 document with the records\' exact bytes.', rule: 'permit', cost: 20, audit: 'access',
    input: z.strictObject({ patient: patientHandle, purpose: purpose.default('treatment') }),
    output: z.strictObject({ bundle: z.string(), counts: z.record(z.string(), z.int()), /** Where it is no IPS by structure: mostly what the Patient resource lacks. */ problems: z.array(problemItem), decision }),
  }),
}
