import { compareDecimals } from './exact-decimal.ts'

/**
 * How far a measurement may lie from the same person's former one before somebody has to look: a change larger than that comes more often from a mixed-up
 * specimen than from the person. Source: CLSI EP33, "Use of Delta Checks in the Medical Laboratory"; limits are the laboratory's own.
 */
export interface DeltaRule {
  readonly loinc: string
  /** UCUM; both values must be in it. */
  readonly unit: string
  /** Former values older than this say nothing. */
  readonly withinHours: number
  /** Largest change, in the unit, or in percent of the former value; where both are given, both must be passed. */
  readonly absolute?: string | undefined
  readonly percent?: number | undefined
}

export interface Measured {
  /** A decimal. */
  readonly value: string
  /** When the specimen was taken. */
  readonly at: string
}

export interface Delta {
  readonly former: Measured
  /** Signed, in the unit, at most 12 significant digits; and in percent where the former value is not 0. */
  readonly change: number
  readonly percent?: number | undefined
  readonly exceeded: boolean
}

/** The change against the newest former value within the rule's time; `undefined`: there is none to compare with. */
export function checkDelta(rule: DeltaRule, current: Measured, former: readonly Measured[]): Delta | undefined {
  const now = Date.parse(current.at)
  const newest = former
    .filter(({ at }) => Date.parse(at) < now && now - Date.parse(at) <= rule.withinHours * 3_600_000)
    .toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at))[0]
  if (newest === undefined) return undefined
  const change = Number((Number(current.value) - Number(newest.value)).toPrecision(12))
  const percent = compareDecimals(newest.value, '0') === 0 ? undefined : (change / Math.abs(Number(newest.value))) * 100
  const beyondAbsolute = rule.absolute === undefined || Math.abs(change) > Number(rule.absolute)
  // Against a former value of 0 any change is more than any percentage.
  const beyondPercent = rule.percent === undefined || (percent === undefined ? change !== 0 : Math.abs(percent) > rule.percent)
  const exceeded = (rule.absolute !== undefined || rule.percent !== undefined) && beyondAbsolute && beyondPercent
  return { former: newest, change, ...(percent === undefined ? {} : { percent }), exceeded }
}
