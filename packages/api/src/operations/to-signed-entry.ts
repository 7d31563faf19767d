import type { z } from 'zod'
import type { EntryReceipt, SignedEntry } from '@careledger/logic'
import { fromBase64url } from '@careledger/proof'
import type { receipt, signedEntry } from '../contracts/shapes.ts'
import { Problem } from '../contracts/problem.ts'

/** An entry as logic takes it. Errors: Problem INPUT_MALFORMED for text that is not base64url. */
export function toSignedEntry(input: z.output<typeof signedEntry>): SignedEntry {
  const { entry, signature, opening } = input
  if (opening === undefined) return { entry, signature }
  try {
    return { entry, signature, opening: { salt: fromBase64url(opening.salt), mediaType: opening.mediaType, payload: fromBase64url(opening.payload) } }
  } catch (cause) {
    throw new Problem('INPUT_MALFORMED', 'The opening is not canonical base64url.', { cause, details: { path: 'entry.opening' } })
  }
}

/** A receipt as the contracts show it. */
export function toReceipt(progress: EntryReceipt): z.input<typeof receipt> {
  const { id, state, index, duplicate } = progress
  return { id, state, duplicate, ...(index === undefined ? {} : { index }) }
}
