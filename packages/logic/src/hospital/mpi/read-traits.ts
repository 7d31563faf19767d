import type { Patient } from '@medplum/fhirtypes'
import { fromUtf8 } from '@careledger/proof'
import type { Permit } from '../../decisions/authorize.ts'
import type { Parts } from '../../parts.ts'
import { permittedResources } from '../permitted-records.ts'
import { patientTraits, type PatientTraits } from './traits.ts'

/** Traits out of the newest Patient resource that the permit reaches; `undefined`: there is none. */
export async function readTraits(parts: Parts, permit: Permit): Promise<PatientTraits | undefined> {
  for await (const { opening } of permittedResources(parts, permit, { types: ['Patient'], page: 100 })) return patientTraits(JSON.parse(fromUtf8(opening.payload)) as Patient)
  return undefined
}
