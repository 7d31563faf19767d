import { canonicalBytes, jwkThumbprint, parseCanonical, toPublicJwk, type CanonicalValue, type Entry, type P256Jwk } from '@careledger/proof'
import type { KeyRecord } from '@careledger/identity'
import type { EntryType, RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'

/** Media type of a `card-key-enrolled` entry's payload: canonical `{ v: 1, key: <JWK> }`. */
export const CARD_KEY_MEDIA_TYPE = 'application/careledger-card-key+json'
/** Media type of a `card-key-revoked` entry's payload: canonical `{ v: 1, key: <thumbprint> }`. */
export const CARD_KEY_REVOCATION_MEDIA_TYPE = 'application/careledger-card-key-revocation+json'
export const cardKeyTable = 'card-key'

/** Row `card-key`; key = thumbprint; index `custodian`. */
export interface CardKeyRow {
  readonly custodian: string
  readonly jwk: P256Jwk
  /** Id of the entry. */
  readonly entry: string
  /** When the organisation enrolled it, as its entry says. */
  readonly enrolled: string
  /** Cards under it hold no longer from then on. */
  readonly revoked?: { readonly entry: string; readonly at: string } | undefined
}

/** `card-key-enrolled`, signed by the organisation itself: this key issues its health cards. */
export const cardKeyEnrolled: EntryType = {
  payload: 'required',
  mediaTypes: [CARD_KEY_MEDIA_TYPE],
  subject: false,
  async project(_context, { entry, opening, author }) {
    assertOwnKey(entry, author)
    const jwk = parseCardKey(opening?.payload)
    const row: CardKeyRow = { custodian: entry.custodian, jwk, entry: entry.id, enrolled: entry.issuedAt }
    return [{ table: cardKeyTable, key: jwkThumbprint(jwk), value: row as unknown as RowValue, indexes: { custodian: entry.custodian } }]
  },
}

/** `card-key-revoked`, signed by the organisation itself: whatever this key has signed is refused from now on. It cannot be undone. */
export const cardKeyRevoked: EntryType = {
  payload: 'required',
  mediaTypes: [CARD_KEY_REVOCATION_MEDIA_TYPE],
  subject: false,
  async project(context, { entry, opening, author }) {
    assertOwnKey(entry, author)
    const key = parseRevocation(opening?.payload)
    const row = (await context.row(cardKeyTable, key)) as unknown as CardKeyRow | undefined
    if (row === undefined || row.custodian !== entry.custodian) throw new LogicError('NOT_ALLOWED', 'This organisation has enrolled no such issuing key.', { details: { id: entry.id } })
    if (row.revoked !== undefined) throw new LogicError('STALE', 'This key is revoked already.', { details: { id: entry.id } })
    return [{ table: cardKeyTable, key, value: { ...row, revoked: { entry: entry.id, at: entry.issuedAt } } as unknown as RowValue, indexes: { custodian: entry.custodian } }]
  },
}

function assertOwnKey(entry: Pick<Entry, 'id' | 'custodian'>, author: Pick<KeyRecord, 'kind' | 'party' | 'roles' | 'organisation'>): void {
  const organisation = author.kind === 'organisation' ? author.party : author.roles.includes('admin') ? author.organisation : undefined
  if (organisation !== entry.custodian) throw new LogicError('NOT_ALLOWED', 'An organisation enrols and revokes its own issuing keys.', { details: { id: entry.id } })
}

/** Errors: INPUT_MALFORMED for anything but a thumbprint in canonical form. */
function parseRevocation(payload: Uint8Array | undefined): string {
  try {
    const { v, key, ...others } = parseCanonical(payload ?? new Uint8Array()) as Readonly<Record<string, CanonicalValue>>
    if (v === 1 && typeof key === 'string' && /^[A-Za-z0-9_-]{43}$/.test(key) && Object.keys(others).length === 0) return key
  } catch (cause) {
    throw new LogicError('INPUT_MALFORMED', 'The payload is not { v: 1, key } with a thumbprint.', { cause })
  }
  throw new LogicError('INPUT_MALFORMED', 'The payload is not { v: 1, key } with a thumbprint.')
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
