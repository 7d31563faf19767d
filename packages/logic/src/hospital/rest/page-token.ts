import { fromBase64url, fromUtf8, toBase64url, utf8 } from '@careledger/proof'
import { z } from 'zod'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'

const shape = z.strictObject({
  operation: z.string(), type: z.string(), id: z.string().optional(), purpose: z.string(), strict: z.boolean(), parameters: z.array(z.tuple([z.string(), z.string()])),
  /** Patient to go on with and the entry to go on behind; of a sorted answer its values. */
  place: z.strictObject({ patient: z.string().optional(), after: z.string().optional(), keys: z.array(z.union([z.string(), z.number(), z.null()])).optional() }),
})

/** A whole question with the place to go on at. */
export type PageToken = z.output<typeof shape>

/**
 * Seals a page under a key of the platform, bound to the caller: the address of the next page says nothing of what was searched for, nor where
 * the rows stand that the caller may not read.
 */
export async function sealPage(parts: Pick<Parts, 'vaults' | 'system'>, party: string, page: PageToken): Promise<string> {
  const keys = await platformKeys(parts)
  return toBase64url(keys.seal(utf8(JSON.stringify(page)), utf8(`fhir-page|${party}`)))
}

/** Errors: INPUT_MALFORMED for a page of somebody else or of another operation, or none at all. */
export async function openPage(parts: Pick<Parts, 'vaults' | 'system'>, party: string, operation: string, token: string): Promise<PageToken> {
  const keys = await platformKeys(parts)
  try {
    const page = shape.parse(JSON.parse(fromUtf8(keys.open(fromBase64url(token), utf8(`fhir-page|${party}`)))))
    if (page.operation === operation) return page
  } catch (cause) {
    throw new LogicError('INPUT_MALFORMED', 'This is no page of this server for this caller.', { cause })
  }
  throw new LogicError('INPUT_MALFORMED', 'This is a page of another operation.')
}

async function platformKeys({ vaults, system }: Pick<Parts, 'vaults' | 'system'>) {
  const vault = vaults.get(system.custodian)
  if (vault === undefined) throw new LogicError('UNAVAILABLE', 'The platform\'s vault is not open.')
  return vault.organisation()
}
