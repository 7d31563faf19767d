import { asObject, type Json } from '../read-values.ts'
import type { TypedValue } from './compile-path.ts'
import type { ParameterType } from './search-parameters.ts'
import { comparesTime, prefixed, timeRange, timesOf } from './time-range.ts'

/** Decides on one value of a resource. */
export type ValueTest = (value: TypedValue) => boolean

export type Modifier = 'exact' | 'contains' | 'not' | 'text' | 'below' | 'above' | 'identifier' | 'of-type' | 'missing'

/** Modifiers that a parameter of this type may have here; `:missing` goes with all. */
export const MODIFIERS: Readonly<Record<ParameterType, readonly Modifier[]>> = {
  string: ['exact', 'contains'], token: ['not', 'text', 'of-type'], uri: ['below', 'above'], reference: ['identifier'], date: [], number: [], quantity: [], composite: [],
}

/**
 * The test of one search value (escapes still in it) for a parameter of a type; `undefined`: the value has not the form of its type.
 * References are tested where the patient's records are known.
 */
export function valueTest(type: ParameterType, value: string, modifier: Modifier | undefined, now: number): ValueTest | undefined {
  switch (type) {
    case 'string': return stringTest(unescaped(value), modifier)
    case 'token': return tokenTest(value, modifier)
    case 'uri': return uriTest(unescaped(value), modifier)
    case 'date': return dateTest(value, now)
    case 'number': return numberTest(value)
    case 'quantity': return quantityTest(value)
    default: return undefined
  }
}

export function unescaped(text: string): string {
  return text.replaceAll(/\\([,|$\\])/g, '$1')
}

/** Splits at a separator that no backslash stands before. */
export function splitAt(text: string, separator: ',' | '|' | '$'): readonly string[] {
  if (!text.includes(separator)) return [text]
  const parts: string[] = []
  let part = ''
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] as string
    if (letter === '\\') part += letter + (text[++at] ?? '')
    else if (letter === separator) {
      parts.push(part)
      part = ''
    } else part += letter
  }
  return [...parts, part]
}

/** Case, accents and width do not count, nor does more than one space (R4 search, "string"). */
export function folded(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll(/\s+/g, ' ').trim()
}

/** What the parts of a name or an address say; anything else by its text. */
const stringParts: Readonly<Record<string, readonly string[]>> = {
  HumanName: ['family', 'given', 'prefix', 'suffix', 'text'],
  Address: ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'],
}

export function textsOf({ type, value }: TypedValue): readonly string[] {
  if (typeof value === 'string') return [value]
  const object = asObject(value)
  if (object === undefined) return []
  return (stringParts[type] ?? ['text', 'display']).flatMap((name) => object[name] ?? []).filter((text) => typeof text === 'string')
}

function stringTest(wanted: string, modifier: Modifier | undefined): ValueTest {
  if (modifier === 'exact') return (value) => textsOf(value).includes(wanted)
  const text = folded(wanted)
  if (modifier === 'contains') return (value) => textsOf(value).some((each) => folded(each).includes(text))
  return (value) => textsOf(value).some((each) => folded(each).startsWith(text))
}

interface Token {
  /** `undefined`: any system; empty: none. */
  readonly system?: string | undefined
  /** Empty: any code. */
  readonly code: string
}

export function readToken(value: string): Token | undefined {
  const parts = splitAt(value, '|').map(unescaped)
  if (parts.length === 1) return parts[0] === '' ? undefined : { code: parts[0] as string }
  const [system, code] = parts as [string, string]
  return parts.length > 2 || (system === '' && code === '') ? undefined : { system, code }
}

/** Codes are compared as they are; identifiers, phone numbers and addresses without regard to case. */
function tokenTest(value: string, modifier: Modifier | undefined): ValueTest | undefined {
  if (modifier === 'text') {
    const text = folded(unescaped(value))
    return ({ value: found }) => conceptTexts(found).some((each) => folded(each).startsWith(text))
  }
  if (modifier === 'of-type') return identifierOfType(value)
  const token = readToken(value)
  return token === undefined ? undefined : (found) => tokenMatches(token, found)
}

function tokenMatches(token: Token, { type, value }: TypedValue): boolean {
  if (typeof value === 'string') return token.code === '' || token.code === value
  if (typeof value === 'boolean') return token.code === String(value)
  const object = asObject(value)
  if (object === undefined) return false
  if (type === 'CodeableConcept') return Array.isArray(object['coding']) && object['coding'].some((coding) => tokenMatches(token, { type: 'Coding', value: coding }))
  const [system, code] = type === 'Coding' ? [object['system'], object['code']] : type === 'ContactPoint' ? [object['use'], object['value']] : [object['system'], object['value']]
  if (token.system !== undefined && token.system !== (system ?? '')) return false
  if (token.code === '' || token.code === code) return true
  return type !== 'Coding' && typeof code === 'string' && folded(code) === folded(token.code)
}

