import { commit, entryBytes, instantText, newEntryId, newSalt, signEntry, toBase64url, type Entry } from '@careledger/proof'
import { acceptEntries } from '../entries/accept-entries.ts'
import type { Parts } from '../parts.ts'

/** Writes an entry of the identity network with the platform's system key; gives its id. Errors: those of `acceptEntries`. */
export async function writeAsSystem(parts: Parts, type: string, mediaType: string, payload: Uint8Array, now: Date, signal?: AbortSignal): Promise<string> {
  const { signer, author, custodian } = parts.system
  const opening = { salt: newSalt(), mediaType, payload }
  const entry: Entry = { v: 1, id: newEntryId(now), network: 'identity', type, custodian, issuedAt: instantText(now), author, payload: toBase64url(commit(opening)) }
  await acceptEntries(parts, [{ entry: entryBytes(entry), signature: await signEntry(entry, signer), opening }], { actor: author, signal })
  return entry.id
}
