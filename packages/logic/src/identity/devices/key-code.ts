import { createHash } from 'node:crypto'

/** Crockford's letters: none that is read for another one. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * Twelve letters and digits (60 bits) made of a key's thumbprint, to be read from one screen and typed at another: who holds the code against the key
 * cannot be given another key by whoever stands in between. In three groups of four.
 */
export function keyCodeOf(thumbprint: string): string {
  const bits = createHash('sha256').update(`careledger/v1/key-code|${thumbprint}`).digest().readBigUInt64BE(0) >> 4n
  const letters = Array.from({ length: 12 }, (_, place) => LETTERS[Number((bits >> BigInt(55 - 5 * place)) & 31n)])
  return letters.join('').replace(/^(.{4})(.{4})/, '$1-$2-')
}
