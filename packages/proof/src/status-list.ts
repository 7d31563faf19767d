import { concat, equalBytes, fromBase64url, toBase64url } from './bytes.ts'
import { canonicalBytes, type CanonicalValue } from './canonical-json.ts'
import { parseDidWeb, statusListUrl } from './did.ts'
import { ProofError } from './proof-error.ts'
import { readMembers } from './read-members.ts'
import { unshared } from './web-crypto.ts'

/** Credentials of one list: the least that the standard allows, so that an index says nothing (W3C Bitstring Status List 1.0 §2.2). */
export const STATUS_LIST_LENGTH = 131_072
const LIST_BYTES = STATUS_LIST_LENGTH / 8

/** A status list as its credential says it. */
export interface StatusList {
  /** did:web of the organisation. */
  readonly issuer: string
  /** 0 for an organisation's first list. */
  readonly list: number
  /** When it was made, ISO 8601. */
  readonly from: string
  /** 16,384 bytes; a bit that is set is a credential that was taken back. */
  readonly bits: Uint8Array
}

/** A list with nothing taken back. */
export const emptyStatusBits = (): Uint8Array => new Uint8Array(LIST_BYTES)

/** Whether the credential at this index was taken back. The first index is the left-most bit. */
export const statusBit = (bits: Uint8Array, index: number): boolean => ((bits[index >> 3]! >> (7 - (index & 7))) & 1) === 1

/** The same with one more taken back. */
export const withStatusBit = (bits: Uint8Array, index: number): Uint8Array => {
  const next = bits.slice()
  next[index >> 3] = next[index >> 3]! | (1 << (7 - (index & 7)))
  return next
}

/** Indexes that are set in `next` and not in `former`, ascending; `undefined` where one was set and is no longer: what was taken back stays so. */
export const newlySet = (former: Uint8Array, next: Uint8Array): readonly number[] | undefined => {
  const found: number[] = []
  for (let place = 0; place < LIST_BYTES; place += 1) {
    const [before, after] = [former[place]!, next[place]!]
    if ((before & ~after) !== 0) return undefined
    for (let bit = 0; after !== before && bit < 8; bit += 1) if (((after & ~before) >> (7 - bit)) & 1) found.push(place * 8 + bit)
  }
  return found
}

/** The document of a status list's credential. Errors: MALFORMED for an issuer that is no organisation's did:web. */
export const statusListDocument = async ({ issuer, list, from, bits }: StatusList): Promise<CanonicalValue> => {
  const gzip = await through(bits, new CompressionStream('gzip'), LIST_BYTES * 2)
  return documentOf({ issuer, list, from, encoded: `u${toBase64url(gzip)}` })
}

/** Reads the document of a status list's credential. Errors: MALFORMED, MISSING_MEMBER. */
export const parseStatusList = async (document: CanonicalValue): Promise<StatusList> => {
  const members = readMembers(document, '')
  const subject = members.object('credentialSubject')
  const issuer = members.text('issuer', /^did:web:/)
  const list = listNumber(issuer, members.text('id', /^https?:/))
  const [from, encoded] = [members.text('validFrom', instantPattern), subject.text('encodedList', /^u[\w-]{1,43000}$/)]
  if (!equalBytes(canonicalBytes(documentOf({ issuer, list, from, encoded })), canonicalBytes(document))) throw new ProofError('MALFORMED', 'The document has other members than a status list.')
  return { issuer, list, from, bits: await unpack(encoded) }
}

export const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Which of an organisation's lists stands at this address. Errors: MALFORMED. */
export const listNumber = (issuer: string, url: string): number => {
  const number = Number(/\/status\/(0|[1-9][0-9]{0,5})$/.exec(url)?.[1] ?? 'none')
  if (parseDidWeb(issuer).organisation === undefined || statusListUrl(issuer, number) !== url) throw new ProofError('MALFORMED', 'The list does not stand at its issuer\'s address.')
  return number
}

const documentOf = ({ issuer, list, from, encoded }: Omit<StatusList, 'bits'> & { readonly encoded: string }): CanonicalValue => {
  const id = statusListUrl(issuer, list)
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    id, type: ['VerifiableCredential', 'BitstringStatusListCredential'], issuer, validFrom: from,
    credentialSubject: { id: `${id}#list`, type: 'BitstringStatusList', statusPurpose: 'revocation', encodedList: encoded },
  }
}

const unpack = async (encoded: string): Promise<Uint8Array> => {
  try {
    const bits = await through(fromBase64url(encoded.slice(1)), new DecompressionStream('gzip'), LIST_BYTES)
    if (bits.length === LIST_BYTES) return bits
  } catch {
    throw new ProofError('MALFORMED', 'The list is not packed as one is.')
  }
  throw new ProofError('MALFORMED', `A list has ${STATUS_LIST_LENGTH} places.`)
}

/** Errors: whatever the stream refuses with; TypeError beyond `bytesMax`. */
const through = async (bytes: Uint8Array, stream: { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<Uint8Array<ArrayBuffer>> }, bytesMax: number): Promise<Uint8Array> => {
  const writer = stream.writable.getWriter()
  // What goes wrong is seen by the reader.
  writer.write(unshared(bytes)).then(() => writer.close()).catch(() => undefined)
  const reader = stream.readable.getReader()
  const chunks: Uint8Array[] = []
  for (let total = 0; ;) {
    const { done, value } = await reader.read()
    if (done) return concat(...chunks)
    total += value.length
    if (total > bytesMax) {
      await reader.cancel()
      throw new TypeError('More comes out of it than a list has.')
    }
    chunks.push(value)
  }
}
