import { readFileSync } from 'node:fs'
import { toPublicJwk, type P256Jwk } from '@careledger/proof'
import { CommandError, exitCodes } from './exit-codes.ts'

/** A public P-256 key in a file; private members that stand beside it are left out. Errors: CommandError. */
export function parsePublicJwk(path: string): P256Jwk {
  try {
    const { kty, crv, x, y } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
    const jwk = toPublicJwk({ kty, crv, x, y } as never, 'key')
    if (jwk.kty === 'EC') return jwk
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'KEY_INVALID', `${path} does not hold a P-256 key as JWK (RFC 7517).`, { cause: error })
  }
  throw new CommandError(exitCodes.usage, 'KEY_INVALID', `${path} does not hold a P-256 key.`)
}
