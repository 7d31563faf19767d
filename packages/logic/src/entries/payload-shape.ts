import { canonicalBytes, parseCanonical, type CanonicalValue } from '@careledger/proof'
import type { z } from 'zod'
import { LogicError } from '../logic-error.ts'

/** Most problems named. */
const problemsMax = 20

/** An entry's payload of one shape. Errors: INPUT_MALFORMED where it is not canonical JSON, or of another shape: the first place is `path`, up to 20 stand in `problems`; never a value. */
export function parsePayload<T extends z.ZodType>(shape: T, payload: Uint8Array | undefined): z.output<T> {
  let value: unknown
  try {
    value = parseCanonical(payload ?? new Uint8Array())
  } catch (cause) {
    throw new LogicError('INPUT_MALFORMED', 'The payload is not canonical JSON.', { cause })
  }
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.slice(0, problemsMax).map(({ path, message }) => ({ path: path.join('.'), code: 'shape', message }))
  throw new LogicError('INPUT_MALFORMED', 'The payload has another shape than entries of this type carry.', { details: { path: problems[0]?.path ?? '', problems } })
}

/** The bytes that an author commits to. Members that are `undefined` are absent. */
export function canonicalPayload(payload: object): Uint8Array {
  return canonicalBytes(JSON.parse(JSON.stringify(payload)) as CanonicalValue)
}
