import { nodeValue, readJson, type JsonNode } from '@careledger/proof'
import { describeResource } from '../../fhir/describe-resource.ts'
import { missingForIps, type IpsProblem } from './ips-problems.ts'
import { NOT_SUMMARISED, SUMMARY_SECTIONS, type SummarySection } from './summary-sections.ts'

export interface SummaryRecord {
  /** Entry id. */
  readonly id: string
  readonly type: string
  readonly fhirId?: string | undefined
  readonly date?: string | undefined
  readonly payload: Uint8Array
}

export interface SummaryInput {
  /** The document's own id, a random UUID. */
  readonly id: string
  readonly at: Date
  /** Base of the records' addresses inside the document. */
  readonly base: string
  readonly custodian: { readonly party: string; readonly name: string }
  /** The newest Patient resource. */
  readonly patient: SummaryRecord
  /** Newest first, in their newest versions. */
  readonly records: readonly SummaryRecord[]
}

export interface Summary {
  /** The document Bundle. Every record stands in it with the exact bytes that its author signed. */
  readonly bundle: string
  readonly counts: Readonly<Record<string, number>>
}

/** A summary with what keeps it from being one by the IPS profiles: a Patient without a birth date, for example. */
export interface CheckedSummary extends Summary {
  readonly problems: readonly IpsProblem[]
}

/** Records in one section. */
const sectionMax = 100

/**
 * An International Patient Summary: a FHIR R4 document with the Composition first, its sections, the patient, the custodian and the records
 * themselves, byte for byte. References between records resolve by their addresses; what is not in the summary is not resolved. Source:
 * HL7 IPS Implementation Guide 2.0; FHIR R4 3.3 documents.
 */
