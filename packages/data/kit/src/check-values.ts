import { StoreError, type StoreErrorCode } from '@careledger/data-spec'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A UUID in lower case with hyphens, of any version. */
export function isUuid(text: string): boolean {
  return uuid.test(text)
}

/** STORE_INVALID that names what is wrong, never its value. */
export function invalid(message: string, details: StoreError['details'] = {}): StoreError {
  const code: StoreErrorCode = 'STORE_INVALID'
  return new StoreError(code, message, { details })
}

export const nameBytesMax = 128
export const textBytesMax = 1_024
export const indexValueBytesMax = 512

/** Throws STORE_INVALID unless `text` is well-formed, free of U+0000 and of `min`..`max` bytes in UTF-8. */
export function checkText(what: string, text: string, max: number, min = 1): void {
  if (typeof text !== 'string') throw invalid(`${what} is not a text.`)
  if (text.length < min || text.length > max || utf8Length(text) > max) throw invalid(`${what} must have ${min} to ${max} bytes.`)
  if (!text.isWellFormed() || text.includes('\0')) throw invalid(`${what} must be well-formed Unicode without U+0000.`)
}

export function checkName(what: string, text: string): void { checkText(what, text, nameBytesMax) }
export function checkKey(what: string, text: string): void { checkText(what, text, textBytesMax) }

export function checkUuid(what: string, text: string): void {
  if (typeof text !== 'string' || !isUuid(text)) throw invalid(`${what} is not a UUID in lower case.`)
}

export function checkHash(what: string, bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array) || bytes.length !== 32) throw invalid(`${what} must have 32 bytes.`)
}

export function checkBytes(what: string, bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) throw invalid(`${what} is not bytes.`)
}

export function checkDate(what: string, date: Date): void {
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) throw invalid(`${what} is not a time.`)
}

/** An integer of `min`..`max`, both inclusive. */
export function checkInteger(what: string, value: number, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) throw invalid(`${what} must be an integer of ${min} to ${max}.`)
}

/** Throws STORE_INVALID unless `limit` is an integer of 1..`max`. */
export function checkLimit(limit: number, max = 1_000): void {
  checkInteger('limit', limit, 1, max)
}

function utf8Length(text: string): number {
  let length = text.length
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit > 0x7f) length += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return length
}
