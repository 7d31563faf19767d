import type { z } from 'zod'
import { acceptEntries } from '@careledger/logic'
import { parseEntry, utf8 } from '@careledger/proof'
import { Problem } from '../contracts/problem.ts'
import type { signedEntry } from '../contracts/shapes.ts'
import { signedIn, type Context } from '../operation.ts'
import { toReceipt, toSignedEntry } from './to-signed-entry.ts'

/** Takes one entry of the identity network of one of these types. Errors: Problem INPUT_MALFORMED for others; those of `acceptEntries`. */
export async function acceptOne(context: Context, input: z.output<typeof signedEntry>, ...types: readonly string[]) {
  const { network, type } = parseEntry(utf8(input.entry))
  if (network !== 'identity' || !types.includes(type)) throw new Problem('INPUT_MALFORMED', 'This operation takes other entries.', { details: { path: 'entry.entry' } })
  const [receipt] = await acceptEntries(context.parts, [toSignedEntry(input)], { actor: signedIn(context), signal: context.signal })
  if (receipt === undefined) throw new TypeError('One entry gives one receipt.')
  return toReceipt(receipt)
}
