import { utf8, type JsonNode } from '@careledger/proof'

/** A number with the digits it was written with: in FHIR 1.10 is another measurement than 1.1. */
export class Decimal {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** What a resource is built of. Members that are `undefined` are absent. */
export type Exact = string | boolean | null | Decimal | readonly Exact[] | ExactObject
export interface ExactObject {
  readonly [name: string]: Exact | undefined
}

const decimalPattern = /^-?(0|[1-9]\d{0,17})(\.\d{1,17})?$/

/** Whether people's text is a number that `decimal` takes: digits with a point, no exponent, at most 18 digits either side. */
export function isDecimal(text: string): boolean {
  return decimalPattern.test(text)
}

/** Errors: `TypeError` for text that is no plain decimal. */
export function decimal(text: string): Decimal {
  if (!isDecimal(text)) throw new TypeError('This is no decimal number.')
  return new Decimal(text)
}

/** The bytes of a resource: JSON without white space, members in the order given, numbers as written. */
export function exactBytes(value: ExactObject): Uint8Array {
  return utf8(textOf(value))
}

/** A parsed text as something to build on; its numbers keep their digits. */
export function exactOf(node: JsonNode): Exact {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries([...node.members].map(([name, member]) => [name, exactOf(member)]))
    case 'array':
      return node.items.map(exactOf)
    case 'number':
      return new Decimal(node.raw)
    case 'null':
      return null
    default:
      return node.value
  }
}

function textOf(value: Exact): string {
  if (value instanceof Decimal) return value.text
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${(value as readonly Exact[]).map(textOf).join(',')}]`
  const members = Object.entries(value as ExactObject).flatMap(([name, member]) => (member === undefined ? [] : [`${JSON.stringify(name)}:${textOf(member)}`]))
  return `{${members.join(',')}}`
}
