import { canonicalBytes, jwkThumbprint, parseCanonical, toPublicJwk, type CanonicalValue, type P256Jwk } from '@careledger/proof'
import type { EntryType, RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'

/** Media type of a `card-key-enrolled` entry's payload: canonical `{ v: 1, key: <JWK> }`. */
export const CARD_KEY_MEDIA_TYPE = 'application/careledger-card-key+json'
export const cardKeyTable = 'card-key'

/** Row `card-key`; key = thumbprint; index `custodian`. */
export interface CardKeyRow {
  readonly custodian: string
  readonly jwk: P256Jwk
  /** Id of the entry. */
  readonly entry: string
}

/** `card-key-enrolled`, signed by the organisation itself: this key issues its health cards. */
export const cardKeyEnrolled: EntryType = {
  payload: 'required',
  mediaTypes: [CARD_KEY_MEDIA_TYPE],
  subject: false,
  async project(_context, { entry, opening, author }) {
    const organisation = author.kind === 'organisation' ? author.party : author.roles.includes('admin') ? author.organisation : undefined
    if (organisation !== entry.custodian) throw new LogicError('NOT_ALLOWED', 'An organisation enrols its own issuing key.', { details: { id: entry.id } })
    const jwk = parseCardKey(opening?.payload)
    const row: CardKeyRow = { custodian: entry.custodian, jwk, entry: entry.id }
    return [{ table: cardKeyTable, key: jwkThumbprint(jwk), value: row as unknown as RowValue, indexes: { custodian: entry.custodian } }]
  },
}

export function cardKeyBytes(key: P256Jwk): Uint8Array {
  const { kty, crv, x, y } = key
  return canonicalBytes({ v: 1, key: { kty, crv, x, y } })
}

/** Errors: INPUT_MALFORMED for anything but a P-256 key in canonical form. */
function parseCardKey(payload: Uint8Array | undefined): P256Jwk {
  try {
    const { v, key, ...others } = parseCanonical(payload ?? new Uint8Array()) as Readonly<Record<string, CanonicalValue>>
    const jwk = toPublicJwk(key as CanonicalValue)
    if (v === 1 && jwk.kty === 'EC' && Object.keys(others).length === 0) return jwk
  } catch (cause) {
    throw new LogicError('INPUT_MALFORMED', 'The payload is not { v: 1, key } with a P-256 key.', { cause })
  }
  throw new LogicError('INPUT_MALFORMED', 'The payload is not { v: 1, key } with a P-256 key.')
}
