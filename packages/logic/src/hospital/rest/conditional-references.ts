import type { OpenedRecord } from './addressed-record.ts'

/** As long as somebody holds the payload: a resource that lies open is looked through once. */
const known = new WeakMap<Uint8Array, readonly string[]>()
const none: readonly string[] = []

/** Conditional references of a resource (R4 http, "Conditional References"), but for those to a Patient: they were held against whose record it is. */
export function conditionsOf({ bytes, text }: Pick<OpenedRecord, 'bytes' | 'text'>): readonly string[] {
  let found = known.get(bytes)
  if (found === undefined) {
    const texts = text.includes('?') ? [...text.matchAll(/"reference"\s*:\s*"([A-Z][A-Za-z]{1,63}\?[^"\\]+)"/g)].map(([, condition]) => condition as string).filter((condition) => !condition.startsWith('Patient?')) : none
    known.set(bytes, (found = texts.length === 0 ? none : [...new Set(texts)]))
  }
  return found
}
