import { readJson } from '@careledger/proof'
import type { Definitions } from '../../fhir/definitions.ts'
import type { Search } from '../../fhir/search/parse-search.ts'
import { shorten } from '../../fhir/search/shorten.ts'
import type { AddressedRecord, OpenedRecord, PatientRecords } from './patient-records.ts'

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
}

/** Opens records for an answer. */
export async function toEntries(found: readonly AddressedRecord[], records: PatientRecords, mode: RestEntry['mode'], show?: Pick<Search, 'summary' | 'elements'> & Pick<Definitions, 'summaries'>): Promise<readonly RestEntry[]> {
  return (await records.open(found)).map((record) => {
    const { address, id, row } = record
    return { type: address.type, id: address.id, version: id, lastUpdated: row.recordedAt, resource: textOf(record, show), mode, amends: row.replaces !== undefined }
  })
}

function textOf({ bytes, text, address }: OpenedRecord, show: Parameters<typeof toEntries>[3]): string {
  if (show === undefined || (show.elements === undefined && show.summary === 'false')) return text
  const node = readJson(bytes)
  return (node.kind === 'object' ? shorten(bytes, node, address.type, show) : undefined) ?? text
}

/** Numbers by type, for the decision. */
export function countTypes(entries: readonly { readonly type: string }[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { type } of entries) counts[type] = (counts[type] ?? 0) + 1
  return counts
}
