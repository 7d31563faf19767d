import type { JsonNode } from '@careledger/proof'
import { asList, asObject, asText, choice, conceptText, hasCode, type Json } from './read-values.ts'

/** Longest number shown as it was written; a longer one is rounded to five digits. */
const digitsMax = 8

/** A number for people. `node`: its place in the text, so that 1.10 stays 1.10. */
export function numberText(value: unknown, node: JsonNode | undefined): string | undefined {
  if (typeof value !== 'number') return undefined
  const written = node?.kind === 'number' ? node.raw : String(value)
  return written.length <= digitsMax ? written : String(Number(value.toPrecision(5)))
}

/** "82.4 kg", or `undefined` without a value. */
export function quantityText(value: unknown, node: JsonNode | undefined): string | undefined {
  const quantity = asObject(value)
  if (quantity === undefined) return undefined
  const number = numberText(quantity['value'], member(node, 'value'))
  if (number === undefined) return undefined
  return [`${asText(quantity['comparator']) ?? ''}${number}`, asText(quantity['unit']) ?? asText(quantity['code'])].filter((part) => part !== undefined).join(' ')
}

/** What `value[x]` of an Observation or of one of its components says. */
export function valueText(resource: Json, node: JsonNode | undefined): string | undefined {
  const found = choice(resource, 'value')
  if (found === undefined) return conceptText(resource['dataAbsentReason'])
  if (found.name === 'valueQuantity') return quantityText(found.value, member(node, found.name))
  if (found.name === 'valueCodeableConcept') return conceptText(found.value)
  if (typeof found.value === 'boolean') return found.value ? 'yes' : 'no'
  if (typeof found.value === 'number') return numberText(found.value, member(node, found.name))
  return asText(found.value)
}

/** LOINC 8480-6 and 8462-4: people read blood pressure as systolic over diastolic. */
export function bloodPressureText(components: unknown, node: JsonNode | undefined): string | undefined {
  const part = (code: string): { readonly number: string | undefined; readonly unit: string | undefined } => {
    const list = asList(components)
    const index = list.findIndex((each) => hasCode(asObject(each)?.['code'], code))
    const quantity = asObject(asObject(list[index])?.['valueQuantity'])
    return { number: numberText(quantity?.['value'], member(member(item(node, index), 'valueQuantity'), 'value')), unit: asText(quantity?.['unit']) }
  }
  const systolic = part('8480-6')
  const diastolic = part('8462-4')
  if (systolic.number === undefined || diastolic.number === undefined) return undefined
  return [`${systolic.number}/${diastolic.number}`, systolic.unit].filter((text) => text !== undefined).join(' ')
}

/** "125 USD" */
export function moneyText(value: unknown, node: JsonNode | undefined): string | undefined {
  const money = asObject(value)
  const number = numberText(money?.['value'], member(node, 'value'))
  return number === undefined ? undefined : [number, asText(money?.['currency'])].filter((part) => part !== undefined).join(' ')
}

export function member(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.get(name) : undefined
}

export function item(node: JsonNode | undefined, index: number): JsonNode | undefined {
  return node?.kind === 'array' ? node.items[index] : undefined
}
