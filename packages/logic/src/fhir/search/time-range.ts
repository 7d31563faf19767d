import { asObject } from '../read-values.ts'
import type { TypedValue } from './compile-path.ts'

/** A time as FHIR writes it stands for every instant it can mean: milliseconds, `low` inclusive, `high` exclusive. */
export interface TimeRange {
  readonly low: number
  readonly high: number
}

const pattern = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/

/** `undefined`: this is no FHIR date, dateTime or instant. A time without a zone is taken as UTC. */
export function timeRange(text: string): TimeRange | undefined {
  const [, year, month, day, hour, minute, second, fraction, zone] = pattern.exec(text.trim()) ?? []
  if (year === undefined) return undefined
  const at = (y: number, m: number, d: number): number => new Date(Date.UTC(2000, m, d)).setUTCFullYear(y, m, d)
  if (month === undefined) return valid(at(Number(year), 0, 1), at(Number(year) + 1, 0, 1))
  if (Number(month) < 1 || Number(month) > 12) return undefined
  if (day === undefined) return valid(at(Number(year), Number(month) - 1, 1), at(Number(year), Number(month), 1))
  const midnight = at(Number(year), Number(month) - 1, Number(day))
  if (new Date(midnight).getUTCDate() !== Number(day)) return undefined
  if (hour === undefined) return valid(midnight, midnight + 86_400_000)
  const offset = zone === undefined || zone === 'Z' ? 0 : (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))) * 60_000
  const start = midnight + Number(hour) * 3_600_000 + Number(minute) * 60_000 - offset
  if (second === undefined) return valid(start, start + 60_000)
  const exact = start + Number(second) * 1000
  if (fraction === undefined) return valid(exact, exact + 1000)
  const low = exact + Math.floor(Number(fraction) * 1000)
  return valid(low, low + Math.max(1, 1000 / 10 ** (fraction.length - 1)))
}

function valid(low: number, high: number): TimeRange | undefined {
  return Number.isNaN(low) || Number.isNaN(high) ? undefined : { low, high }
}

/** The times that a value of a resource stands for: a date of any precision, a Period, or a Timing by its events and bounds. */
export function timesOf({ type, value }: TypedValue): readonly TimeRange[] {
  if (typeof value === 'string') {
    const range = timeRange(value)
    return range === undefined ? [] : [range]
  }
  const object = asObject(value)
  if (object === undefined) return []
  if (type === 'Timing') {
    const events = Array.isArray(object['event']) ? object['event'].flatMap((event) => (typeof event === 'string' ? (timeRange(event) ?? []) : [])) : []
    const bounds = asObject(asObject(object['repeat'])?.['boundsPeriod'])
    const all = [...events, ...(bounds === undefined ? [] : timesOf({ type: 'Period', value: bounds }))]
    return all.length === 0 ? [] : [{ low: Math.min(...all.map(({ low }) => low)), high: Math.max(...all.map(({ high }) => high)) }]
  }
  const edge = (name: string): TimeRange | undefined => (typeof object[name] === 'string' ? timeRange(object[name]) : undefined)
  const [start, end] = [edge('start'), edge('end')]
  if (start === undefined && end === undefined) return []
  return [{ low: start?.low ?? Number.NEGATIVE_INFINITY, high: end?.high ?? Number.POSITIVE_INFINITY }]
}

export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap'

/** The prefix of a search value and what follows it; `eq` where there is none. */
export function prefixed(text: string): { readonly prefix: Prefix; readonly rest: string } {
  const [, prefix, rest] = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[\d+-.])(.*)$/.exec(text) ?? []
  return prefix === undefined ? { prefix: 'eq', rest: text } : { prefix: prefix as Prefix, rest: rest as string }
}

/** Compares by ranges (R4 search, "Prefixes"): `value` is what was searched for, `target` what the resource says. */
export function comparesTime(prefix: Prefix, value: TimeRange, target: TimeRange, now: number): boolean {
  const equal = value.low <= target.low && target.high <= value.high
  switch (prefix) {
    case 'eq': return equal
    case 'ne': return !equal
    case 'gt': return target.high > value.high
    case 'lt': return target.low < value.low
    case 'ge': return equal || target.high > value.high
    case 'le': return equal || target.low < value.low
    case 'sa': return target.low >= value.high
    case 'eb': return target.high <= value.low
    case 'ap': {
      const slack = Math.abs(now - value.low) / 10
      return target.high > value.low - slack && target.low < value.high + slack
    }
  }
}
