import { at, items, quantity, text, type Resource } from './resource.ts'

/** Where a result lies, as its laboratory says; `unknown`: it gives neither a range nor a word. */
export type Standing = 'critical' | 'low' | 'high' | 'within' | 'abnormal' | 'unknown'

export interface ResultMeaning {
  /** As written, with its unit. */
  readonly value: string
  readonly number: number
  readonly unit: string | undefined
  /** Bounds that the result itself gives, in its unit. */
  readonly low?: number | undefined
  readonly high?: number | undefined
  readonly range?: string | undefined
  readonly standing: Standing
  /** What the laboratory or the doctor wrote about it; nothing of ours. */
  readonly notes: readonly string[]
}

/** Codes of v3-ObservationInterpretation; a code that is not here says nothing to us. */
const interpretations: Readonly<Record<string, Standing>> = { L: 'low', LL: 'critical', H: 'high', HH: 'critical', A: 'abnormal', AA: 'critical', N: 'within' }

/**
 * What a measured result says of itself: its own word if it has one, else its place in its own range. Never a range from elsewhere, for ranges
 * differ by laboratory, age and sex. `undefined` for what is not a measured number.
 */
export function resultMeaning(resource: Resource): ResultMeaning | undefined {
  const measured = at(resource, 'valueQuantity')
  const value = quantity(measured)
  const number = Number(text(at(measured, 'value')))
  if (text(at(resource, 'resourceType')) !== 'Observation' || value === undefined || !Number.isFinite(number)) return undefined
  const given = at(resource, 'referenceRange', 0)
  const unit = text(at(measured, 'unit')) ?? text(at(measured, 'code'))
  const [low, high] = [bound(given, 'low', unit), bound(given, 'high', unit)]
  const word = items(at(resource, 'interpretation')).flatMap((one) => items(at(one, 'coding'))).map((coding) => interpretations[text(at(coding, 'code')) ?? '']).find((one) => one !== undefined)
  const comparator = text(at(measured, 'comparator'))
  const place: Standing = low === undefined && high === undefined ? 'unknown' : low !== undefined && number < low ? 'low' : high !== undefined && number > high ? 'high' : comparator === undefined ? 'within' : 'unknown'
  const range = low !== undefined && high !== undefined ? `${low} – ${high}` : low !== undefined ? `≥ ${low}` : high !== undefined ? `≤ ${high}` : undefined
  const notes = items(at(resource, 'note')).flatMap((one) => text(at(one, 'text')) ?? [])
  return { value, number, unit, standing: word ?? place, notes, ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }), ...(range === undefined ? {} : { range: [range, unit].filter(Boolean).join(' ') }) }
}

/** A bound in another unit is no bound of this number. */
function bound(range: Resource | undefined, name: 'low' | 'high', unit: string | undefined): number | undefined {
  const given = at(range, name)
  const number = Number(text(at(given, 'value')) ?? NaN)
  const other = text(at(given, 'unit')) ?? text(at(given, 'code'))
  return Number.isFinite(number) && (other === undefined || unit === undefined || other === unit) ? number : undefined
}

export interface LinePlaces {
  /** 0 to 100, of the line's width. */
  readonly value: number
  readonly low?: number | undefined
  readonly high?: number | undefined
}

/** Places on a number line that shows the range with room on both sides and the value, however far off it is. */
export function linePlaces({ number, low, high }: Pick<ResultMeaning, 'number' | 'low' | 'high'>): LinePlaces | undefined {
  if (low === undefined && high === undefined) return undefined
  const width = low !== undefined && high !== undefined && high > low ? high - low : Math.max(Math.abs(low ?? high ?? 1), 1) * 0.5
  const from = Math.min(low ?? (high as number) - width, number) - width * 0.35
  const to = Math.max(high ?? (low as number) + width, number) + width * 0.35
  const place = (value: number): number => Math.round(((value - from) / (to - from)) * 1000) / 10
  return { value: place(number), ...(low === undefined ? {} : { low: place(low) }), ...(high === undefined ? {} : { high: place(high) }) }
}

/** What a result is of, to find the one before it: its codes, else its words. */
export function resultCode(resource: Resource): string {
  const codes = items(at(resource, 'code', 'coding')).flatMap((coding) => [text(at(coding, 'system')), text(at(coding, 'code'))].join('|'))
  return codes[0] ?? text(at(resource, 'code', 'text')) ?? ''
}
