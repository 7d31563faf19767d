import { z } from 'zod'
import { query } from '../contract.ts'
import { cursor, date, pageSize, purpose } from '../shapes.ts'
import { patientHandle, patientSummary } from './shapes.ts'

export const patients = {
  list: query({
    name: 'hospital.patients.list', summary: 'Patients whose records the caller may read: of its own organisation, or shared by consent. A patient gets themselves.',
    rule: 'signed-in', cost: 3, audit: 'access',
    input: z.strictObject({ after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({ items: z.array(patientSummary), next: cursor.optional() }),
  }),
  find: query({
    name: 'hospital.patients.find', summary: 'Finds a patient by identifier, or by family name and birth date. The answer is the same whether no such patient exists or it may not be read.',
    rule: 'staff', cost: 5, audit: 'access',
    input: z.union([
      z.strictObject({ identifier: z.strictObject({ system: z.string().max(256).optional(), value: z.string().min(1).max(128) }) }),
      z.strictObject({ family: z.string().min(1).max(128), birthDate: date }),
    ]),
    output: z.strictObject({ items: z.array(patientSummary) }),
  }),
  read: query({
    name: 'hospital.patients.read', summary: 'The banner of one patient.', rule: 'permit', cost: 2, audit: 'access',
    input: z.strictObject({ patient: patientHandle, purpose: purpose.default('treatment') }), output: patientSummary,
  }),
}
