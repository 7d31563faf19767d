import { readJson, utf8 } from '@careledger/proof'
import type { Definitions } from '../../fhir/definitions.ts'
import type { Search } from '../../fhir/search/parse-search.ts'
import { shorten } from '../../fhir/search/shorten.ts'
import { showLinks, type PatientLink } from './patient-links.ts'
import type { AddressedRecord, OpenedRecord } from './addressed-record.ts'
import type { PatientRecords } from './patient-records.ts'

/** One version of a resource as FHIR REST gives it out. */
export interface RestEntry {
  readonly type: string
  /** What it is addressed by. */
  readonly id: string
  /** Entry id: the version's id and, in quotes, its ETag. */
  readonly version: string
  /** When its author says it was written. */
  readonly lastUpdated: string
  /** The author's text; shortened where that was asked for. */
  readonly resource: string
  readonly mode: 'match' | 'include'
  /** It amends an earlier version. */
  readonly amends: boolean
  /** It can become another text without a new version: it holds links that the author did not write, or a consent's state. */
  readonly linked: boolean
  /** Those links. */
  readonly links?: readonly PatientLink[] | undefined
}

/** What an answer shows of its resources. */
export interface Show extends Pick<Search, 'summary' | 'elements'>, Pick<Definitions, 'summaries'> {}

/** Opens records for an answer. `show`: absent for versions, which are their author's bytes and nothing else. */
export async function toEntries(found: readonly AddressedRecord[], records: PatientRecords, mode: RestEntry['mode'], show?: Show): Promise<readonly RestEntry[]> {
  return Promise.all((await records.open(found)).map(async (record) => {
    const { address, id, row } = record
    const links = show !== undefined && row.type === 'Patient' && row.replacedBy === undefined ? await records.links() : []
    return { type: address.type, id: address.id, version: id, lastUpdated: row.recordedAt, resource: textOf(record, links, show), mode, amends: row.replaces !== undefined, linked: links.length > 0 || record.changing === true, ...(links.length === 0 ? {} : { links }) }
  }))
}

function textOf({ bytes: own, text: written, address }: OpenedRecord, links: readonly PatientLink[], show: Show | undefined): string {
  const text = links.length === 0 ? written : showLinks(own, links)
  if (show === undefined || (show.elements === undefined && show.summary === 'false')) return text
  const bytes = links.length === 0 ? own : utf8(text)
  const node = readJson(bytes)
  return (node.kind === 'object' ? shorten(bytes, node, address.type, show) : undefined) ?? text
}

/** Numbers by type, for the decision. */
export function countTypes(entries: readonly { readonly type: string }[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { type } of entries) counts[type] = (counts[type] ?? 0) + 1
  return counts
}
