import type { Guard, ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { validateResource } from '../../fhir/validate-resource.ts'
import { authorize, endPermit, groundsOf, isRefusal, type Permit } from '../../decisions/authorize.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { openResources, permittedRecord, scanRecords, type PermittedRecord } from '../permitted-records.ts'
import { readPatientRow } from '../read-banner.ts'
import { parseResource } from '../record-created.ts'
import { HOSPITAL } from '../tables.ts'
import { readMedicines } from './safety/read-medicines.ts'
import type { MedicineFrame } from './safety/medicine-issues.ts'
import { namedAuthors, outwardReferences, type FormerRecord, type WritingFrame, type WrittenResource } from './check-writing.ts'
import { writableTypes } from './writing-rules.ts'

/** A frame with what it rests on; a refusal says whether there is such a patient, for the record only. */
export type FoundFrame = { readonly frame: WritingFrame; readonly medicines: MedicineFrame; readonly guards: readonly Guard[] } | { readonly refused: true; readonly exists: boolean }

/** Whether the caller may write in this patient's chart at all: a person of the custodian whose role writes something. */
export function mayWriteUnder(permit: Permit, actor: Actor): boolean {
  const { rule, custodian } = groundsOf(permit)
  return rule === 'custodian-staff' && actor.organisation === custodian && writableTypes(actor.roles).length > 0
}

/**
 * Reads in one snapshot what resources of this patient are held against: what is known of the patient, the records that they amend, and
 * which of their references lead to records of the patient. Errors: STALE naming who amended a record first; NOT_ALLOWED for an amendment
 * of a record that this patient does not have.
 */
export async function readWritingFrame(parts: Parts, view: ReadView, actor: Actor, operation: string, patient: string, resources: readonly WrittenResource[]): Promise<FoundFrame> {
  const permit = await authorize(parts, view, { actor, operation, purpose: 'treatment', patient })
  if (isRefusal(permit)) return { refused: true, exists: permit.exists }
  try {
    if (!mayWriteUnder(permit, actor)) return { refused: true, exists: true }
    const grounds = groundsOf(permit)
    const [known, former, resolved, subjectSecret, medicines] = await Promise.all([
      readPatientRow(parts, grounds), readFormer(parts, permit, resources), resolve(permit, resources), grounds.keys.subjectSecret(HOSPITAL),
      readMedicines(parts, permit, { actor, operation, purpose: 'treatment', patient }, resources),
    ])
    return { frame: { patient, custodian: grounds.custodian, party: actor.party, known, former, resolved, subjectSecret }, medicines, guards: grounds.guards }
  } finally {
    endPermit(permit)
  }
}

async function readFormer(parts: Parts, permit: Permit, resources: readonly WrittenResource[]): Promise<ReadonlyMap<string, FormerRecord>> {
  const former = new Map<string, FormerRecord>()
  for (const [index, resource] of resources.entries()) {
    if (resource.replaces === undefined) continue
    const found = await permittedRecord(permit, resource.replaces)
    if (found === undefined || found.row.type !== resource.type) throw new LogicError('NOT_ALLOWED', 'There is no such record of this patient to amend.', { details: { id: resource.replaces, index } })
    const { replacedBy } = found.row
    if (replacedBy !== undefined && replacedBy !== resource.entry) throw amendedMeanwhile(resource, replacedBy, index)
    former.set(resource.replaces, await readFormerRecord(parts, permit, found))
  }
  return former
}

function amendedMeanwhile({ path }: WrittenResource, replacedBy: string, index: number): LogicError {
  const message = 'This record was amended by another entry meanwhile. Read that version, and amend it if yours still holds. Nothing of yours was written.'
  return new LogicError('STALE', message, { details: { index, replacedBy, problems: [{ path, code: 'amended', message }] } })
}

/** What stays valid in the next version: every reference that was there, and who had made it. */
async function readFormerRecord(parts: Parts, permit: Permit, record: PermittedRecord): Promise<FormerRecord> {
  const definitions = await loadDefinitions()
  const [opened] = await openResources(parts, permit, [record])
  const { value } = parseResource(opened?.opening.payload ?? new Uint8Array(), record.id)
  return {
    references: new Set(validateResource(definitions, value).references.map(({ reference }) => reference)),
    authors: new Set(namedAuthors({ type: record.row.type, value }).map(({ party }) => party)),
  }
}

/** Looks among the patient's records for those that the resources refer to by type and id. */
async function resolve(permit: Permit, resources: readonly WrittenResource[]): Promise<ReadonlySet<string>> {
  const wanted = Map.groupBy(await outwardReferences(resources), ({ reference }) => reference.split('/')[0] as string)
  const resolved = new Set<string>()
  for (const [type, links] of wanted) {
    const open = new Set(links.map(({ reference }) => reference))
    for await (const { record } of scanRecords(permit, { types: [type] })) {
      const reference = `${type}/${record?.row.fhirId ?? ''}`
      if (record === undefined || !open.delete(reference)) continue
      resolved.add(reference)
      if (open.size === 0) break
    }
  }
  return resolved
}
