import { canonicalBytes, parseCanonical, type CanonicalValue } from './canonical-json.ts'
import { taggedHash } from './hash.ts'
import { entryIdPattern, entryTypePattern, networkPattern, partyPattern } from './identifiers.ts'
import { ProofError } from './proof-error.ts'
import { readMembers, type MemberReader } from './read-members.ts'

/** Who signed: a stable party, by one of its keys. */
export interface Author {
  readonly party: string
  /** RFC 7638 SHA-256 thumbprint of the signing key, base64url. */
  readonly key: string
  /** Id of the entry that enrolled the key; absent only where the key enrols itself (`platform-root`). */
  readonly credential?: string | undefined
}

/**
 * What an author signs. No free text, no name, no number of anybody's record. Bytes stand as base64url text, as in the JSON.
 * Source: docs/entry-format.md.
 */
export interface Entry {
  readonly v: 1
  /** UUIDv7 chosen by the author, or a UUIDv8 slot id. */
  readonly id: string
  readonly network: string
  readonly type: string
  /** 32 bytes: the subject's pseudonym. Absent for stock, rules and keys. */
  readonly subject?: string | undefined
  /** Party id of the organisation that holds the payload. */
  readonly custodian: string
  /** 32 bytes: the commitment to the payload. Absent when there is none. */
  readonly payload?: string | undefined
  /** Id of the entry that this one amends. */
  readonly replaces?: string | undefined
  /** `YYYY-MM-DDTHH:MM:SS.sssZ`: the author's claim; never order, never validity. */
  readonly issuedAt: string
  readonly author: Author
}

/** Longest canonical entry, in bytes. */
export const ENTRY_BYTES_MAX = 4096

const thumbprintLength = 32
const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/**
 * Reads the canonical bytes of an entry. Errors as `parseCanonical`, and `UNKNOWN_MEMBER`, `MISSING_MEMBER`, `MALFORMED` with the
 * member's path, `TOO_LARGE` beyond `ENTRY_BYTES_MAX`.
 */
export const parseEntry = (bytes: Uint8Array): Entry => {
  if (bytes.length > ENTRY_BYTES_MAX) throw new ProofError('TOO_LARGE', `An entry has at most ${ENTRY_BYTES_MAX} bytes.`)
  return toEntry(parseCanonical(bytes))
}

/** Checks a parsed value as an entry; `path` stands before the members' names in errors. */
export const toEntry = (value: CanonicalValue, path = ''): Entry => {
  const members = readMembers(value, path)
  if (members.integer('v', Number.MAX_SAFE_INTEGER) !== 1) throw new ProofError('MALFORMED', 'The entry has another format version than 1, the only one that this version of CareLedger reads. Use the version that made it, or a later one.', { path: 'v' })
  const subject = members.optionalBytesText('subject', 32)
  const payload = members.optionalBytesText('payload', 32)
  const replaces = members.optionalText('replaces', entryIdPattern)
  const entry: Entry = {
    v: 1,
    id: members.text('id', entryIdPattern),
    network: members.text('network', networkPattern),
    type: members.text('type', entryTypePattern),
    ...(subject === undefined ? {} : { subject }),
    custodian: members.text('custodian', partyPattern),
    ...(payload === undefined ? {} : { payload }),
    ...(replaces === undefined ? {} : { replaces }),
    issuedAt: readInstant(members, 'issuedAt'),
    author: readAuthor(members.object('author')),
  }
  members.end()
  return entry
}

/** The canonical bytes of an entry, checked: what is signed, hashed and stored. Errors as `parseEntry`. */
export const entryBytes = (entry: Entry): Uint8Array => {
  const bytes = canonicalBytes(toEntry(entry as unknown as CanonicalValue))
  if (bytes.length > ENTRY_BYTES_MAX) throw new ProofError('TOO_LARGE', `An entry has at most ${ENTRY_BYTES_MAX} bytes.`)
  return bytes
}

/** `H("entry", canonical entry)`, 32 bytes. Bytes are taken as they are: parse them first. */
export const entryHash = (entry: Entry | Uint8Array): Uint8Array => taggedHash('entry', entry instanceof Uint8Array ? entry : entryBytes(entry))

/** The chain an entry stands in: `network/custodian/subject`, or `network/custodian` where there is no subject. */
export const chainOf = (entry: Pick<Entry, 'network' | 'custodian' | 'subject'>): string =>
  entry.subject === undefined ? `${entry.network}/${entry.custodian}` : `${entry.network}/${entry.custodian}/${entry.subject}`

/** The time as entries write it: UTC, milliseconds, `Z`. */
export const instantText = (time: Date): string => {
  const text = time.toISOString()
  if (!instantPattern.test(text)) throw new ProofError('MALFORMED', 'Years from 0000 to 9999 can be written.')
  return text
}

const readInstant = (members: MemberReader, name: string): string => {
  const text = members.text(name, instantPattern)
  const ms = Date.parse(text)
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== text) throw new ProofError('MALFORMED', 'The time does not exist.', { path: name })
  return text
}

const readAuthor = (members: MemberReader): Author => {
  const credential = members.optionalText('credential', entryIdPattern)
  const author: Author = {
    party: members.text('party', partyPattern),
    key: members.bytesText('key', thumbprintLength),
    ...(credential === undefined ? {} : { credential }),
  }
  members.end()
  return author
}
