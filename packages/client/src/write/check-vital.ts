import { isDecimal } from './exact-json.ts'
import type { VitalSign } from './vital-signs.ts'

/** `possible`: entry is blocked. `likely`: asked once whether to keep it. */
export type VitalProblem = { readonly kind: 'number' } | { readonly kind: 'impossible' | 'unlikely'; readonly side: 'below' | 'above'; readonly bound: number }

/** What is wrong with a typed value; `undefined`: nothing, or nothing was typed. */
export function vitalProblem({ possible, likely }: VitalSign, typed: string): VitalProblem | undefined {
  const text = typed.trim()
  if (text === '') return undefined
  if (!isDecimal(text)) return { kind: 'number' }
  return outside('impossible', possible, Number(text)) ?? outside('unlikely', likely, Number(text))
}

function outside(kind: 'impossible' | 'unlikely', [low, high]: readonly [number, number], value: number): VitalProblem | undefined {
  if (value < low) return { kind, side: 'below', bound: low }
  return value > high ? { kind, side: 'above', bound: high } : undefined
}

/** How much a value changed, with the digits of the finer of both: "+0.4". `undefined` where one of them is no number. */
export function vitalChange(typed: string, former: string | undefined): string | undefined {
  const text = typed.trim()
  if (former === undefined || !isDecimal(text) || !isDecimal(former)) return undefined
  const digits = Math.max(...[text, former].map((one) => one.split('.')[1]?.length ?? 0))
  const change = (Number(text) - Number(former)).toFixed(digits)
  return Number(change) > 0 ? `+${change}` : Number(change) === 0 ? (0).toFixed(digits) : change.replace('-', '−')
}
