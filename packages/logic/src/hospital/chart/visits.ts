import { remembered } from '../remembered.ts'
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
  /** How many those are. */
  readonly size: number
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
const readingOrder = ['Condition', 'AllergyIntolerance', 'DiagnosticReport', 'Observation', 'Procedure', 'ImagingStudy', 'MedicationRequest', 'MedicationAdministration', 'MedicationDispense', 'MedicationStatement', 'Immunization', 'CarePlan', 'Goal', 'CareTeam', 'ServiceRequest', 'DocumentReference']
const last = ['Coverage', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit']
const ranks: ReadonlyMap<string, number> = new Map([...readingOrder, '', ...last].map((type, rank) => [type, rank]))

/**
 * Visits, newest first. A record belongs to the encounter it names, where that may be read; else to its day. With a filter only what it
 * keeps is in them, and a visit stays if anything of it does, its encounter named above.
 */
export function toVisits(records: readonly ChartRecord[], filter: VisitFilter = {}): readonly Visit[] {
  return filter.types === undefined && filter.from === undefined && filter.to === undefined ? wholeVisits(records) : visitsOf(records, filter)
}

const wholeVisits = remembered((records: readonly ChartRecord[]) => visitsOf(records, {}))

function visitsOf(records: readonly ChartRecord[], filter: VisitFilter): readonly Visit[] {
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
  const records = encounter === undefined ? some : some.filter((record) => record !== encounter)
  const newest = encounter?.at === undefined ? newestOf(records) : encounter
  return new LazyVisit({ key, at: newest?.at ?? -Infinity, date: newest?.row.date, encounter }, records)
}

/** Of a chart's visits one page is shown: only those are put in reading order. */
class LazyVisit implements Visit {
  readonly key: string
  readonly at: number
  readonly date: string | undefined
  readonly encounter: ChartRecord | undefined
  readonly #unordered: readonly ChartRecord[]
  #records: readonly ChartRecord[] | undefined

  constructor({ key, at, date, encounter }: Omit<Visit, 'records' | 'size'>, unordered: readonly ChartRecord[]) {
    this.key = key
    this.at = at
    this.date = date
    this.encounter = encounter
    this.#unordered = unordered
  }

  get size(): number {
    return this.#unordered.length
  }

  get records(): readonly ChartRecord[] {
    return (this.#records ??= this.#unordered.toSorted(inReadingOrder))
  }
}

/** The first in reading order of those that began last. */
function newestOf(records: readonly ChartRecord[]): ChartRecord | undefined {
  let newest: ChartRecord | undefined
  for (const record of records) {
    if (record.at === undefined) continue
    if (newest?.at === undefined || record.at > newest.at || (record.at === newest.at && inReadingOrder(record, newest) < 0)) newest = record
  }
  return newest
}

function inReadingOrder(a: ChartRecord, b: ChartRecord): number {
  return rankOf(a.row.type) - rankOf(b.row.type) || (b.at ?? 0) - (a.at ?? 0) || (a.id < b.id ? -1 : 1)
}

function rankOf(type: string): number {
  return ranks.get(type) ?? readingOrder.length
}
