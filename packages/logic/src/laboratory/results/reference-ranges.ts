import { compareDecimals } from './exact-decimal.ts'

/**
 * What is usual for one measurement, for people of a sex and an age. Limits are decimals in `unit` and belong to the usual (`low` <= value <= `high`).
 * A value at or beyond a critical limit is one that somebody must act on at once.
 */
export interface ReferenceRange {
  /** LOINC code. */
  readonly loinc: string
  /** UCUM. */
  readonly unit: string
  /** Absent: everybody. */
  readonly sex?: 'female' | 'male' | undefined
  /** Ages it holds for, in days: from, inclusive, to `until`, exclusive. Absent: from birth; for ever. */
  readonly fromDays?: number | undefined
  readonly untilDays?: number | undefined
  readonly low?: string | undefined
  readonly high?: string | undefined
  readonly criticalLow?: string | undefined
  readonly criticalHigh?: string | undefined
}

/** HL7 v3 ObservationInterpretation: critically low, low, normal, high, critically high. */
export type Interpretation = 'LL' | 'L' | 'N' | 'H' | 'HH'

export interface RangePerson {
  readonly sex?: 'female' | 'male' | undefined
  /** `2026-11-26`; absent: not known. */
  readonly birthDate?: string | undefined
}

/**
 * The range that holds for a person on the day of the specimen: the one that says most about them (sex and age before sex or age before neither). One
 * that asks for what is not known of the person does not hold; two that say as much are a mistake in the list, see `rangeConflicts`.
 */
export function rangeFor(ranges: readonly ReferenceRange[], loinc: string, unit: string, person: RangePerson, day: string): ReferenceRange | undefined {
  const age = person.birthDate === undefined ? undefined : Math.floor((Date.parse(day) - Date.parse(person.birthDate)) / 86_400_000)
  return ranges
    .filter((range) => range.loinc === loinc && range.unit === unit && (range.sex === undefined || range.sex === person.sex) && holdsAt(range, age))
    .toSorted((one, other) => says(other) - says(one))[0]
}

function holdsAt({ fromDays, untilDays }: ReferenceRange, age: number | undefined): boolean {
  if (fromDays === undefined && untilDays === undefined) return true
  return age !== undefined && age >= (fromDays ?? 0) && age < (untilDays ?? Number.POSITIVE_INFINITY)
}

function says({ sex, fromDays, untilDays }: ReferenceRange): number {
  return (sex === undefined ? 0 : 2) + (fromDays === undefined && untilDays === undefined ? 0 : 1)
}

/** How a value stands to a range. `undefined`: the range has no limit that says. A comparator (`<0.01`) is judged by its side only where that decides. */
export function interpret(value: string, range: ReferenceRange, comparator?: '<' | '<=' | '>' | '>=' | undefined): Interpretation | undefined {
  const below = (limit: string | undefined, orAt = false): boolean => limit !== undefined && (comparator === '<' || comparator === '<=' || comparator === undefined) && (orAt || comparator === '<' ? compareDecimals(value, limit) <= 0 : compareDecimals(value, limit) < 0)
  const above = (limit: string | undefined, orAt = false): boolean => limit !== undefined && (comparator === '>' || comparator === '>=' || comparator === undefined) && (orAt || comparator === '>' ? compareDecimals(value, limit) >= 0 : compareDecimals(value, limit) > 0)
  if (below(range.criticalLow, true)) return 'LL'
  if (above(range.criticalHigh, true)) return 'HH'
  if (below(range.low)) return 'L'
  if (above(range.high)) return 'H'
  // `<5` says nothing of where below 5 the value lies: usual only where there is no lower limit to miss.
  if (comparator === '<' || comparator === '<=') return range.low === undefined && range.criticalLow === undefined && range.high !== undefined ? 'N' : undefined
  if (comparator === '>' || comparator === '>=') return range.high === undefined && range.criticalHigh === undefined && range.low !== undefined ? 'N' : undefined
  return range.low === undefined && range.high === undefined ? undefined : 'N'
}

/** Pairs of ranges of which it is not said which one holds for somebody, and single ones whose limits are out of order. For the check of a list before it is used. */
export function rangeConflicts(ranges: readonly ReferenceRange[]): readonly (readonly [number] | readonly [number, number])[] {
  return ranges.flatMap((range, at): readonly (readonly [number] | readonly [number, number])[] => [
    ...(inOrder(range) ? [] : [[at] as const]),
    ...ranges.slice(at + 1).flatMap((other, offset) => (alike(range, other) ? [[at, at + 1 + offset] as const] : [])),
  ])
}

function inOrder({ criticalLow, low, high, criticalHigh, fromDays = 0, untilDays = Number.POSITIVE_INFINITY }: ReferenceRange): boolean {
  const limits = [criticalLow, low, high, criticalHigh].filter((limit) => limit !== undefined)
  return fromDays < untilDays && limits.every((limit, at) => at === 0 || compareDecimals(limits[at - 1] as string, limit) <= 0)
}

function alike(one: ReferenceRange, other: ReferenceRange): boolean {
  if (one.loinc !== other.loinc || one.unit !== other.unit || one.sex !== other.sex || says(one) !== says(other)) return false
  return (one.fromDays ?? 0) < (other.untilDays ?? Number.POSITIVE_INFINITY) && (other.fromDays ?? 0) < (one.untilDays ?? Number.POSITIVE_INFINITY)
}
