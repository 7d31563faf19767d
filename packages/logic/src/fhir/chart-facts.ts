import type { JsonNode } from '@careledger/proof'
import { doseText } from './dose.ts'
import { measureOf, type Measure } from './measure.ts'
import { asList, asObject, asText, first, type Json } from './read-values.ts'
import { referenceId } from './reference-id.ts'

/**
 * What lists, trends and search need of a resource besides its title, so that they open no payload: small, generic, and made from the
 * resource alone. A member that the resource does not say is absent.
 */
export interface ChartFacts {
  /** Id of the Encounter it belongs to, without type or `urn:uuid:`. */
  readonly encounter?: string | undefined
  /** `system|code` of what it is about: the first coding of `code`, of the medication, or of the vaccine. */
  readonly code?: string | undefined
  /** Every coding of `code` and of `category` as `system|code`, at most 20 each (absent where there are more): what a search need not open to pass over. */
  readonly codes?: readonly string[] | undefined
  readonly categories?: readonly string[] | undefined
  /** Code of the first category: `laboratory`, `vital-signs`. */
  readonly category?: string | undefined
  /** Of an Observation with a number, or with parts that have one. */
  readonly measure?: Measure | undefined
  /** Of a medicine: how to take it, in words. At most 160 characters. */
  readonly dose?: string | undefined
  /** Of a medicine named by reference only: id of the Medication. */
  readonly medication?: string | undefined
  /** Of a prescription or order: the party of the ledger whom it names as its maker. */
  readonly maker?: string | undefined
  /** Of a Provenance: ids of what it speaks of, at most eight; absent where there are more, so that a row stays small. */
  readonly targets?: readonly string[] | undefined
}

const targetsMax = 8
const codingsMax = 20
const medicines: ReadonlySet<string> = new Set(['MedicationRequest', 'MedicationStatement', 'MedicationDispense', 'MedicationAdministration'])

/** @param node where the resource stands in its text, so that numbers are kept as written */
export function chartFacts(value: unknown, node?: JsonNode): ChartFacts {
  const resource = asObject(value) ?? {}
  const type = asText(resource['resourceType'])
  const facts: ChartFacts = {
    encounter: type === 'Encounter' ? undefined : encounterOf(resource),
    code: codeOf(resource),
    codes: codingsOf(resource['code']),
    categories: codingsOf(resource['category']),
    category: asText(first(first(resource['category'])?.['coding'])?.['code']),
    measure: type === 'Observation' ? measureOf(resource, node) : undefined,
    dose: type !== undefined && medicines.has(type) ? doseText(resource, node) : undefined,
    medication: medicationOf(resource),
    maker: type === 'MedicationRequest' || type === 'ServiceRequest' ? makerOf(resource) : undefined,
    targets: type === 'Provenance' ? targetsOf(resource) : undefined,
  }
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined)) as ChartFacts
}

/** `encounter` of most types, `context` of documents and of some medicines, the item's of claims. */
function encounterOf(resource: Json): string | undefined {
  const context = asObject(resource['context'])
  const places = [resource['encounter'], context?.['encounter'], context, first(resource['item'])?.['encounter']]
  for (const place of places) {
    const reference = asText(first(place)?.['reference'])
    if (reference !== undefined && (place !== context || reference.includes('Encounter/') || reference.startsWith('urn:'))) return referenceId(reference)
  }
  return undefined
}

function codeOf(resource: Json): string | undefined {
  const concept = resource['code'] ?? resource['medicationCodeableConcept'] ?? resource['vaccineCode']
  const coding = asList(asObject(concept)?.['coding']).map(asObject).find((each) => asText(each?.['code']) !== undefined)
  const code = asText(coding?.['code'])
  return code === undefined || code.length > 64 ? undefined : `${(asText(coding?.['system']) ?? '').slice(0, 128)}|${code}`
}

/** `undefined`: there are more than a row keeps, or codes of another form. */
function codingsOf(concepts: unknown): readonly string[] | undefined {
  const found: string[] = []
  for (const concept of asList(concepts).map(asObject)) {
    if (concept === undefined) return undefined
    for (const coding of asList(concept['coding']).map(asObject)) found.push(`${asText(coding?.['system']) ?? ''}|${asText(coding?.['code']) ?? ''}`)
  }
  return found.length > codingsMax ? undefined : found
}

/** A medicine that stands inside the resource has its name in the title already. */
function medicationOf(resource: Json): string | undefined {
  const reference = asObject(resource['medicationReference'])
  return reference === undefined || asText(reference['display']) !== undefined ? undefined : referenceId(asText(reference['reference']))
}

function makerOf(resource: Json): string | undefined {
  const identifier = asObject(asObject(resource['requester'])?.['identifier'])
  return identifier?.['system'] === 'urn:careledger:party' ? asText(identifier['value']) : undefined
}

function targetsOf(resource: Json): readonly string[] | undefined {
  const ids = [...new Set(asList(resource['target']).map((target) => referenceId(asText(asObject(target)?.['reference']))).filter((id) => id !== undefined))]
  return ids.length > targetsMax ? undefined : ids
}
