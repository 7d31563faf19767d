import { fromUtf8, utf8 } from '@careledger/proof'

/** FHIR's base64Binary is the standard alphabet with padding (RFC 4648 section 4). */
export function toBase64(text: string): string {
  let binary = ''
  for (const byte of utf8(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** `undefined` where it is not base64 of UTF-8 text. */
export function fromBase64(data: string): string | undefined {
  try {
    return fromUtf8(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)))
  } catch {
    return undefined
  }
}
