import { dayOf, touches } from './clinical-time.ts'
import type { ChartRecord } from './read-chart.ts'

/** What belongs together in a timeline: a visit with what was written in it, a day outside of visits, or what has no date. */
export interface Visit {
  /** Unique within a chart. */
  readonly key: string
  /** Milliseconds at which it began; `-Infinity` where nothing in it has a date. */
  readonly at: number
  /** The day it began, as written. */
  readonly date?: string | undefined
  readonly encounter?: ChartRecord | undefined
  /** What was written in it, without the encounter itself, in reading order. */
  readonly records: readonly ChartRecord[]
}

export interface VisitFilter {
  readonly types?: readonly string[] | undefined
  /** Days, both included. What has no date lies outside of any range. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Who and where, and what is said about other records: they stand behind what happened and are no happening of their own. */
const background: ReadonlySet<string> = new Set(['Patient', 'Practitioner', 'PractitionerRole', 'Organization', 'Location', 'RelatedPerson', 'Person', 'HealthcareService', 'Endpoint', 'Provenance', 'Medication'])
/** Within a visit: why, what was found, what was done, what was given, and last what it cost. */
const readingOrder: readonly string[] = ['Condition', 'AllergyIntolerance', 'DiagnosticReport', 'Observation', 'Procedure', 'ImagingStudy', 'MedicationRequest', 'MedicationAdministration', 'MedicationDispense', 'MedicationStatement', 'Immunization', 'CarePlan', 'Goal', 'CareTeam', 'ServiceRequest', 'DocumentReference']
const last: readonly string[] = ['Coverage', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit']

/**
 * Visits, newest first. A record belongs to the encounter it names, where that may be read; else to its day. With a filter only what it
 * keeps is in them, and a visit stays if anything of it does, its encounter named above.
 */
export function toVisits(records: readonly ChartRecord[], filter: VisitFilter = {}): readonly Visit[] {
  const encounters = new Map(records.filter(({ row }) => row.type === 'Encounter' && row.fhirId !== undefined).map((record) => [record.row.fhirId as string, record]))
  const keeps = ({ row }: ChartRecord): boolean => (filter.types === undefined ? !background.has(row.type) : filter.types.includes(row.type)) && touches(row.date, filter.from, filter.to)
  const groups = Map.groupBy(records.filter(keeps), (record) => keyOf(record, encounters))
  return [...groups].map(([key, some]) => toVisit(key, some, encounters)).toSorted(compareVisits)
}

/** Newest first; of two that began together the greater key. */
export function compareVisits(a: Pick<Visit, 'at' | 'key'>, b: Pick<Visit, 'at' | 'key'>): number {
  if (a.at !== b.at) return a.at > b.at ? -1 : 1
  return a.key === b.key ? 0 : a.key > b.key ? -1 : 1
}

function keyOf({ id, row }: ChartRecord, encounters: ReadonlyMap<string, ChartRecord>): string {
  if (row.type === 'Encounter') return `visit/${row.fhirId !== undefined && encounters.get(row.fhirId)?.id === id ? row.fhirId : id}`
  if (row.encounter !== undefined && encounters.has(row.encounter)) return `visit/${row.encounter}`
  return row.date === undefined ? 'undated' : `day/${dayOf(row.date)}`
}

function toVisit(key: string, some: readonly ChartRecord[], encounters: ReadonlyMap<string, ChartRecord>): Visit {
  const encounter = key.startsWith('visit/') ? (encounters.get(key.slice('visit/'.length)) ?? some.find(({ row }) => row.type === 'Encounter')) : undefined
  const records = some.filter((record) => record !== encounter).toSorted(inReadingOrder)
  const newest = [encounter, ...records.toSorted((a, b) => (b.at ?? -Infinity) - (a.at ?? -Infinity))].find((record) => record?.at !== undefined)
  return { key, at: newest?.at ?? -Infinity, records, ...(newest?.row.date === undefined ? {} : { date: newest.row.date }), ...(encounter === undefined ? {} : { encounter }) }
}

function inReadingOrder(a: ChartRecord, b: ChartRecord): number {
  return rankOf(a.row.type) - rankOf(b.row.type) || (b.at ?? 0) - (a.at ?? 0) || (a.id < b.id ? -1 : 1)
}

function rankOf(type: string): number {
  const place = readingOrder.indexOf(type)
  return place >= 0 ? place : last.includes(type) ? readingOrder.length + 1 + last.indexOf(type) : readingOrder.length
}
