import { authorize, endPermit, groundsOf, isRefusal, type AccessRequest, type Permit } from '../../../decisions/authorize.ts'
import type { Parts } from '../../../parts.ts'
import { readGroup } from '../../mpi/merge-group.ts'
import { permittedResources, type PermittedRecord } from '../../permitted-records.ts'
import { parseResource } from '../../record-created.ts'
import type { WrittenResource } from '../check-writing.ts'
import { counts, namedIn, type ComparedRecord, type MedicineFrame } from './medicine-issues.ts'
import { COMPARED_TYPES } from './safety-issues.ts'

/** Records of one type and handle that are compared: the newest. */
const eachMax = 200

/**
 * What resources of a patient are compared with: active allergies and prescriptions in this record, and in those of the same person that clerks
 * joined with it, as far as the caller may read them. Empty where nothing is compared.
 */
export async function readMedicines(parts: Parts, permit: Permit, request: AccessRequest & { readonly patient: string }, resources: readonly Pick<WrittenResource, 'type'>[]): Promise<MedicineFrame> {
  if (!resources.some(({ type }) => COMPARED_TYPES.includes(type))) return { allergies: [], prescriptions: [] }
  const frames = [await medicinesUnder(parts, permit)]
  const { view } = groundsOf(permit)
  for (const patient of (await readGroup(view, request.patient)).members) {
    if (patient === request.patient) continue
    const other = await authorize(parts, view, { ...request, patient })
    if (isRefusal(other)) continue
    try {
      frames.push(await medicinesUnder(parts, other))
    } finally {
      endPermit(other)
    }
  }
  return { allergies: frames.flatMap(({ allergies }) => allergies), prescriptions: frames.flatMap(({ prescriptions }) => prescriptions) }
}

async function medicinesUnder(parts: Parts, permit: Permit): Promise<MedicineFrame> {
  const [allergies, prescriptions] = await Promise.all([activeOf(parts, permit, 'AllergyIntolerance'), activeOf(parts, permit, 'MedicationRequest')])
  return { allergies, prescriptions }
}

async function activeOf(parts: Parts, permit: Permit, type: string): Promise<readonly ComparedRecord[]> {
  const found: ComparedRecord[] = []
  const keep = ({ row }: PermittedRecord): boolean => row.replacedBy === undefined && ['active', 'on-hold', undefined].includes(row.status)
  for await (const { id, opening } of permittedResources(parts, permit, { types: [type], keep })) {
    const { value } = parseResource(opening.payload, id)
    if (counts(type, value)) found.push({ key: `urn:uuid:${id}`, ...namedIn(type, value) })
    if (found.length === eachMax) break
  }
  return found
}
