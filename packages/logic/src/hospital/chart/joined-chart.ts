import type { Consent } from '../../consent/consent-terms.ts'
import { groundsOf, type Permit } from '../../decisions/authorize.ts'
import type { Parts } from '../../parts.ts'
import type { PersonMember } from '../mpi/decide-person.ts'
import { countTypes, toChartItems, type ChartItem } from './chart-item.ts'
import { reachOf, readChart, type Chart, type ChartRecord, type Reach } from './read-chart.ts'

/** The chart of one of the patients who were said to be one person, under its own permit. */
export interface MemberChart extends Chart {
  readonly patient: string
  readonly permit: Permit
}

/** The charts of one person: that of the patient who was asked about first. */
export type JoinedCharts = readonly [MemberChart, ...MemberChart[]]

/** `types`: resource types; absent: all. `members`: as `decidePerson` gives them. */
export async function readMembers(members: readonly PersonMember[], types?: readonly string[]): Promise<JoinedCharts> {
  return (await Promise.all(members.map(async ({ patient, permit }) => ({ patient, permit, ...(await readChart(permit, types)) })))) as unknown as JoinedCharts
}

/** All records, newest entry first. Of one patient it is the very list that was read, so that what is remembered of it holds. */
export function recordsOf([first, ...others]: JoinedCharts): readonly ChartRecord[] {
  return others.length === 0 ? first.records : [first, ...others].flatMap(({ records }) => records).toSorted((a, b) => (a.id < b.id ? 1 : -1))
}

/** Only where all may be read whole does silence mean that there is nothing. */
export function joinedReach(charts: JoinedCharts, types: readonly string[]): Reach {
  const reaching = new Set(charts.map(({ permit }) => reachOf(permit, types)))
  const [reach = 'part'] = reaching
  return reaching.size === 1 ? reach : 'part'
}

/** Items by entry id; those of another patient than the one asked about name it. */
export async function toJoinedItems(parts: Parts, charts: JoinedCharts, records: readonly ChartRecord[]): Promise<ReadonlyMap<string, ChartItem>> {
  const items = await Promise.all(byMember(charts, records).map(async ({ patient, permit, some }) => {
    const found = await toChartItems(parts, groundsOf(permit), some)
    return patient === charts[0].patient ? found : found.map((item) => ({ ...item, patient }))
  }))
  return new Map(items.flat().map((item) => [item.id, item]))
}

/** What is given out of each patient, for the decision about that patient. */
export function givenOf(charts: JoinedCharts, records: readonly ChartRecord[]): (patient: string) => { readonly types: Readonly<Record<string, number>>; readonly consent?: Consent | undefined } {
  const given = new Map(byMember(charts, records).map(({ patient, some }) => [patient, some]))
  return (patient) => {
    const some = given.get(patient) ?? []
    return { types: countTypes(some), consent: some[0]?.consent }
  }
}

function byMember(charts: JoinedCharts, records: readonly ChartRecord[]): readonly { readonly patient: string; readonly permit: Permit; readonly some: readonly ChartRecord[] }[] {
  const [only, ...others] = charts
  if (others.length === 0) return [{ patient: only.patient, permit: only.permit, some: records }]
  const owners = new Map(charts.flatMap((chart) => chart.records.map(({ id }) => [id, chart] as const)))
  return charts.map((chart) => ({ patient: chart.patient, permit: chart.permit, some: records.filter(({ id }) => owners.get(id) === chart) }))
}