export function buildSummary(input: SummaryInput): Summary {
  const addresses = addressesOf(input)
  const used = new Map<string, SummaryRecord>()
  const sections = SUMMARY_SECTIONS.flatMap((section) => {
    const records = chooseRecords(section, input.records)
    if (records.length === 0 && !section.required) return []
    const listed = records.filter(({ payload }) => missingForIps(nodeValue(readJson(payload))).length === 0)
    for (const record of listed) used.set(record.id, record)
    return [toSection(section, records, listed, addresses)]
  })
  const organisation = `${input.base}/Organization/${input.custodian.party}`
  const instant = input.at.toISOString()
  const composition = {
    resourceType: 'Composition', id: input.id, status: 'final',
    text: narrative([`Patient summary made on ${instant.slice(0, 10)} from the record kept by ${input.custodian.name}.`]),
    type: { coding: [{ system: 'http://loinc.org', code: '60591-5', display: 'Patient summary Document' }] },
    subject: { reference: addresses.get(input.patient.id) }, date: instant, author: [{ reference: organisation, display: input.custodian.name }], title: 'International Patient Summary',
    custodian: { reference: organisation, display: input.custodian.name }, section: sections,
  }
  const entries = [
    entry(`${input.base}/Composition/${input.id}`, JSON.stringify(composition)),
    entry(addresses.get(input.patient.id) as string, textOf(input.patient.payload)),
    entry(organisation, JSON.stringify({ resourceType: 'Organization', id: input.custodian.party, name: input.custodian.name })),
    ...[...used.values()].map((record) => entry(addresses.get(record.id) as string, textOf(record.payload))),
  ]
  const counts: Record<string, number> = { Patient: 1 }
  for (const { type } of used.values()) counts[type] = (counts[type] ?? 0) + 1
  const head = JSON.stringify({ resourceType: 'Bundle', id: input.id, identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${input.id}` }, type: 'document', timestamp: instant })
  return { bundle: `${head.slice(0, -1)},"entry":[\n${entries.join(',\n')}\n]}`, counts }
}

/** `Type/id` where the record has an id of its own that no other has; else its entry id. */
function addressesOf({ base, patient, records }: SummaryInput): ReadonlyMap<string, string> {
  const taken = new Set<string>()
  return new Map([patient, ...records].map((record) => {
    const address = record.fhirId === undefined ? undefined : `${base}/${record.type}/${record.fhirId}`
    if (address === undefined || taken.has(address)) return [record.id, `urn:uuid:${record.id}`]
    taken.add(address)
    return [record.id, address]
  }))
}

function chooseRecords(section: SummarySection, records: readonly SummaryRecord[]): readonly SummaryRecord[] {
  const seen = new Map<string, number>()
  const chosen: SummaryRecord[] = []
  const suits = records.filter(({ type }) => section.types.includes(type)).toSorted((a, b) => ((a.date ?? '') < (b.date ?? '') ? 1 : -1))
  for (const record of suits) {
    if (chosen.length === sectionMax) break
    const node = readJson(record.payload)
    if (isOver(node) || (record.type === 'Observation' && section.category !== undefined && !categories(node).includes(section.category))) continue
    const code = codeOf(node)
    const before = seen.get(code) ?? 0
    if (section.perCode !== undefined && code !== '' && before >= section.perCode) continue
    seen.set(code, before + 1)
    chosen.push(record)
  }
  return chosen
}

/** `listed`: the records that the profile of their type takes as entries. The others stand in the narrative, so that nothing is left unsaid. */
function toSection({ title, code, display, none }: SummarySection, records: readonly SummaryRecord[], listed: readonly SummaryRecord[], addresses: ReadonlyMap<string, string>) {
  const head = { title, code: { coding: [{ system: 'http://loinc.org', code, display }] } }
  if (records.length === 0) {
    const emptyReason = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/list-empty-reason', code: 'unavailable', display: 'Unavailable' }], text: none }
    return { ...head, text: narrative([none]), emptyReason }
  }
  const text = narrative(records.map((record) => (listed.includes(record) ? sentence(record) : `${sentence(record)} · not complete enough to be listed as data`)))
  if (listed.length > 0) return { ...head, text, entry: listed.map(({ id }) => ({ reference: addresses.get(id) })) }
  const said = 'What there is stands in the narrative only.'
  return { ...head, text, emptyReason: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/list-empty-reason', code: 'unavailable', display: 'Unavailable' }], text: said } }
}

function sentence({ payload, date }: SummaryRecord): string {
  const node = readJson(payload)
  const { title, status } = describeResource(nodeValue(node), node)
  return [title, date?.slice(0, 10), status].filter((part) => part !== undefined).join(' · ')
}

/** Plain list items, so that a reader without any FHIR sees what is meant. */
function narrative(lines: readonly string[]) {
  const items = lines.map((line) => `<li>${escapeXml(line)}</li>`).join('')
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><ul>${items}</ul></div>` }
}

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** The record's own text is put in as it stands, so that not a digit of it changes. */
const entry = (fullUrl: string, resource: string): string => `{"fullUrl":${JSON.stringify(fullUrl)},"resource":${resource}}`

function isOver(node: JsonNode): boolean {
  return Object.entries(NOT_SUMMARISED).some(([name, words]) => {
    const value = member(node, name)
    return words.has(value?.kind === 'string' ? value.value : firstCode(value))
  })
}

const categories = (node: JsonNode): readonly string[] => itemsOf(member(node, 'category')).flatMap((one) => itemsOf(member(one, 'coding')).map((coding) => textMember(coding, 'code')))
const codeOf = (node: JsonNode): string => firstCode(member(node, 'code'))
const firstCode = (node: JsonNode | undefined): string => textMember(itemsOf(member(node, 'coding'))[0], 'code')
const member = (node: JsonNode | undefined, name: string): JsonNode | undefined => (node?.kind === 'object' ? node.members.get(name) : undefined)
const itemsOf = (node: JsonNode | undefined): readonly JsonNode[] => (node?.kind === 'array' ? node.items : [])
function textMember(node: JsonNode | undefined, name: string): string {
  const found = member(node, name)
  return found?.kind === 'string' ? found.value : ''
}
const textOf = (payload: Uint8Array): string => new TextDecoder().decode(payload)
