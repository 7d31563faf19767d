import type { JsonNode } from '@careledger/proof'
import { item, member } from '../../../fhir/describe-value.ts'
import { asObject, asText, codingsIn } from '../../../fhir/read-values.ts'
import { ucumOf, type Units } from '../../chart/units.ts'
import type { SafetyCode } from './safety-issue.ts'
import { VITAL_LIMITS, type VitalLimit } from './vital-limits.ts'

export interface FoundValue {
  readonly code: SafetyCode
  /** Below the resource, for example `component[1]`; empty: the resource. */
  readonly place: string
  /** LOINC code of the sign. */
  readonly key: string
  /** As written. */
  readonly value: string
  readonly unit: string
  readonly side?: 'below' | 'above' | undefined
  /** In the unit of the limit. */
  readonly bound?: number | undefined
}

interface Measured {
  readonly limit: VitalLimit
  readonly place: string
  /** In the limit's unit. */
  readonly number: number
  readonly written: Pick<FoundValue, 'value' | 'unit'>
}

const loinc = 'http://loinc.org'

/** Vital signs in an Observation that cannot be, or hardly. A value without a unit that can be converted is not judged. */
export function valueIssues(value: unknown, node: JsonNode, units: Units): readonly FoundValue[] {
  const resource = asObject(value) ?? {}
  if (['entered-in-error', 'cancelled', 'registered'].includes(asText(resource['status']) ?? '')) return []
  const components = Array.isArray(resource['component']) ? resource['component'] : []
  const measured = [measuredIn(resource, node, '', units), ...components.map((part, place) => measuredIn(part, item(member(node, 'component'), place), `component[${place}]`, units))].flatMap((one) => one ?? [])
  return [...measured.flatMap((one) => outside(one)), ...pressureOrder(measured)]
}

function measuredIn(part: unknown, node: JsonNode | undefined, place: string, units: Units): Measured | undefined {
  const codes = codingsIn(asObject(part)?.['code']).filter(({ system }) => system === loinc).map(({ code }) => code)
  const limit = VITAL_LIMITS.find((one) => one.codes.some((code) => codes.includes(code)))
  const raw = member(member(node, 'valueQuantity'), 'value')
  if (limit === undefined || raw?.kind !== 'number') return undefined
  const quantity = asObject(asObject(part)?.['valueQuantity'])
  const unit = asText(quantity?.['unit'])
  const number = units.convert(Number(raw.raw), ucumOf({ unit, ucum: asText(quantity?.['code']) }), limit.ucum)
  return number === undefined ? undefined : { limit, place, number, written: { value: raw.raw, unit: unit ?? asText(quantity?.['code']) ?? '' } }
}

function outside({ limit, place, number, written }: Measured): readonly FoundValue[] {
  for (const [code, [low, high]] of [['impossible-value', limit.possible], ['unlikely-value', limit.likely]] as const) {
    if (number < low) return [{ code, place, key: limit.codes[0], ...written, side: 'below', bound: low }]
    if (number > high) return [{ code, place, key: limit.codes[0], ...written, side: 'above', bound: high }]
  }
  return []
}

function pressureOrder(measured: readonly Measured[]): readonly FoundValue[] {
  const [systolic, diastolic] = ['8480-6', '8462-4'].map((code) => measured.find(({ limit }) => limit.codes[0] === code))
  if (systolic === undefined || diastolic === undefined || diastolic.number < systolic.number) return []
  return [{ code: 'pressure-order', place: diastolic.place, key: '8462-4', ...diastolic.written }]
}
