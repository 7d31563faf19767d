import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { fromBase64url, toBase64url } from '@careledger/proof'

/** N = 2^15, r = 8, p = 1 (32 MiB, about 80 ms): RFC 7914, and the OWASP password storage guidance. */
const cost = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const

export interface HashedPasscode {
  readonly salt: string
  readonly hash: string
}

export async function hashPasscode(passcode: string): Promise<HashedPasscode> {
  const salt = randomBytes(16)
  return { salt: toBase64url(salt), hash: toBase64url(await derive(passcode, salt)) }
}

export async function isPasscode(passcode: string, hashed: HashedPasscode): Promise<boolean> {
  return timingSafeEqual(await derive(passcode, fromBase64url(hashed.salt)), fromBase64url(hashed.hash))
}

function derive(passcode: string, salt: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(passcode.normalize('NFKC'), salt, 32, cost, (error, key) => (error === null ? resolve(new Uint8Array(key)) : reject(error)))
  })
}
