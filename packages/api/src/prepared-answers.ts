import { z } from 'zod'
import type { Contract } from './contracts/contract.ts'

/**
 * Answers that logic gives again are the same objects, so what is made of them is made once: the operation's answer, its check against the contract, and
 * its JSON text. All of it lives as long as logic holds the answer. Nothing of it may be changed by anybody.
 */
const answers = new WeakMap<object, object>()
const made = new WeakSet<object>()
const composed = new WeakMap<object, { readonly same: object; readonly own: Readonly<Record<string, unknown>> }>()
const checked = new WeakMap<object, { readonly contract: Contract; readonly data: object }>()
/** JSON by checked data; `undefined` until it is asked for. */
const texts = new WeakMap<object, Buffer | undefined>()

/** What an operation answers, made once for each of logic's answers. */
export function once<Given extends object, Answer extends object>(given: Given, make: (given: Given) => Answer): Answer {
  const known = answers.get(given) as Answer | undefined
  if (known !== undefined) return known
  const answer = make(given)
  answers.set(given, answer)
  made.add(answer)
  return answer
}

/** The same for an answer that has something of its own each time, the decision: `same` is made once, `own` is small. */
export function withOwn<Same extends object, Own extends Readonly<Record<string, unknown>>>(same: Same, own: Own): Same & Own {
  const whole = { ...same, ...own }
  composed.set(whole, { same, own })
  return whole
}

/** What the contract makes of an answer, or what is wrong with it. What was checked before is not checked again. */
export function checkAnswer(contract: Contract, answer: unknown): z.ZodSafeParseResult<unknown> {
  if (typeof answer !== 'object' || answer === null) return contract.output.safeParse(answer)
  const parts = composed.get(answer)
  if (!made.has(parts?.same ?? answer)) return contract.output.safeParse(answer)
  const known = checked.get(parts?.same ?? answer)
  if (known?.contract === contract) {
    if (parts === undefined) return { success: true, data: known.data }
    const own = checkMembers(contract, parts.own)
    if (own !== undefined) {
      const data = { ...known.data, ...own }
      composed.set(data, { same: known.data, own })
      return { success: true, data }
    }
  }
  const result = contract.output.safeParse(answer)
  if (!result.success || typeof result.data !== 'object' || result.data === null) return result
  if (parts === undefined) {
    checked.set(answer, { contract, data: result.data })
    texts.set(result.data, undefined)
    return result
  }
  const all = Object.entries(result.data)
  const same = Object.fromEntries(all.filter(([name]) => !Object.hasOwn(parts.own, name)))
  checked.set(parts.same, { contract, data: same })
  composed.set(result.data, { same, own: Object.fromEntries(all.filter(([name]) => Object.hasOwn(parts.own, name))) })
  return result
}

/** `undefined`: one of them is not what the contract says. */
function checkMembers({ output }: Contract, own: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  if (!(output instanceof z.ZodObject)) return undefined
  const found: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(own)) {
    const result = (output.shape as Readonly<Record<string, z.ZodType | undefined>>)[name]?.safeParse(value)
    if (result?.success !== true) return undefined
    found[name] = result.data
  }
  return found
}

/** Whether the JSON of checked data is kept. */
export function isPrepared(data: unknown): data is object {
  return typeof data === 'object' && data !== null && (texts.has(data) || composed.has(data))
}

/** JSON of checked data in UTF-8, in pieces; what is the same each time is written once. */
export function preparedJson(data: object): readonly Buffer[] {
  const parts = composed.get(data)
  if (parts === undefined) return [jsonOf(data)]
  const same = jsonOf(parts.same)
  const own = Buffer.from(JSON.stringify(parts.own))
  if (own.length === 2) return [same]
  return same.length === 2 ? [own] : [same.subarray(0, -1), comma, own.subarray(1)]
}

const comma = Buffer.from(',')

function jsonOf(data: object): Buffer {
  let json = texts.get(data)
  if (json === undefined) texts.set(data, (json = Buffer.from(JSON.stringify(data))))
  return json
}
