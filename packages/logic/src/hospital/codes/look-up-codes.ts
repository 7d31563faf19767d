import type { Actor } from '@careledger/identity'
import type { Parts } from '../../parts.ts'
import type { CodeUse } from './code-list.ts'
import { searchCodes, type FoundCode } from './search-codes.ts'

export interface CodeQuery {
  readonly use: CodeUse
  readonly text: string
  readonly limit: number
}

/** Codes of the lists that the caller's organisation offers, or those of `default`; nothing of a patient. `lists`: what was searched, empty where the hospital has brought none. */
export async function lookUpCodes(parts: Parts, actor: Actor, { use, text, limit }: CodeQuery): Promise<{ readonly items: readonly FoundCode[]; readonly lists: readonly string[] }> {
  const lists = (await parts.instance.codeLists(actor.organisation ?? 'default')).filter(({ uses }) => uses.includes(use))
  return { items: searchCodes(lists, text, limit), lists: lists.map(({ name }) => name) }
}
