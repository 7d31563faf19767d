import type { ReadView } from '@careledger/data-spec'
import type { Actor, PendingProof } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { authorize, endPermit, groundsOf, isRefusal, type AccessRequest, type Permit } from '../../decisions/authorize.ts'
import { decide, type Decided, type Disclosure } from '../../decisions/decide.ts'
import type { Parts } from '../../parts.ts'
import { readGroup } from '../mpi/merge-group.ts'
import { readBanner, type PatientBanner } from '../read-banner.ts'
import { countTypes, toChartItems, type ChartItem } from './chart-item.ts'
import { isAbnormal } from './flags.ts'
import { reachOf, readChart, type ChartRecord, type Reach } from './read-chart.ts'
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
  /** Handles of other records of this person that clerks joined with it and the caller may read too: nothing of them is on this page. */
  readonly merged: readonly string[]
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
 * One decision for the whole first look. The order of the sections is the caller's organisation's (`Instance.chartSections`). Errors:
 * NOT_ALLOWED.
 */
export function readChartSummary(parts: Parts, actor: Actor, query: { readonly patient: string; readonly purpose: Purpose; readonly proof?: PendingProof | undefined }): Promise<Decided<ChartSummary>> {
  const request = { actor, operation: 'hospital.chart.summary', purpose: query.purpose, patient: query.patient, proof: query.proof }
  return decide(parts, request, (permit) => summarise(parts, permit, request))
}

function sectionKeys({ instance }: Pick<Parts, 'instance'>, { organisation }: Pick<Actor, 'organisation'>): readonly string[] | undefined {
  return (organisation === undefined ? undefined : instance.chartSections[organisation]) ?? instance.chartSections['default']
}

async function summarise(parts: Parts, permit: Permit, request: AccessRequest): Promise<Disclosure<ChartSummary>> {
  const grounds = groundsOf(permit)
  const [banner, { records, truncated }, merged, shared] = await Promise.all([readBanner(parts, permit), readChart(permit), mergedWith(parts, grounds.view, request), sharedWith(parts, grounds)])
  const vitals = latestVitals(records.filter(({ row }) => row.status !== 'entered-in-error'))
  const sections = orderedSections(sectionKeys(parts, request.actor)).map((section) => {
    const all = chosenBy(section, records)
    return { section, all, shown: all.slice(0, section.key === 'allergies' ? allergyItems : sectionItems) }
  })
  const given: readonly ChartRecord[] = [...vitals, ...sections.flatMap(({ shown }) => shown)]
  const items = new Map((await toChartItems(parts, grounds, given)).map((item) => [item.id, item]))
  const itemsOf = (some: readonly ChartRecord[]): readonly ChartItem[] => some.flatMap(({ id }) => items.get(id) ?? [])
  const value: ChartSummary = {
    banner: banner.value, merged,
    vitals: { reach: reachOf(permit, ['Observation']), items: itemsOf(vitals) },
    latest: meaningsOf([...vitals, ...latestResults(records)]),
    sections: sections.map(({ section: { key, title, types }, all, shown }) => ({ key, title, types, reach: reachOf(permit, types), count: all.length, items: itemsOf(shown), ...(shared === undefined ? {} : { shared: shared(types) }) })),
    counts: countTypes(records.filter(({ row }) => row.replacedBy === undefined)),
    truncated,
  }
  // The banner names allergies that the first section names too: they are given out once.
  const types = { ...banner.types, ...countTypes(given) }
  return { value, types, consent: given[0]?.consent ?? banner.consent }
}

/** Each is decided by its own policy; one that may not be read is not named. */
async function mergedWith(parts: Parts, view: ReadView, request: AccessRequest): Promise<readonly string[]> {
  const found: string[] = []
  for (const patient of (await readGroup(view, request.patient)).members) {
    if (patient === request.patient) continue
    const permit = await authorize(parts, view, { ...request, patient })
    if (isRefusal(permit)) continue
    endPermit(permit)
    found.push(patient)
  }
  return found
}

function meaningsOf(records: readonly ChartRecord[]): ChartSummary['latest'] {
  const abnormal = records.filter(({ flag }) => isAbnormal(flag)).length
  const unknown = records.filter(({ flag }) => flag === undefined).length
  return { abnormal, unknown, usual: records.length - abnormal - unknown }
}
