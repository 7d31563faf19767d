/** WebCrypto's key, named so that the types of browsers and of Node both give it. */
export type WebCryptoKey = Parameters<typeof crypto.subtle.sign>[1]

/** WebCrypto's types want bytes that are not shared; ours never are. */
export const unshared = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>
