import type { DataKeys } from '@careledger/identity'
import { fromBase64url, fromUtf8, toBase64url, utf8 } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'

/**
 * A place in a patient's rows, sealed: it may stand at a row that the reader may not know of. All cursors have the same length for keys of
 * the same length.
 */
export function sealCursor(keys: Pick<DataKeys, 'seal'>, purpose: string, key: string): string {
  return toBase64url(keys.seal(utf8(key), utf8(`cursor|${purpose}`)))
}

/** Errors: INPUT_MALFORMED for a cursor of another list, another patient, or none at all. */
export function openCursor(keys: Pick<DataKeys, 'open'>, purpose: string, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  try {
    return fromUtf8(keys.open(fromBase64url(cursor), utf8(`cursor|${purpose}`)))
  } catch (cause) {
    throw new LogicError('INPUT_MALFORMED', 'This is no cursor of this list.', { cause })
  }
}
