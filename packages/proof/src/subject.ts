import { toBase64url, utf8 } from './bytes.ts'
import { hkdfSha256, hmacSha256, taggedHash } from './hash.ts'
import { uuidBytes } from './identifiers.ts'

/** The pseudonym that entries carry, base64url of 32 bytes: `HMAC(subjectSecret, "careledger/v1/subject")`. It never reaches a ledger. */
export const subjectPseudonym = (subjectSecret: Uint8Array): string => toBase64url(hmacSha256(secret(subjectSecret), utf8('careledger/v1/subject')))

/** The key of one epoch, 32 bytes: what a consent hands out. `epoch` from 0. */
export const epochKey = (subjectSecret: Uint8Array, epoch: number): Uint8Array => {
  if (!Number.isSafeInteger(epoch) || epoch < 0) throw new TypeError('An epoch is an integer from 0.')
  return hkdfSha256(secret(subjectSecret), `careledger/v1/epoch|${epoch}`)
}

/** The ledger key of all records of an epoch, 32 bytes. */
export const ledgerKey = (key: Uint8Array): Uint8Array => hmacSha256(secret(key), utf8('key'))

/** The ledger id of an entry's record, 16 bytes. `entryId` is UUID text. */
export const ledgerRecordId = (key: Uint8Array, entryId: string): Uint8Array => hmacSha256(secret(key), utf8('id'), uuidBytes(entryId)).slice(0, 16)

/** What hides a record's digest from those who know the leaf only, 32 bytes. */
export const ledgerBlind = (key: Uint8Array, leafHash: Uint8Array): Uint8Array => hmacSha256(secret(key), utf8('blind'), leafHash)

/** The digest on the ledger, 32 bytes: `H("record", leafHash, blind)`; the blind is empty where an entry has no subject. */
export const recordDigest = (leafHash: Uint8Array, blind: Uint8Array = new Uint8Array(0)): Uint8Array => taggedHash('record', leafHash, blind)

const secret = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length !== 32) throw new TypeError('A subject secret and an epoch key have 32 bytes.')
  return bytes
}
