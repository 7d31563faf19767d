import { readJson, type JsonNode, type JsonObjectNode } from '@careledger/proof'

/** What a card may carry, and the members of each that it keeps (SMART Health Cards: minimum for the purpose, no narrative, no displays). */
const kept: Readonly<Record<string, readonly string[]>> = {
  Patient: ['name', 'birthDate'],
  Immunization: ['status', 'vaccineCode', 'patient', 'occurrenceDateTime', 'occurrenceString', 'lotNumber', 'manufacturer', 'performer', 'isSubpotent'],
  Observation: ['status', 'category', 'code', 'subject', 'effectiveDateTime', 'effectivePeriod', 'valueQuantity', 'valueCodeableConcept', 'valueString', 'valueInteger', 'valueBoolean', 'interpretation', 'referenceRange', 'component', 'performer'],
}
/** Kinds a card can be made of. */
export const CARD_TYPES: readonly string[] = ['Immunization', 'Observation']
/** Dropped wherever they stand: words that a reader has by the code, and places that mean nothing outside. */
const dropped: ReadonlySet<string> = new Set(['text', 'id', 'meta', 'extension', 'identifier'])

export interface CardResource {
  readonly type: string
  readonly payload: Uint8Array
}

/**
 * The card's Bundle as minified JSON: `resource:0` is the Patient, references to it are rewritten, numbers keep the digits that they were
 * written with. A concept without any code keeps its text, since nothing else says what it is.
 */
export function cardBundle(patient: Uint8Array, resources: readonly CardResource[]): string {
  const all = [{ type: 'Patient', payload: patient }, ...resources]
  const entries = all.map(({ type, payload }, n) => `{"fullUrl":"resource:${n}","resource":${resourceText(type, readJson(payload))}}`)
  return `{"resourceType":"Bundle","type":"collection","entry":[${entries.join(',')}]}`
}

/** Whether an Observation is a laboratory result: nothing else of its kind goes on a card. */
export function isLaboratory(payload: Uint8Array): boolean {
  const category = member(readJson(payload), 'category')
  const codings = category?.kind === 'array' ? category.items.flatMap((one) => itemsOf(member(one, 'coding'))) : []
  return codings.some((coding) => textOf(member(coding, 'code')) === 'laboratory')
}

function resourceText(type: string, node: JsonNode): string {
  const members = (kept[type] ?? []).flatMap((name) => {
    const value = member(node, name)
    if (value === undefined) return []
    if (name === 'patient' || name === 'subject') return [`"${name}":{"reference":"resource:0"}`]
    const text = name === 'name' ? nameText(value) : valueText(value)
    return text === undefined ? [] : [`"${name}":${text}`]
  })
  return `{"resourceType":"${type}",${members.join(',')}}`
}

/** The first name, family and given only. */
function nameText(node: JsonNode): string | undefined {
  const first = itemsOf(node)[0]
  if (first?.kind !== 'object') return undefined
  const parts = ['family', 'given'].flatMap((name) => {
    const value = first.members.get(name)
    return value === undefined ? [] : [`"${name}":${valueText(value)}`]
  })
  return parts.length > 0 ? `[{${parts.join(',')}}]` : `[{"text":${valueText(first.members.get('text') ?? first)}}]`
}

function valueText(node: JsonNode): string {
  switch (node.kind) {
    case 'object':
      return objectText(node)
    case 'array':
      return `[${node.items.map(valueText).join(',')}]`
    case 'number':
      return node.raw
    case 'null':
      return 'null'
    default:
      return JSON.stringify(node.value)
  }
}

function objectText(node: JsonObjectNode): string {
  const codings = itemsOf(node.members.get('coding'))
  const isCoding = node.members.has('system') && node.members.has('code') && !node.members.has('value')
  const members = [...node.members].filter(([name]) => {
    if (name === 'text') return codings.length === 0
    // References lead nowhere outside the instance; the display beside them stays.
    if (name === 'reference' || (name === 'display' && isCoding)) return false
    return !dropped.has(name) && !name.startsWith('_')
  })
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${valueText(value)}`).join(',')}}`
}

const member = (node: JsonNode | undefined, name: string): JsonNode | undefined => (node?.kind === 'object' ? node.members.get(name) : undefined)
const itemsOf = (node: JsonNode | undefined): readonly JsonNode[] => (node?.kind === 'array' ? node.items : [])
const textOf = (node: JsonNode | undefined): string | undefined => (node?.kind === 'string' ? node.value : undefined)
