import { folded, textsOf } from '../../fhir/search/match-values.ts'
import type { Search } from '../../fhir/search/parse-search.ts'
import { timesOf } from '../../fhir/search/time-range.ts'
import { asObject } from '../../fhir/read-values.ts'
import type { TypedValue } from '../../fhir/search/compile-path.ts'
import type { OpenedRecord } from './addressed-record.ts'

/** `null`: the resource says nothing; it comes last. */
export type SortKey = string | number | null

/** What a resource is sorted by: of several values the lowest, and the highest where the order descends. */
export function sortKeys(sort: Search['sort'], { address, row, value }: OpenedRecord): readonly SortKey[] {
  return sort.map(({ by, descending }) => {
    if (by === '_id') return address.id
    if (by === '_lastUpdated') return row.recordedAt
    const keys = by.values(value).flatMap((found) => keysOf(by.type, found, descending)).sort((a, b) => compareTwo(a, b))
    return (descending ? keys.at(-1) : keys[0]) ?? null
  })
}

function keysOf(type: string, found: TypedValue, descending: boolean): readonly (string | number)[] {
  if (type === 'date') return timesOf(found).map(({ low, high }) => Math.min(Math.max(descending ? high : low, -Number.MAX_VALUE), Number.MAX_VALUE))
  if (typeof found.value === 'number') return [found.value]
  const object = asObject(found.value)
  if (type === 'quantity' || type === 'number') return typeof object?.['value'] === 'number' ? [object['value']] : []
  const codes = [object?.['reference'], object?.['code'], object?.['value'], ...(Array.isArray(object?.['coding']) ? object['coding'].map((coding) => asObject(coding)?.['code']) : [])]
  const texts = type === 'string' ? textsOf(found) : typeof found.value === 'string' ? [found.value] : codes
  return texts.filter((text) => typeof text === 'string').map(folded)
}

export function compareKeys(sort: Search['sort'], a: readonly SortKey[], b: readonly SortKey[]): number {
  for (const [place, { descending }] of sort.entries()) {
    const [one = null, other = null] = [a[place], b[place]]
    if (one === other) continue
    if (one === null || other === null) return one === null ? 1 : -1
    const order = compareTwo(one, other)
    if (order !== 0) return descending ? -order : order
  }
  return 0
}

function compareTwo(a: string | number, b: string | number): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}
