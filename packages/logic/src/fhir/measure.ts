import type { JsonNode } from '@careledger/proof'
import { item, member } from './describe-value.ts'
import { asList, asObject, asText, conceptText, first, type Json } from './read-values.ts'

/** A measured number with the range and the meaning that this very result gives. Numbers as they were written: `1.10`. */
export interface Reading {
  readonly value?: string | undefined
  /** `<`, `<=`, `>=`, `>`: the true value lies on that side. */
  readonly comparator?: string | undefined
  /** As people write it. */
  readonly unit?: string | undefined
  /** Its UCUM code, where it is another text than `unit`. */
  readonly ucum?: string | undefined
  /** Reference range of this result, both ends included. */
  readonly low?: string | undefined
  readonly high?: string | undefined
  /** Unit of the range, where it is another one than the value's. */
  readonly rangeUnit?: string | undefined
  /** The range in words, where it has no ends. */
  readonly range?: string | undefined
  /** Code of the interpretation (HL7 v3 ObservationInterpretation: H, L, HH, LL, N, A …), or its words. */
  readonly flag?: string | undefined
}

export interface Part extends Reading {
  /** `system|code` of the part. */
  readonly code?: string | undefined
  readonly name: string
}

export interface Measure extends Reading {
  /** What was measured, without the value; at most 80 characters. */
  readonly name: string
  /** Components with a number, such as systolic and diastolic; at most eight. */
  readonly parts?: readonly Part[] | undefined
}

const partsMax = 8
const writtenMax = 32

/** The numbers of an Observation; `undefined` where it has none. */
export function measureOf(observation: Json, node: JsonNode | undefined): Measure | undefined {
  const own = readingOf(observation, node)
  const parts = asList(observation['component']).slice(0, partsMax).flatMap((each, place): readonly Part[] => {
    const component = asObject(each)
    const reading = component === undefined ? undefined : readingOf(component, item(member(node, 'component'), place))
    const name = conceptText(component?.['code'])
    if (component === undefined || reading === undefined || name === undefined) return []
    const coding = first(asObject(component['code'])?.['coding'])
    const code = asText(coding?.['code'])
    return [{ ...(code === undefined ? {} : { code: `${asText(coding?.['system']) ?? ''}|${code}` }), name: name.slice(0, 80), ...reading }]
  })
  if (own === undefined && parts.length === 0) return undefined
  return { name: (conceptText(observation['code']) ?? 'Observation').slice(0, 80), ...own, ...(parts.length === 0 ? {} : { parts }) }
}

function readingOf(resource: Json, node: JsonNode | undefined): Reading | undefined {
  const quantity = asObject(resource['valueQuantity']) ?? (typeof resource['valueInteger'] === 'number' ? { value: resource['valueInteger'] } : undefined)
  const value = written(quantity?.['value'], resource['valueQuantity'] === undefined ? member(node, 'valueInteger') : member(member(node, 'valueQuantity'), 'value'))
  if (quantity === undefined || value === undefined) return undefined
  const code = asText(quantity['code'])
  const unit = asText(quantity['unit']) ?? code
  const ucum = asText(quantity['system']) === 'http://unitsofmeasure.org' && code !== unit ? code : undefined
  return present({ value, comparator: asText(quantity['comparator']), unit, ucum, ...rangeOf(resource, node, unit), flag: flagOf(resource) })
}

/** The normal range: the first that is not said to be of another kind. */
function rangeOf(resource: Json, node: JsonNode | undefined, unit: string | undefined): Pick<Reading, 'low' | 'high' | 'range' | 'rangeUnit'> {
  const ranges = asList(resource['referenceRange']).map(asObject)
  const kindOf = (range: Json | undefined): string | undefined => asText(first(asObject(range?.['type'])?.['coding'])?.['code'])
  const place = Math.max(0, ranges.findIndex((range) => [undefined, 'normal'].includes(kindOf(range))))
  const range = ranges[place]
  if (range === undefined || ![undefined, 'normal'].includes(kindOf(range))) return {}
  const at = item(member(node, 'referenceRange'), place)
  const end = (name: 'low' | 'high'): string | undefined => written(asObject(range[name])?.['value'], member(member(at, name), 'value'))
  const [low, high] = [end('low'), end('high')]
  const own = asObject(range['low']) ?? asObject(range['high'])
  const rangeUnit = asText(own?.['code']) ?? asText(own?.['unit'])
  const words = low === undefined && high === undefined ? asText(range['text'])?.slice(0, 80) : undefined
  const other = rangeUnit !== undefined && rangeUnit !== unit && asText(own?.['unit']) !== unit
  return { low, high, range: words, rangeUnit: other ? rangeUnit : undefined }
}

function flagOf(resource: Json): string | undefined {
  const interpretation = first(resource['interpretation'])
  return asText(first(interpretation?.['coding'])?.['code'])?.slice(0, 16) ?? asText(interpretation?.['text'])?.slice(0, 40)
}

function written(value: unknown, node: JsonNode | undefined): string | undefined {
  if (typeof value !== 'number') return undefined
  const text = node?.kind === 'number' ? node.raw : String(value)
  return text.length <= writtenMax ? text : String(value)
}

function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T
}
