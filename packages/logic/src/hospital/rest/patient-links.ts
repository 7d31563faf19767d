import type { Guard } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { fromUtf8, nodeValue, readJson, utf8, type JsonObjectNode } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import { authorize, endPermit, groundsOf, isConsented, isRefusal, type Grounds, type Permit } from '../../decisions/authorize.ts'
import { newDecision, type DecisionRecord } from '../../decisions/decision-record.ts'
import { readRow } from '../../entries/rows.ts'
import type { Parts } from '../../parts.ts'
import type { MergeRow } from '../mpi/merge-entries.ts'
import { scanRecords } from '../permitted-records.ts'

/** What a Patient's `link` says of another patient who was said to be the same person. */
export interface PatientLink {
  /** Id of the other Patient. */
  readonly id: string
  readonly type: 'replaced-by' | 'replaces'
}

/** Who asks, by which operation, for what. */
export interface Asked {
  readonly actor: Actor
  readonly operation: string
  readonly purpose: Purpose
}

/**
 * The merges of a patient, with the ids of the others as far as the caller may read them. A link is what the custodian decided about both; who may
 * not read the other sees none. Whose link is shown is told of it: `decisions`, one for each.
 */
export async function linksOf(parts: Pick<Parts, 'vaults' | 'now' | 'openedCharts'>, { view, patient }: Grounds, asked: Asked): Promise<{ readonly links: readonly PatientLink[]; readonly guards: readonly Guard[]; readonly decisions: readonly DecisionRecord[] }> {
  const [above, below] = await Promise.all([view.projection('patient-merge', patient), view.find({ table: 'patient-merge', index: 'patient', equals: patient, limit: 32 })])
  const guards: Guard[] = [{ table: 'patient-merge', key: patient, version: above?.version }, ...below.rows.map(({ key, version }) => ({ table: 'patient-merge', key, version }))]
  const others = [
    ...(above === undefined ? [] : [{ other: (readRow(above) as unknown as MergeRow).into, type: 'replaced-by' as const }]),
    ...below.rows.map(({ key }) => ({ other: key, type: 'replaces' as const })),
  ]
  const links: PatientLink[] = []
  const decisions: DecisionRecord[] = []
  for (const { other, type } of others) {
    const permit = await authorize(parts, view, { ...asked, patient: other })
    if (isRefusal(permit)) continue
    try {
      const { rule, custodian, consents, delegation, guards: own } = groundsOf(permit)
      guards.push(...own)
      links.push({ id: (await patientIdUnder(permit)) ?? other, type })
      decisions.push(newDecision({ ...asked, about: other, custodian, rule, consent: isConsented({ rule }) ? consents[0] : undefined, delegation, types: { Patient: 1 } }, parts.now()))
    } finally {
      endPermit(permit)
    }
  }
  return { links, guards, decisions }
}

/** Id of the Patient resource that holds, as far as the permit reaches. */
export async function patientIdUnder(permit: Permit): Promise<string | undefined> {
  for await (const { record } of scanRecords(permit, { types: ['Patient'] })) if (record !== undefined && record.row.replacedBy === undefined) return record.row.fhirId ?? record.id
  return undefined
}

/**
 * The text of a Patient with further links. They are put in between the author's bytes, which stay as they are: `Patient.link` says what the
 * custodian decided since, and no author wrote it.
 */
export function showLinks(bytes: Uint8Array, links: readonly PatientLink[]): string {
  const node = readJson(bytes)
  if (links.length === 0 || node.kind !== 'object') return fromUtf8(bytes)
  const added = links.map(({ id, type }) => JSON.stringify({ other: { reference: `Patient/${id}` }, type })).join(',')
  const link = node.members.get('link')
  const [end, text] = link?.kind === 'array' ? [link.end, `${link.items.length === 0 ? '' : ','}${added}]`] : [node.end, `${node.members.size === 0 ? '' : ','}"link":[${added}]}`]
  return fromUtf8(bytes.subarray(0, end - 1)) + text + fromUtf8(bytes.subarray(end))
}

/**
 * The text of a Patient without those links, for one that comes back as it was shown: what `showLinks` put in, and nothing else. A link that is not
 * quite one of them stays, and is then held to what any link is held to.
 */
export function takeOutLinks(text: string, links: readonly PatientLink[]): string {
  const bytes = utf8(text)
  const node = readJson(bytes)
  const link = node.kind === 'object' ? node.members.get('link') : undefined
  if (node.kind !== 'object' || link?.kind !== 'array' || links.length === 0) return text
  const ours = new Set(links.map(({ id, type }) => `${type} Patient/${id}`))
  const kept = link.items.filter((item) => !ours.has(shownLink(nodeValue(item))))
  if (kept.length === link.items.length) return text
  const part = (from: number, to: number): string => fromUtf8(bytes.subarray(from, to))
  // The author's own stand in front of those that were shown.
  const last = kept.at(-1)
  if (last !== undefined) {
    const next = link.items[kept.length]
    const inFront = next !== undefined && link.items[kept.length - 1] === last
    return part(0, link.start) + (inFront ? part(link.start, last.end + part(last.end, next.start).indexOf(',')) : `[${kept.map(({ start, end }) => part(start, end)).join(',')}`) + part(link.end - 1, bytes.length)
  }
  const [from, to] = placeOfMember(node, link.start, link.end, part)
  return part(0, from) + part(to, bytes.length)
}

/** `type reference` of a link that says nothing more than ours do. */
function shownLink(value: unknown): string {
  const { other, type, ...more } = value as { readonly other?: { readonly reference?: unknown }; readonly type?: unknown }
  const { reference, ...further } = other ?? {}
  return Object.keys(more).length + Object.keys(further).length > 0 ? '' : `${String(type)} ${String(reference)}`
}

/** Where a member begins and ends with one comma of its own: the one before it, or behind it where it is the first. */
function placeOfMember(node: JsonObjectNode, start: number, end: number, part: (from: number, to: number) => string): readonly [number, number] {
  const members = [...node.members.values()]
  const before = members.filter((each) => each.end <= start).at(-1)
  const after = members.find((each) => each.start >= end)
  if (before !== undefined) return [before.end + part(before.end, start).indexOf(','), end]
  const gap = after === undefined ? '' : part(end, after.start)
  return [node.start + 1, end + gap.indexOf(',') + 1]
}
