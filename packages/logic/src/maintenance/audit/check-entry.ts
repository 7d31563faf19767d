import type { StoredEntry } from '@careledger/data-spec'
import { chainOf, entryHash, equalBytes, fromBase64url, parseEntry, parseEntrySignature, signatureHash, toHex, type Entry, type EntrySignature } from '@careledger/proof'
import type { Findings } from './findings.ts'

/** What an entry's row says of itself, after its columns were compared with the signed bytes. */
export interface CheckedEntry {
  readonly entry: Entry
  readonly entryHash: Uint8Array
  readonly signature: EntrySignature
  readonly signatureHash: Uint8Array
  /** Nothing was found. */
  readonly sound: boolean
}

/** Compares the columns of an entry's row with its signed bytes. `undefined`: the bytes are no entry any more, or another one. */
export function checkEntry(findings: Findings, stored: StoredEntry): CheckedEntry | undefined {
  let sound = true
  const altered = (detail: string, expected?: string, actual?: string): undefined => {
    sound = false
    findings.add({ what: 'altered', kind: 'entry', id: stored.id, detail, expected, actual })
  }
  let entry: Entry
  let signature: EntrySignature
  try {
    entry = parseEntry(stored.canonical)
  } catch {
    return altered('The signed bytes are no entry.')
  }
  try {
    signature = parseEntrySignature(stored.signature)
  } catch {
    return altered('The signature is none.')
  }
  const hash = entryHash(stored.canonical)
  const signed = signatureHash(signature)
  if (entry.id !== stored.id) return altered('The row holds another entry.', stored.id, entry.id)
  if (!equalBytes(hash, stored.entryHash)) altered('The signed bytes do not give the entry\'s hash.', toHex(stored.entryHash), toHex(hash))
  else if (!equalBytes(signed, stored.signatureHash)) altered('The signature does not give its hash.', `s${toHex(stored.signatureHash)}`, `s${toHex(signed)}`)
  else if (stored.network !== entry.network || stored.chain !== chainOf(entry)) altered('Network or chain of the row are not the entry\'s.')
  else if (!sameCommitment(stored.commitment, entry.payload)) altered('The commitment of the row is not the entry\'s.')
  return { entry, entryHash: hash, signature, signatureHash: signed, sound }
}

function sameCommitment(stored: Uint8Array | undefined, payload: string | undefined): boolean {
  if (stored === undefined || payload === undefined) return stored === undefined && payload === undefined
  return equalBytes(stored, fromBase64url(payload))
}
