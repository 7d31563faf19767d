import type { Actor } from '@careledger/identity'
import { subjectPseudonym, type JsonNode } from '@careledger/proof'
import { groundsOf, type Permit } from '../../decisions/authorize.ts'
import { decide, type Decided } from '../../decisions/decide.ts'
import { item, member } from '../../fhir/describe-value.ts'
import { asList, asObject, asText, codingsIn, type Json } from '../../fhir/read-values.ts'
import type { Parts } from '../../parts.ts'
import type { CodeUse } from '../codes/code-list.ts'
import { permittedResources, scanRecords, type PermittedResource } from '../permitted-records.ts'
import { readPatientRow } from '../read-banner.ts'
import { parseResource } from '../record-created.ts'
import { HOSPITAL, type PatientRow } from '../tables.ts'
import { mayWriteUnder } from './writing-frame.ts'
import { writableTypes } from './writing-rules.ts'

export interface WritingQuery {
  readonly patient: string
  /** LOINC codes whose newest value is asked for, at most 20. */
  readonly results?: readonly string[] | undefined
}

/** What somebody needs to write in a chart: how to name the patient, what they may write, and which values and visits stand beside the form. */
export interface WritingPlace {
  /** Pseudonym to sign the entries with, base64url. */
  readonly subject: string
  readonly custodian: string
  /** How resources refer to the patient here, for example `Patient/123`. */
  readonly reference: string
  /** Resource types that the caller's roles write. */
  readonly types: readonly string[]
  /** Newest by clinical date of each code that was asked for, among the 300 Observations that were written last. */
  readonly results: readonly LastResult[]
  /** Codes that the patient's records use, the newest first: at most 200. */
  readonly known: readonly KnownCode[]
  /** Visits that a record can belong to: the newest five by the time they were written. */
  readonly encounters: readonly KnownEncounter[]
}

export interface KnownCode {
  readonly use: CodeUse
  readonly text: string
  readonly coding: { readonly system?: string | undefined; readonly code: string }
}

export interface KnownEncounter {
  /** `Encounter/<id>`. */
  readonly reference: string
  readonly text: string
  readonly date?: string | undefined
}

export interface LastResult {
  readonly id: string
  readonly code: string
  /** As it was written: 1.10 is not 1.1. */
  readonly value: string
  readonly unit?: string | undefined
  readonly date?: string | undefined
}

const openedMax = 300

/** Errors: NOT_ALLOWED where the caller does not write in this patient's chart. */
export function prepareWriting(parts: Parts, actor: Actor, query: WritingQuery): Promise<Decided<WritingPlace>> {
  return decide(parts, { actor, operation: 'hospital.writing.prepare', purpose: 'treatment', patient: query.patient }, async (permit) => {
    if (!mayWriteUnder(permit, actor)) return undefined
    const grounds = groundsOf(permit)
    const [row, secret, results, encounters, known] = await Promise.all([
      readPatientRow(parts, grounds), grounds.keys.subjectSecret(HOSPITAL),
      newestResults(parts, permit, query.results ?? []), newestEncounters(permit), knownCodes(permit),
    ])
    const value: WritingPlace = {
      subject: subjectPseudonym(secret), custodian: grounds.custodian, reference: referenceTo(row), types: writableTypes(actor.roles), results, encounters, known,
    }
    return { value, types: { Observation: results.length, Encounter: encounters.length } }
  })
}

/** The way that the newest resources of the patient use; where there are none, the handle. */
function referenceTo({ references, patient }: Pick<PatientRow, 'references' | 'patient'>): string {
  return references.findLast((reference) => reference.startsWith('Patient/')) ?? `Patient/${patient}`
}

async function newestResults(parts: Parts, permit: Permit, codes: readonly string[]): Promise<readonly LastResult[]> {
  const newest = new Map<string, LastResult>()
  let opened = 0
  if (codes.length === 0) return []
  for await (const resource of permittedResources(parts, permit, { types: ['Observation'] })) {
    for (const result of resource.row.status === 'entered-in-error' ? [] : resultsIn(resource)) {
      const known = newest.get(result.code)
      if (codes.includes(result.code) && (known === undefined || (known.date ?? '') < (result.date ?? ''))) newest.set(result.code, result)
    }
    if (++opened === openedMax) break
  }
  return [...newest.values()]
}

/** What the form of each use looks for among the records. */
const usesOf: Readonly<Record<string, CodeUse>> = { Condition: 'condition', AllergyIntolerance: 'allergy', MedicationRequest: 'medicine', MedicationStatement: 'medicine', ServiceRequest: 'order' }
const knownMax = 200

/** From rows alone: nothing is opened. */
async function knownCodes(permit: Permit): Promise<readonly KnownCode[]> {
  const found = new Map<string, KnownCode>()
  for await (const { record } of scanRecords(permit, { types: Object.keys(usesOf) })) {
    const { type = '', code, title = '', status } = record?.row ?? {}
    const use = usesOf[type]
    if (use === undefined || code === undefined || status === 'entered-in-error' || found.has(`${use} ${code}`)) continue
    const bar = code.indexOf('|')
    const system = code.slice(0, bar)
    found.set(`${use} ${code}`, { use, text: title, coding: { code: code.slice(bar + 1), ...(system === '' ? {} : { system }) } })
    if (found.size === knownMax) break
  }
  return [...found.values()]
}

const encountersMax = 5

async function newestEncounters(permit: Permit): Promise<readonly KnownEncounter[]> {
  const found: KnownEncounter[] = []
  for await (const { record } of scanRecords(permit, { types: ['Encounter'] })) {
    if (record === undefined || record.row.fhirId === undefined || record.row.replacedBy !== undefined || record.row.status === 'entered-in-error') continue
    const { fhirId, title, date } = record.row
    found.push({ reference: `Encounter/${fhirId}`, text: title, ...(date === undefined ? {} : { date }) })
    if (found.length === encountersMax) break
  }
  return found
}

const loinc = 'http://loinc.org'

/** The value of an Observation and those of its components, by LOINC code. */
function resultsIn({ id, row, opening }: PermittedResource): readonly LastResult[] {
  const { node, value } = parseResource(opening.payload, id)
  const resource = asObject(value) ?? {}
  const of = (part: Json, place: JsonNode | undefined): readonly LastResult[] => {
    const quantity = member(place, 'valueQuantity')
    const raw = member(quantity, 'value')
    if (raw?.kind !== 'number') return []
    const unit = asText(asObject(part['valueQuantity'])?.['unit']) ?? asText(asObject(part['valueQuantity'])?.['code'])
    return codingsIn(part['code']).filter(({ system }) => system === loinc).map(({ code }) => ({
      id, code, value: raw.raw, ...(unit === undefined ? {} : { unit }), ...(row.date === undefined ? {} : { date: row.date }),
    }))
  }
  const components = asList(resource['component']).flatMap((part, place) => of(asObject(part) ?? {}, item(member(node, 'component'), place)))
  return [...of(resource, node), ...components]
}
