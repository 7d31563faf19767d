import type { Actor, PendingProof } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { groundsOf } from '../../decisions/authorize.ts'
import type { Decided } from '../../decisions/decide.ts'
import type { Parts } from '../../parts.ts'
import { decideJoined, type PersonDisclosure } from '../mpi/decide-person.ts'
import { readBanner, type PatientBanner } from '../read-banner.ts'
import { countTypes, type ChartItem } from './chart-item.ts'
import { isAbnormal } from './flags.ts'
import { givenOf, joinedReach, readMembers, recordsOf, toJoinedItems, type JoinedCharts } from './joined-chart.ts'
import type { ChartRecord, Reach } from './read-chart.ts'
import { sharedWith } from './shared-with.ts'
import { chosenBy, latestResults, latestVitals, orderedSections } from './sections.ts'

export interface SummarySection {
  readonly key: string
  readonly title: string
  readonly types: readonly string[]
  readonly reach: Reach
  /** How many there are to name, of which `items` are the first. */
  readonly count: number
  /** Other hospitals that may read these types for treatment now; absent where the reader is one of them. */
  readonly shared?: number | undefined
  readonly items: readonly ChartItem[]
}

/** The first look at a patient: who they are, the last vital signs, and a hospital's sections in a hospital's order. */
export interface ChartSummary {
  readonly banner: PatientBanner
  /** Other patient records of this person that clerks joined with it and the caller may read too: what is in them is on this page. */
  readonly merged: readonly Pick<PatientBanner, 'patient' | 'custodianName' | 'localNumber'>[]
  readonly vitals: { readonly reach: Reach; readonly items: readonly ChartItem[] }
  /** Of the latest results and vital signs: how many say that they are not as usual, that they are, and neither. */
  readonly latest: { readonly abnormal: number; readonly usual: number; readonly unknown: number }
  readonly sections: readonly SummarySection[]
  /** Current records by type, within the permit. */
  readonly counts: Readonly<Record<string, number>>
  readonly truncated: boolean
}

/** Records that one section names. */
const sectionItems = 6
/** Allergies are never cut short. */
const allergyItems = 50

/**
 * One decision for the whole first look, for each patient record of the person that the caller may read. The order of the sections is the caller's organisation's (`Instance.chartSections`). Errors:
 * NOT_ALLOWED.
 */
export function readChartSummary(parts: Parts, actor: Actor, query: { readonly patient: string; readonly purpose: Purpose; readonly proof?: PendingProof | undefined }): Promise<Decided<ChartSummary>> {
  const request = { actor, operation: 'hospital.chart.summary', purpose: query.purpose, proof: query.proof, patients: () => Promise.resolve([query.patient]) }
  return decideJoined(parts, request, async (members) => summarise(parts, await readMembers(members), actor))
}

function sectionKeys({ instance }: Pick<Parts, 'instance'>, { organisation }: Pick<Actor, 'organisation'>): readonly string[] | undefined {
  return (organisation === undefined ? undefined : instance.chartSections[organisation]) ?? instance.chartSections['default']
}

async function summarise(parts: Parts, charts: JoinedCharts, actor: Actor): Promise<PersonDisclosure<ChartSummary>> {
  const records = recordsOf(charts)
  const [banners, shared] = await Promise.all([Promise.all(charts.map(({ permit }) => readBanner(parts, permit))), sharedWith(parts, groundsOf(charts[0].permit))])
  const vitals = latestVitals(records.filter(({ row }) => row.status !== 'entered-in-error'))
  const sections = orderedSections(sectionKeys(parts, actor)).map((section) => {
    const all = chosenBy(section, records)
    return { section, all, shown: all.slice(0, section.key === 'allergies' ? allergyItems : sectionItems) }
  })
  const given: readonly ChartRecord[] = [...vitals, ...sections.flatMap(({ shown }) => shown)]
  const items = await toJoinedItems(parts, charts, given)
  const itemsOf = (some: readonly ChartRecord[]): readonly ChartItem[] => some.flatMap(({ id }) => items.get(id) ?? [])
  const value: ChartSummary = {
    banner: joinedBanner(banners.map(({ value: banner }) => banner)),
    merged: banners.slice(1).map(({ value: { patient, custodianName, localNumber } }) => ({ patient, custodianName, ...(localNumber === undefined ? {} : { localNumber }) })),
    vitals: { reach: joinedReach(charts, ['Observation']), items: itemsOf(vitals) },
    latest: meaningsOf([...vitals, ...latestResults(records)]),
    sections: sections.map(({ section: { key, title, types }, all, shown }) => ({ key, title, types, reach: joinedReach(charts, types), count: all.length, items: itemsOf(shown), ...(shared === undefined ? {} : { shared: shared(types) }) })),
    counts: countTypes(records.filter(({ row }) => row.replacedBy === undefined)),
    truncated: charts.some(({ truncated }) => truncated),
  }
  const of = givenOf(charts, given)
  return {
    value,
    of: (patient) => {
      const banner = banners[charts.findIndex((chart) => chart.patient === patient)]
      const { types, consent } = of(patient)
      // The banner names allergies that the first section names too: they are given out once.
      return { types: { ...banner?.types, ...types }, consent: consent ?? banner?.consent }
    },
  }
}

/** The banner of the one asked about, with the allergies of all: what can harm is said wherever it was written down. */
function joinedBanner([first, ...others]: readonly PatientBanner[]): PatientBanner {
  const known = [first, ...others].flatMap((banner) => (banner?.allergies === undefined ? [] : [banner.allergies]))
  return known.length === 0 || others.length === 0 ? (first as PatientBanner) : { ...(first as PatientBanner), allergies: [...new Set(known.flat())] }
}

function meaningsOf(records: readonly ChartRecord[]): ChartSummary['latest'] {
  const abnormal = records.filter(({ flag }) => isAbnormal(flag)).length
  const unknown = records.filter(({ flag }) => flag === undefined).length
  return { abnormal, unknown, usual: records.length - abnormal - unknown }
}
