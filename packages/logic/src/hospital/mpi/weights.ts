/**
 * How often a field agrees in this way between two records of one person (`m`) and of two people (`u`); each field's levels add up to one.
 * Fellegi and Sunter 1969. The figures are estimates for a general hospital of a million patients, to be replaced by a hospital's own: `u` of
 * names is one in eighty (a common family name), of dates one in sixteen thousand (45 years of birth dates), of phones one in fifty thousand.
 */
export interface Level { readonly m: number; readonly u: number }

export const WEIGHTS = {
  identifier: { same: { m: 0.9, u: 0.000001 } },
  family: { same: { m: 0.88, u: 0.0125 }, similar: { m: 0.06, u: 0.005 }, swapped: { m: 0.02, u: 0.0005 }, different: { m: 0.04, u: 0.982 } },
  given: { same: { m: 0.82, u: 0.0125 }, similar: { m: 0.09, u: 0.008 }, initial: { m: 0.04, u: 0.05 }, different: { m: 0.05, u: 0.9295 } },
  birthDate: { same: { m: 0.93, u: 0.00006 }, swapped: { m: 0.01, u: 0.0001 }, 'one-digit': { m: 0.03, u: 0.0012 }, partial: { m: 0.01, u: 0.02 }, different: { m: 0.02, u: 0.97864 } },
  sex: { same: { m: 0.985, u: 0.5 }, different: { m: 0.015, u: 0.5 } },
  phone: { same: { m: 0.55, u: 0.00002 }, different: { m: 0.45, u: 0.99998 } },
  address: { same: { m: 0.45, u: 0.0001 }, similar: { m: 0.2, u: 0.004 }, different: { m: 0.35, u: 0.9959 } },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Level>>>>

export type MatchField = keyof typeof WEIGHTS
export type MatchLevel = 'same' | 'similar' | 'swapped' | 'initial' | 'one-digit' | 'partial' | 'different'

/**
 * Bits of evidence. One pair in a million is a true one before anything is compared (20 bits against); from `automatic` on the odds are a
 * thousand to one for it, from `review` on a clerk should look.
 */
export const THRESHOLDS = { automatic: 30, review: 14 } as const

/** Weight of one level in bits, log2(m/u). */
export function weightOf(field: MatchField, level: MatchLevel): number {
  const found = (WEIGHTS[field] as Readonly<Record<string, Level | undefined>>)[level]
  return found === undefined ? 0 : Math.log2(found.m / found.u)
}
