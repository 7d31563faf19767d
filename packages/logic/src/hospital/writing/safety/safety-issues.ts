import { loadUnits } from '../../chart/units.ts'
import { parseResource } from '../../record-created.ts'
import { isWithdrawn, type WrittenResource } from '../check-writing.ts'
import { acknowledgementsIn } from './acknowledged.ts'
import { counts, medicineIssues, namedIn, type ComparedRecord, type FoundLikeness, type MedicineFrame } from './medicine-issues.ts'
import { SAFETY_RULES, type SafetyIssue } from './safety-issue.ts'
import { valueIssues, type FoundValue } from './value-issues.ts'

/** Types that are compared with what the chart has. */
export const COMPARED_TYPES: readonly string[] = ['MedicationRequest', 'AllergyIntolerance']

/**
 * Everything that speaks against resources as they are written, in their order: against the chart, against what stands before them in the same
 * write, and against what is possible. A withdrawal is not checked.
 */
export async function safetyIssues(resources: readonly WrittenResource[], frame: MedicineFrame): Promise<readonly SafetyIssue[]> {
  const units = resources.some(({ type }) => type === 'Observation') ? await loadUnits() : undefined
  // What is amended does not speak against its next version, nor a record against itself when it comes once more.
  const own = new Set(resources.flatMap(({ replaces, entry }) => [replaces, entry].flatMap((id) => (id === undefined ? [] : [`urn:uuid:${id}`]))))
  const standing = (records: readonly ComparedRecord[]): readonly ComparedRecord[] => records.filter(({ key }) => !own.has(key))
  const [allergies, prescriptions] = [[...standing(frame.allergies)], [...standing(frame.prescriptions)]]
  const issues: SafetyIssue[] = []
  for (const resource of resources) {
    const { type, value, id } = resource
    if (isWithdrawn(value, type)) continue
    if (type === 'Observation' && units !== undefined) issues.push(...answered(resource, valueIssues(value, parseResource(resource.bytes, resource.path).node, units)))
    if (!COMPARED_TYPES.includes(type)) continue
    issues.push(...answered(resource, medicineIssues(type, value, { allergies, prescriptions })))
    if (id !== undefined && counts(type, value)) (type === 'MedicationRequest' ? prescriptions : allergies).push({ key: `${type}/${id}`, ...namedIn(type, value) })
  }
  return issues
}

function answered({ path, value }: WrittenResource, found: readonly (FoundLikeness | FoundValue)[]): readonly SafetyIssue[] {
  const given = found.length === 0 ? [] : acknowledgementsIn(value)
  return found.map((one) => {
    const { severity, act, message } = SAFETY_RULES[one.code]
    const { place, ...facts } = { place: '', ...one }
    const acknowledged = severity === 'warning' && given.some((answer) => answer.act === act && answer.key === one.key)
    return { ...facts, path: place === '' ? path : `${path}.${place}`, severity, message, acknowledged, ...(act === undefined ? {} : { act }) }
  })
}
