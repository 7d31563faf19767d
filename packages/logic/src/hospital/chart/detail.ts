import type { Actor, PendingProof } from '@careledger/identity'
import { fromUtf8, parseEntrySignature, type EntrySignature } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import { groundsOf, type Permit } from '../../decisions/authorize.ts'
import { decide, type Decided, type Disclosure } from '../../decisions/decide.ts'
import type { Opening } from '../../entries/network-definition.ts'
import { referenceId } from '../../fhir/reference-id.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { openResources, patientOfRecord, permittedRecord, type PermittedRecord, type PermittedResource } from '../permitted-records.ts'
import { parseResource } from '../record-created.ts'
import { countTypes, toChartItems, type ChartItem } from './chart-item.ts'
import { findReferenced } from './find-referenced.ts'
import { provenanceOf, type Provenance } from './provenance.ts'
import { fold, readChart, type ChartRecord } from './read-chart.ts'
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
const versionsMax = 100

/** One decision for the record with everything shown beside it. Errors: NOT_ALLOWED; CORRUPTION naming the entry. */
export function readChartDetail(parts: Parts, actor: Actor, query: { readonly id: string; readonly purpose: Purpose; readonly proof?: PendingProof | undefined }): Promise<Decided<ChartDetail>> {
  const request = { actor, operation: 'hospital.chart.detail', purpose: query.purpose, patient: patientOfRecord(query.id), proof: query.proof }
  return decide(parts, request, (permit) => readDetail(parts, permit, query.id))
}

async function readDetail(parts: Parts, permit: Permit, id: string): Promise<Disclosure<ChartDetail> | undefined> {
  const grounds = groundsOf(permit)
  const found = await permittedRecord(permit, id)
  if (found === undefined) return undefined
  const [record] = fold([found, ...(await formerVersions(permit, found))]) as [ChartRecord]
  const [[opened], entry] = await Promise.all([openResources(parts, permit, [record]) as Promise<[PermittedResource]>, grounds.view.entry(id)])
  if (entry === undefined) throw new LogicError('CORRUPTION', 'The entry of a record is missing.', { details: { id } })
  const references = referencesOf(parseResource(opened.opening.payload, id).value).slice(0, relatedMax)
  const [referenced, provenance] = await Promise.all([findReferenced(parts, permit, references), provenanceFor(parts, permit, record)])
  const related = references.flatMap(({ element, reference }) => {
    const target = referenced.get(reference)
    return target === undefined ? [] : [{ element, reference, record: target }]
  })
  const [items, stated] = await Promise.all([toChartItems(parts, grounds, [record, ...related.map((one) => one.record)]), statedBy(parts, permit, provenance)])
  const { opening } = opened
  const value: ChartDetail = {
    item: items[0] as ChartItem, patient: grounds.patient, entry: fromUtf8(entry.canonical), signature: parseEntrySignature(entry.signature), opening, provenance: stated,
    related: related.map(({ element, reference }, place) => ({ element, reference, item: items[place + 1] as ChartItem })),
  }
  return { value, types: countTypes([record, ...record.versions, ...related.map((one) => one.record), ...provenance]), consent: record.consent, entry: id }
}

/** The newest first; a version that the permit does not reach ends the chain. */
async function formerVersions(permit: Permit, { row }: PermittedRecord): Promise<readonly PermittedRecord[]> {
  const versions: PermittedRecord[] = []
  for (let id = row.replaces; id !== undefined && versions.length < versionsMax; id = versions.at(-1)?.row.replaces) {
    const version = await permittedRecord(permit, id)
    if (version === undefined) break
    versions.push(version)
  }
  return versions
}

/** Those whose row names the record, and of those that name too many for a row the ones that turn out to. */
async function provenanceFor(parts: Parts, permit: Permit, { row: { fhirId, type } }: ChartRecord): Promise<readonly PermittedResource[]> {
  if (fhirId === undefined || type === 'Provenance') return []
  const { records } = await readChart(permit, ['Provenance'])
  const asked = [...records.filter(({ row }) => row.targets?.includes(fhirId) === true), ...records.filter(({ row }) => row.targets === undefined).slice(0, openedMax)]
  const opened = asked.length === 0 ? [] : await openResources(parts, permit, asked.slice(0, 100))
  return opened.filter(({ id, opening }) => referencesOf(parseResource(opening.payload, id).value).some(({ element, reference }) => element === 'target' && referenceId(reference) === fhirId))
}

async function statedBy(parts: Parts, permit: Permit, provenance: readonly PermittedResource[]): Promise<readonly Provenance[]> {
  const agents = provenance.flatMap(({ id, opening }) => referencesOf(parseResource(opening.payload, id).value).filter(({ element }) => element === 'agent'))
  return provenanceOf(groundsOf(permit).view, provenance, await findReferenced(parts, permit, agents))
}