/** `system|code|value`: the system and code of the identifier's type, and its value. */
function identifierOfType(value: string): ValueTest | undefined {
  const [system, code, number] = splitAt(value, '|').map(unescaped)
  if (system === undefined || code === undefined || number === undefined) return undefined
  return ({ value: found }) => {
    const identifier = asObject(found)
    return identifier?.['value'] === number && tokenMatches({ system, code }, { type: 'CodeableConcept', value: identifier['type'] })
  }
}

function conceptTexts(value: unknown): readonly string[] {
  const object = asObject(value)
  if (object === undefined) return []
  const codings = Array.isArray(object['coding']) ? object['coding'].map((coding) => asObject(coding)?.['display']) : []
  const type = asObject(object['type'])
  return [object['text'], object['display'], ...codings, type?.['text']].filter((text) => typeof text === 'string')
}

function uriTest(wanted: string, modifier: Modifier | undefined): ValueTest {
  if (modifier === 'below') return ({ value }) => typeof value === 'string' && (value === wanted || value.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`))
  if (modifier === 'above') return ({ value }) => typeof value === 'string' && (wanted === value || wanted.startsWith(value.endsWith('/') ? value : `${value}/`))
  return ({ value }) => value === wanted
}

function dateTest(value: string, now: number): ValueTest | undefined {
  const { prefix, rest } = prefixed(value)
  const range = timeRange(rest)
  if (range === undefined) return undefined
  return (found) => timesOf(found).some((time) => comparesTime(prefix, range, time, now))
}

/** A number to compare with: `eq`, `ne` and `ap` go by its precision, the others by its exact value (R4 search, "number"). */
function numberRange(text: string): { readonly value: number; readonly half: number } | undefined {
  const [, mantissa, exponent] = /^([+-]?\d+(?:\.\d+)?)(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  if (mantissa === undefined) return undefined
  const decimals = (mantissa.split('.')[1] ?? '').length
  return { value: Number(text), half: 0.5 * 10 ** (Number(exponent ?? 0) - decimals) }
}

function numberComparison(text: string): ((low: number, high: number) => boolean) | undefined {
  const { prefix, rest } = prefixed(text)
  const wanted = numberRange(rest)
  if (wanted === undefined) return undefined
  const { value, half } = wanted
  switch (prefix) {
    case 'eq': return (low, high) => value - half <= low && high <= value + half
    case 'ne': return (low, high) => !(value - half <= low && high <= value + half)
    case 'gt': return (_low, high) => high > value
    case 'lt': return (low) => low < value
    case 'ge': return (_low, high) => high >= value
    case 'le': return (low) => low <= value
    case 'sa': return (low) => low > value
    case 'eb': return (_low, high) => high < value
    case 'ap': return (low, high) => low <= value + Math.abs(value) / 10 + half && high >= value - Math.abs(value) / 10 - half
  }
}

function numberTest(value: string): ValueTest | undefined {
  const compare = numberComparison(value)
  if (compare === undefined) return undefined
  return ({ value: found }) => {
    if (typeof found === 'number') return compare(found, found)
    const range = asObject(found)
    return range !== undefined && between(range, compare)
  }
}

/** `number|system|code`; without a unit any unit will do. Units are compared, never converted. */
function quantityTest(text: string): ValueTest | undefined {
  const parts = splitAt(text, '|').map(unescaped)
  if (parts.length !== 1 && parts.length !== 3) return undefined
  const [number, system = '', code = ''] = parts
  const compare = numberComparison(number as string)
  if (compare === undefined) return undefined
  const sameUnit = (quantity: Json): boolean => (system === '' || quantity['system'] === system) && (code === '' || quantity['code'] === code || (system === '' && quantity['unit'] === code) || quantity['currency'] === code)
  return ({ type, value }) => {
    const quantity = asObject(value)
    if (quantity === undefined) return false
    if (type === 'Range') return [quantity['low'], quantity['high']].every((edge) => edge === undefined || sameUnit(asObject(edge) ?? {})) && between(quantity, compare)
    return typeof quantity['value'] === 'number' && sameUnit(quantity) && inBounds(quantity, compare)
  }
}

/** A quantity with a comparator (`<5`) stands for all that lies beyond it. */
function inBounds(quantity: Json, compare: (low: number, high: number) => boolean): boolean {
  const value = quantity['value'] as number
  const comparator = quantity['comparator']
  if (comparator === '<' || comparator === '<=') return compare(Number.NEGATIVE_INFINITY, value)
  if (comparator === '>' || comparator === '>=') return compare(value, Number.POSITIVE_INFINITY)
  return compare(value, value)
}

function between(range: Json, compare: (low: number, high: number) => boolean): boolean {
  const edge = (name: string, open: number): number => {
    const value = asObject(range[name])?.['value']
    return typeof value === 'number' ? value : open
  }
  const [low, high] = [edge('low', Number.NEGATIVE_INFINITY), edge('high', Number.POSITIVE_INFINITY)]
  return (Number.isFinite(low) || Number.isFinite(high)) && compare(low, high)
}
