import type { ChartRecord } from './read-chart.ts'
import { newestFirst } from './read-chart.ts'
import { isAbnormal } from './flags.ts'
import { ingredientOf } from './ingredient.ts'

/** One section of the summary, as data: a hospital chooses which it shows and in which order. */
export interface Section {
  readonly key: string
  /** English; screens have words of their own by key. */
  readonly title: string
  readonly types: readonly string[]
  /** The records of these types that it names, the most important first. */
  choose(records: readonly ChartRecord[]): readonly ChartRecord[]
}

const statusIn = (...statuses: readonly (string | undefined)[]) => ({ row }: ChartRecord): boolean => statuses.includes(row.status)
const newest = (records: readonly ChartRecord[]): readonly ChartRecord[] => records.toSorted(newestFirst)
/** The newest of each thing; what has no name of its own is never taken for another. */
const latestOf = (records: readonly ChartRecord[], name: (record: ChartRecord) => string): readonly ChartRecord[] => [...new Map(newest(records).toReversed().map((record) => [name(record), record])).values()].toSorted(newestFirst)
const thing = ({ row }: ChartRecord): string => row.code ?? row.title

/** Vital signs by LOINC code, in the order they are read at a bedside (HL7 FHIR vital signs profile). */
const vitalCodes: readonly string[] = ['85354-9', '55284-4', '8867-4', '9279-1', '8310-5', '59408-5', '2708-6', '29463-7', '8302-2', '39156-5', '72514-3']
const loinc = 'http://loinc.org|'

export function isVital({ row }: ChartRecord): boolean {
  return row.type === 'Observation' && row.measure !== undefined && (row.category === 'vital-signs' || (row.code?.startsWith(loinc) === true && vitalCodes.includes(row.code.slice(loinc.length))))
}

/** The newest of each vital sign, in bedside order. */
export function latestVitals(records: readonly ChartRecord[]): readonly ChartRecord[] {
  const rank = ({ row }: ChartRecord): number => (vitalCodes.indexOf(row.code?.slice(loinc.length) ?? '') + 1 || vitalCodes.length + 1)
  return latestOf(records.filter(isVital), thing).toSorted((a, b) => rank(a) - rank(b))
}

const isResult = (record: ChartRecord): boolean => !isVital(record) && !statusIn('cancelled', 'registered')(record) && !['survey', 'social-history', 'exam', 'activity', 'therapy'].includes(record.row.category ?? '')
const abnormalFirst = (a: ChartRecord, b: ChartRecord): number => Number(isAbnormal(b.flag)) - Number(isAbnormal(a.flag)) || newestFirst(a, b)

/** Every section there is, in the order shown unless a hospital says otherwise: what can harm first. */
export const SECTIONS: readonly Section[] = [
  { key: 'allergies', title: 'Allergies', types: ['AllergyIntolerance'], choose: (records) => newest(records.filter(statusIn('active', undefined))) },
  { key: 'problems', title: 'Active conditions', types: ['Condition'], choose: (records) => latestOf(records.filter(statusIn('active', 'recurrence', 'relapse', undefined)), thing) },
  { key: 'medicines', title: 'Current medicines', types: ['MedicationRequest', 'MedicationStatement'], choose: (records) => latestOf(records.filter(statusIn('active', 'on-hold', 'intended')), ({ row }) => ingredientOf(row.title)) },
  { key: 'results', title: 'Latest results', types: ['Observation'], choose: (records) => latestOf(records.filter(isResult), thing).toSorted(abnormalFirst) },
  { key: 'visits', title: 'Visits', types: ['Encounter'], choose: newest },
  { key: 'reports', title: 'Reports', types: ['DiagnosticReport'], choose: newest },
  { key: 'procedures', title: 'Procedures', types: ['Procedure'], choose: newest },
  { key: 'immunizations', title: 'Vaccinations', types: ['Immunization'], choose: (records) => latestOf(records, thing) },
  { key: 'plans', title: 'Care plans, goals and teams', types: ['CarePlan', 'Goal', 'CareTeam'], choose: (records) => newest(records.filter(statusIn('active', 'accepted', 'planned', 'in-progress', 'proposed', 'on-hold', undefined))) },
  { key: 'documents', title: 'Documents and images', types: ['DocumentReference', 'ImagingStudy', 'Media', 'Composition'], choose: newest },
  { key: 'orders', title: 'Orders and appointments', types: ['ServiceRequest', 'Appointment', 'Task', 'DeviceRequest', 'NutritionOrder'], choose: newest },
  { key: 'devices', title: 'Devices', types: ['Device', 'DeviceUseStatement'], choose: newest },
  { key: 'family', title: 'Family history', types: ['FamilyMemberHistory'], choose: newest },
  { key: 'cover', title: 'Insurance and claims', types: ['Coverage', 'Claim', 'ExplanationOfBenefit'], choose: newest },
]

export const SECTION_KEYS: readonly string[] = SECTIONS.map(({ key }) => key)

/** What has been said in error is in no section; everything else is the section's to choose. */
export function chosenBy(section: Section, records: readonly ChartRecord[]): readonly ChartRecord[] {
  return section.choose(records.filter(({ row }) => section.types.includes(row.type) && row.status !== 'entered-in-error' && row.replacedBy === undefined))
}

/** The newest of each measured result that is no vital sign. */
export function latestResults(records: readonly ChartRecord[]): readonly ChartRecord[] {
  const section = SECTIONS.find(({ key }) => key === 'results')
  return section === undefined ? [] : chosenBy(section, records).filter(({ row }) => row.measure !== undefined)
}

/** Sections in the order a hospital asks for. Allergies cannot be left out: where they are not named, they come first. */
export function orderedSections(keys: readonly string[] | undefined): readonly Section[] {
  if (keys === undefined) return SECTIONS
  const named = keys.includes('allergies') ? keys : ['allergies', ...keys]
  return named.flatMap((key) => SECTIONS.find((section) => section.key === key) ?? [])
}
