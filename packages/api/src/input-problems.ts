import type { z } from 'zod'
import { Problem } from './contracts/problem.ts'
import { PROBLEM_SENTENCE } from './problem-codes.ts'

/** At most so many places are listed; the rest is counted. */
const LISTED_MAX = 20

/** One place in an input that its contract refuses. Names and values that the caller sent are not repeated. */
interface InputProblem {
  /** For example `entries[3].entry`; empty for the input itself. */
  readonly path: string
  readonly code: string
  readonly message: string
}

/** A Problem INPUT_MALFORMED with the places at fault. */
export function toInputProblem(error: z.core.$ZodError): Problem {
  const found: InputProblem[] = []
  for (const issue of error.issues) found.push({ path: toPath(issue.path), code: issue.code, message: messageOf(issue) })
  const more = Math.max(0, found.length - LISTED_MAX)
  return new Problem('INPUT_MALFORMED', PROBLEM_SENTENCE.INPUT_MALFORMED, { details: { problems: found.slice(0, LISTED_MAX), ...(more > 0 ? { more } : {}) } })
}

/** Writes `['entries', 3, 'entry']` as `entries[3].entry`. */
export function toPath(path: readonly PropertyKey[]): string {
  let text = ''
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : `${text === '' ? '' : '.'}${String(step).slice(0, 64)}`
  return text
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `Expected ${issue.expected}.`
    case 'too_big':
      return `Must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' items' : ''}.`
    case 'too_small':
      return `Must be at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' items' : ''}.`
    case 'invalid_format':
      return `Not in the form ${issue.format}.`
    case 'unrecognized_keys':
      return `Has ${issue.keys.length} unknown member${issue.keys.length === 1 ? '' : 's'}.`
    case 'invalid_value':
      return `Must be one of ${issue.values.map(String).join(', ')}.`
    case 'invalid_union':
      return 'Matches none of the forms allowed here.'
    default:
      return 'Not allowed here.'
  }
}
