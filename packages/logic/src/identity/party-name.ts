import { canonicalBytes, parseCanonical, partyPattern } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'

/** Media type of a `party-named` entry's payload: canonical `{ v: 1, party, name }`. */
export const PARTY_NAME_MEDIA_TYPE = 'application/careledger-party-name+json'

export interface PartyName {
  readonly party: string
  /** 1 to 120 characters, in NFC, without control characters or line breaks, no space at either end. */
  readonly name: string
}

/** Errors: LogicError INPUT_MALFORMED; ProofError for text that is not canonical. */
export function parsePartyName(payload: Uint8Array): PartyName {
  const value = parseCanonical(payload)
  if (typeof value === 'object' && !Array.isArray(value)) {
    const { v, party, name, ...others } = value as Readonly<Record<string, unknown>>
    if (v === 1 && typeof party === 'string' && partyPattern.test(party) && isName(name) && Object.keys(others).length === 0) return { party, name }
  }
  throw new LogicError('INPUT_MALFORMED', 'The payload is not { v: 1, party, name } with a name of 1 to 120 characters.')
}

/** The canonical bytes of a name, checked. Errors as `parsePartyName`. */
export function partyNameBytes(named: PartyName): Uint8Array {
  const bytes = canonicalBytes({ v: 1, party: named.party, name: named.name })
  parsePartyName(bytes)
  return bytes
}

/** Bidirectional overrides and other invisible characters could make one name look like another. */
function isName(name: unknown): name is string {
  return typeof name === 'string' && /^[^\p{C}\p{Zl}\p{Zp}]{1,120}$/u.test(name) && name === name.normalize('NFC').trim()
}
