import { readJson, type JsonNode } from '@careledger/proof'

/** A FHIR resource as it was received: numbers keep the digits they were written with, for 1.10 is not 1.1. */
export type Resource = JsonNode

/** Reads the exact bytes; `undefined` when they are no JSON object. */
export function readResource(bytes: Uint8Array): Resource | undefined {
  try {
    const node = readJson(bytes)
    return node.kind === 'object' ? node : undefined
  } catch {
    return undefined
  }
}

/** Follows names and positions; `undefined` where the way ends. */
export function at(node: JsonNode | undefined, ...path: readonly (string | number)[]): JsonNode | undefined {
  return path.reduce<JsonNode | undefined>((here, step) => {
    if (here?.kind === 'object' && typeof step === 'string') return here.members.get(step)
    if (here?.kind === 'array' && typeof step === 'number') return here.items[step]
    return undefined
  }, node)
}

/** Whether two values are the same to the digit, whatever the order of members. */
export function sameNode(a: JsonNode | undefined, b: JsonNode | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  if (a.kind === 'object' && b.kind === 'object') return a.members.size === b.members.size && [...a.members].every(([name, node]) => sameNode(node, b.members.get(name)))
  if (a.kind === 'array' && b.kind === 'array') return a.items.length === b.items.length && a.items.every((node, place) => sameNode(node, b.items[place]))
  if (a.kind === 'number' && b.kind === 'number') return a.raw === b.raw
  if ((a.kind === 'string' && b.kind === 'string') || (a.kind === 'boolean' && b.kind === 'boolean')) return a.value === b.value
  return a.kind === 'null' && b.kind === 'null'
}

/** The text of a string, number or boolean. */
export function text(node: JsonNode | undefined): string | undefined {
  if (node?.kind === 'string') return node.value === '' ? undefined : node.value
  if (node?.kind === 'number') return node.raw
  return node?.kind === 'boolean' ? String(node.value) : undefined
}

export function items(node: JsonNode | undefined): readonly JsonNode[] {
  return node?.kind === 'array' ? node.items : node ? [node] : []
}

/** CodeableConcept, Coding, or a plain string: its words. */
export function concept(node: JsonNode | undefined): string | undefined {
  if (!node) return undefined
  return text(node) ?? text(at(node, 'text')) ?? text(at(node, 'coding', 0, 'display')) ?? text(at(node, 'display')) ?? text(at(node, 'coding', 0, 'code')) ?? text(at(node, 'code'))
}

/** Quantity with its unit, exactly as written. */
export function quantity(node: JsonNode | undefined): string | undefined {
  const value = text(at(node, 'value'))
  if (value === undefined) return undefined
  const unit = text(at(node, 'unit')) ?? text(at(node, 'code')) ?? text(at(node, 'currency'))
  return [text(at(node, 'comparator')), value, unit].filter(Boolean).join(' ')
}

/** Distinct words of several nodes, in their order. */
export function list(nodes: readonly (string | undefined)[]): string | undefined {
  const found = [...new Set(nodes.filter((word) => word !== undefined))]
  return found.length > 0 ? found.join(', ') : undefined
}
