import type { Measure, Reading } from '../../fhir/measure.ts'

/** What a result means: far too high or low, too high or low, otherwise not as usual, as usual. */
export type Flag = 'HH' | 'LL' | 'H' | 'L' | 'A' | 'N'

/** HL7 v3 ObservationInterpretation; codes that say nothing of high or low are left out. */
const interpretations: Readonly<Record<string, Flag>> = {
  HH: 'HH', 'H>': 'HH', HU: 'HH', '>': 'HH', LL: 'LL', 'L<': 'LL', LU: 'LL', '<': 'LL', H: 'H', L: 'L', A: 'A', AA: 'A', POS: 'A', ABN: 'A', N: 'N', NEG: 'N',
}
/** The most serious first. */
const order: readonly Flag[] = ['HH', 'LL', 'H', 'L', 'A', 'N']

/**
 * What the result itself says of its value: its interpretation, or else where the value lies in its own range. `undefined`: it says
 * neither, and nobody else's range is taken. Of several parts the most serious.
 */
export function flagOf(measure: Measure): Flag | undefined {
  const flags = [readingFlag(measure), ...(measure.parts ?? []).map(readingFlag)].filter((flag) => flag !== undefined)
  return order.find((flag) => flags.includes(flag))
}

export function readingFlag(reading: Reading): Flag | undefined {
  const said = reading.flag === undefined ? undefined : interpretations[reading.flag]
  if (said !== undefined || reading.value === undefined || reading.rangeUnit !== undefined) return said
  const value = Number(reading.value)
  // "< 5" lies below a range only where 5 does not lie above its lower end; otherwise it cannot be told.
  if (reading.low !== undefined && value < Number(reading.low) && !isAbove(reading.comparator)) return 'L'
  if (reading.high !== undefined && value > Number(reading.high) && !isBelow(reading.comparator)) return 'H'
  if (reading.comparator !== undefined || (reading.low === undefined && reading.high === undefined)) return undefined
  return 'N'
}

export function isAbnormal(flag: Flag | undefined): boolean {
  return flag !== undefined && flag !== 'N'
}

const isAbove = (comparator: string | undefined): boolean => comparator === '>' || comparator === '>='
const isBelow = (comparator: string | undefined): boolean => comparator === '<' || comparator === '<='
