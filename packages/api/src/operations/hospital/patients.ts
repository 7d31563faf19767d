import { findPatients, listPatients, readPatientBanner } from '@careledger/logic'
import type { Decided, PatientBanner } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { nextOf, toDecision } from './to-answer.ts'

export const patients = {
  list: implement(hospital.patients.list, async (context, input) => {
    const page = await listPatients(context.parts, signedIn(context), input)
    return { items: page.items.map(toPatientSummary), ...nextOf(page) }
  }),
  find: implement(hospital.patients.find, async (context, input) => {
    const page = await findPatients(context.parts, signedIn(context), input)
    return { items: page.items.map(toPatientSummary) }
  }),
  read: implement(hospital.patients.read, async (context, input) => toPatientSummary(await readPatientBanner(context.parts, signedIn(context), input))),
}

function toPatientSummary({ value, decision }: Decided<PatientBanner>) {
  const { allergies, ...banner } = value
  return { ...banner, ...(allergies === undefined ? {} : { allergies: [...allergies] }), access: toDecision(decision) }
}
