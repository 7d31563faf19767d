import { utf8 } from './bytes.ts'
import { sha256 } from './hash.ts'

/** Crockford's digits: none that is read for another one. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * Twelve letters and digits (60 bits) made of a key's thumbprint, in three groups of four, to be read from one screen and typed at another. Who holds
 * the code against the key cannot be given another key by whoever stands in between.
 */
export const keyCode = (thumbprint: string): string => {
  const hash = sha256(utf8(`careledger/v1/key-code|${thumbprint}`))
  const code = Array.from({ length: 12 }, (_, place) => {
    const [byte, shift] = [Math.floor((place * 5) / 8), (place * 5) % 8]
    const two = (hash[byte]! << 8) | hash[byte + 1]!
    return DIGITS[(two >> (11 - shift)) & 31]
  }).join('')
  return `${code.slice(0, 4)}-${code.slice(4, 8)}-${code.slice(8)}`
}

/** A code as it was typed: small letters, other separators, and letters that are taken for digits. */
export const readKeyCode = (text: string): string => {
  const code = text.toUpperCase().replace(/[^0-9A-Z]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')
  return code.length === 12 ? `${code.slice(0, 4)}-${code.slice(4, 8)}-${code.slice(8)}` : code
}
