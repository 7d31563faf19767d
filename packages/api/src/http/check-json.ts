import { Problem } from '../contracts/problem.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d, OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d

/**
 * Parses JSON text from outside. Errors: Problem INPUT_MALFORMED for text that is not JSON, for a member name given twice in one object and
 * for `__proto__` as a name; INPUT_TOO_LARGE beyond `depthMax`. `JSON.parse` alone would let the last of two equal names win (RFC 8259 §4).
 */
export function parseJson(text: string, depthMax: number): unknown {
  checkNames(text, depthMax)
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('The request is not JSON.')
  }
}

/** One pass over the text; a text that is not JSON may pass here, `JSON.parse` refuses it afterwards. */
function checkNames(text: string, depthMax: number): void {
  const open: (Names | undefined)[] = []
  let nameNext = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfString(text, at)
      if (nameNext) {
        addName(open, text.slice(at + 1, end))
        nameNext = false
      }
      at = end
    } else if (code === COMMA) {
      nameNext = open.length > 0 && open[open.length - 1] !== undefined
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (open.length === depthMax) throw new Problem('INPUT_TOO_LARGE', PROBLEM_SENTENCE.INPUT_TOO_LARGE, { details: { limit: 'depth' } })
      open.push(code === OPEN_OBJECT ? { few: [], many: undefined } : undefined)
      nameNext = code === OPEN_OBJECT
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      open.pop()
      nameNext = false
    }
  }
}

/** Names of one object: a list while they are few, a set from then on. */
interface Names {
  readonly few: string[]
  many: Set<string> | undefined
}

const FEW = 12

function addName(open: readonly (Names | undefined)[], raw: string): void {
  const names = open[open.length - 1]
  if (names === undefined) return
  const name = raw.includes('\\') ? unescape(raw) : raw
  if (name === '__proto__' || (names.many === undefined ? names.few.includes(name) : names.many.has(name))) throw malformed('A member name stands twice in one object, or is not allowed.')
  if (names.many !== undefined) names.many.add(name)
  else if (names.few.push(name) > FEW) names.many = new Set(names.few)
}

function unescape(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    throw malformed('The request is not JSON.')
  }
}

/** Index of the closing quote of the string that opens at `start`; the text's end where it is missing. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1) {
    let before = end - 1
    while (text.charCodeAt(before) === BACKSLASH) before--
    if ((end - before) % 2 === 1) return end
    end = text.indexOf('"', end + 1)
  }
  return text.length
}

function malformed(message: string): Problem {
  return new Problem('INPUT_MALFORMED', message)
}
