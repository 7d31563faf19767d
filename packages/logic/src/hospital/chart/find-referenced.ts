import { groundsOf, type Permit } from '../../decisions/authorize.ts'
import { referenceId } from '../../fhir/reference-id.ts'
import type { Parts } from '../../parts.ts'
import { permittedRecord } from '../permitted-records.ts'
import { recordAddressField } from '../tables.ts'
import { fold, readChart, type ChartRecord } from './read-chart.ts'
import type { FoundReference } from './references-of.ts'

const people = ['Practitioner', 'Organization', 'PractitionerRole', 'CareTeam', 'RelatedPerson'] as const
/** What references without a type, such as `urn:uuid:`, lead to by the element they stand in. Source: FHIR R4 resource definitions. */
const targets: Readonly<Record<string, readonly string[]>> = {
  encounter: ['Encounter'], context: ['Encounter'], result: ['Observation'], hasMember: ['Observation'], derivedFrom: ['Observation', 'DocumentReference', 'ImagingStudy'], specimen: ['Specimen'], imagingStudy: ['ImagingStudy'],
  performer: people, participant: people, requester: people, author: people, recorder: people, asserter: people, provider: people, enterer: people, agent: people, careTeam: people, referral: ['ServiceRequest'],
  serviceProvider: ['Organization'], managingOrganization: ['Organization'], custodian: ['Organization'], insurer: ['Organization'], payor: ['Organization', 'RelatedPerson'], location: ['Location'], facility: ['Location'],
  reasonReference: ['Condition', 'Observation', 'Procedure'], addresses: ['Condition'], diagnosis: ['Condition'], goal: ['Goal'], prescription: ['MedicationRequest'], medicationReference: ['Medication'], basedOn: ['ServiceRequest', 'CarePlan', 'MedicationRequest'],
  claim: ['Claim'], insurance: ['Coverage'], item: ['Encounter'], procedure: ['Procedure'], partOf: ['Procedure', 'Observation'], device: ['Device'], request: ['ServiceRequest'], report: ['DiagnosticReport'],
}
/** More look-ups than this cost more than reading every row once. */
const lookupsMax = 150

/**
 * The records that references lead to, as far as the permit reaches, by the reference as written: by address where it is known or can be
 * told what type it has, else among all rows. The Patient is never among them. Of several versions the one that holds.
 */
export async function findReferenced(parts: Pick<Parts, 'vaults'>, permit: Permit, references: readonly FoundReference[]): Promise<ReadonlyMap<string, ChartRecord>> {
  const asked = references.flatMap(({ element, reference }) => {
    const id = referenceId(reference)
    const type = /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+(?:\/_history\/[^/]+)?$/.exec(reference)?.[1]
    return id === undefined || type === 'Patient' ? [] : [{ reference, id, types: type === undefined ? targets[element] : [type] }]
  })
  const lookups = asked.reduce((sum, { types }) => sum + (types?.length ?? Infinity), 0)
  return lookups > lookupsMax ? fromAll(permit, asked) : fromAddresses(parts, permit, asked as readonly (Asked & { readonly types: readonly string[] })[])
}

interface Asked {
  readonly reference: string
  readonly id: string
  readonly types?: readonly string[] | undefined
}

async function fromAddresses(parts: Pick<Parts, 'vaults'>, permit: Permit, asked: readonly (Asked & { readonly types: readonly string[] })[]): Promise<ReadonlyMap<string, ChartRecord>> {
  const { view, custodian, patient } = groundsOf(permit)
  const organisation = await parts.vaults.get(custodian)?.organisation()
  if (organisation === undefined) return new Map()
  const addresses = [...new Set(asked.flatMap(({ id, types }) => types.map((type) => `${type}/${id}`)))]
  const found = new Map(await Promise.all(addresses.map(async (address) => {
    const { rows } = await view.find({ table: 'record', index: 'address', equals: organisation.token(recordAddressField, address), limit: 20, newestFirst: true })
    const own = await Promise.all(rows.filter((row) => row.indexes['patient'] === patient).map(({ key }) => permittedRecord(permit, key)))
    return [address, fold(own.filter((record) => record !== undefined))[0]] as const
  })))
  return new Map(asked.flatMap(({ reference, id, types }) => {
    const record = types.map((type) => found.get(`${type}/${id}`)).find((one) => one !== undefined)
    return record === undefined ? [] : [[reference, record] as const]
  }))
}

async function fromAll(permit: Permit, asked: readonly Asked[]): Promise<ReadonlyMap<string, ChartRecord>> {
  const { records } = await readChart(permit)
  const byId = Map.groupBy(records.filter(({ row }) => row.fhirId !== undefined && row.type !== 'Patient'), ({ row }) => row.fhirId as string)
  return new Map(asked.flatMap(({ reference, id, types }) => {
    const record = byId.get(id)?.find(({ row }) => types === undefined || types.includes(row.type))
    return record === undefined ? [] : [[reference, record] as const]
  }))
}
