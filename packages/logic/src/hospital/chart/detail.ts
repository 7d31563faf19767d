import type { Actor, PendingProof } from '@careledger/identity'
import { fromUtf8, parseEntrySignature, type EntrySignature } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import { groundsOf, type Permit } from '../../decisions/authorize.ts'
import { decide, type Decided, type Disclosure } from '../../decisions/decide.ts'
import type { Opening } from '../../entries/network-definition.ts'
import { referenceId } from '../../fhir/reference-id.ts'
import type { Parts } from '../../parts.ts'
import { openResources, patientOfRecord, type PermittedRecord, type PermittedResource } from '../permitted-records.ts'
import { parseResource } from '../record-created.ts'
import { countTypes, toChartItems, type ChartItem } from './chart-item.ts'
import { provenanceOf, type Provenance } from './provenance.ts'
import { readChart, type ChartRecord } from './read-chart.ts'
import { referencesOf } from './references-of.ts'

/** A record that this one refers to, or that is a part of it. */
export interface RelatedRecord {
  /** The element that refers, such as `result` or `encounter`. */
  readonly element: string
  /** As written. */
  readonly reference: string
  readonly item: ChartItem
}

/** One record whole: its bytes, what it corrected, what it refers to, and where it came from. */
export interface ChartDetail {
  readonly item: ChartItem
  readonly patient: string
  /** Canonical entry. */
  readonly entry: string
  readonly signature: EntrySignature
  readonly opening: Opening
  readonly related: readonly RelatedRecord[]
  /** FHIR Provenance resources that speak of this record, the newest first. */
  readonly provenance: readonly Provenance[]
}

const relatedMax = 200
/** Provenance resources that are opened because their rows do not say what they speak of. */
const openedMax = 20

/** One decision for the record with everything shown beside it. Errors: NOT_ALLOWED; CORRUPTION naming the entry. */
export function readChartDetail(parts: Parts, actor: Actor, query: { readonly id: string; readonly purpose: Purpose; readonly proof?: PendingProof | undefined }): Promise<Decided<ChartDetail>> {
  const request = { actor, operation: 'hospital.chart.detail', purpose: query.purpose, patient: patientOfRecord(query.id), proof: query.proof }
  return decide(parts, request, (permit) => readDetail(parts, permit, query.id))
}

async function readDetail(parts: Parts, permit: Permit, id: string): Promise<Disclosure<ChartDetail> | undefined> {
  const grounds = groundsOf(permit)
  const { records } = await readChart(parts, permit)
  const record = records.find((one) => one.id === id) ?? formerVersion(records, id)
  if (record === undefined) return undefined
  const [opened] = (await openResources(parts, permit, [record])) as [PermittedResource]
  const related = relatedTo(parseResource(opened.opening.payload, id).value, records)
  const provenance = await provenanceFor(parts, permit, record, records)
  const [items, found] = await Promise.all([toChartItems(parts, grounds, [record, ...related.map((one) => one.record)]), provenanceOf(grounds.view, provenance, records)])
  const { entry, opening } = opened
  const value: ChartDetail = {
    item: items[0] as ChartItem, patient: grounds.patient, entry: fromUtf8(entry.canonical), signature: parseEntrySignature(entry.signature), opening, provenance: found,
    related: related.map(({ element, reference }, place) => ({ element, reference, item: items[place + 1] as ChartItem })),
  }
  return { value, types: countTypes([record, ...record.versions, ...related.map((one) => one.record), ...provenance]), consent: record.consent, entry: id }
}

/** A version that is folded under its successor: it stands by itself when it is asked for, with the older ones under it. */
function formerVersion(records: readonly ChartRecord[], id: string): ChartRecord | undefined {
  for (const { versions } of records) {
    const place = versions.findIndex((version) => version.id === id)
    if (place >= 0) return { ...(versions[place] as PermittedRecord), versions: versions.slice(place + 1) }
  }
  return undefined
}

function relatedTo(value: unknown, records: readonly ChartRecord[]): readonly { readonly element: string; readonly reference: string; readonly record: ChartRecord }[] {
  const byId = Map.groupBy(records.filter(({ row }) => row.fhirId !== undefined && row.type !== 'Patient'), ({ row }) => row.fhirId as string)
  return referencesOf(value).flatMap(({ element, reference }) => {
    const named = byId.get(referenceId(reference) ?? '') ?? []
    const type = /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+(?:\/_history\/[^/]+)?$/.exec(reference)?.[1]
    const record = type === undefined ? named[0] : named.find(({ row }) => row.type === type)
    return record === undefined ? [] : [{ element, reference, record }]
  }).slice(0, relatedMax)
}

/** Those whose row names the record, and of those that name too many for a row the ones that turn out to. */
async function provenanceFor(parts: Parts, permit: Permit, record: ChartRecord, records: readonly ChartRecord[]): Promise<readonly PermittedResource[]> {
  const fhirId = record.row.fhirId
  if (fhirId === undefined || record.row.type === 'Provenance') return []
  const all = records.filter(({ row }) => row.type === 'Provenance')
  const asked = [...all.filter(({ row }) => row.targets?.includes(fhirId) === true), ...all.filter(({ row }) => row.targets === undefined).slice(0, openedMax)]
  const opened = asked.length === 0 ? [] : await openResources(parts, permit, asked.slice(0, 100))
  return opened.filter(({ id, opening }) => referencesOf(parseResource(opening.payload, id).value).some(({ element, reference }) => element === 'target' && referenceId(reference) === fhirId))
}
