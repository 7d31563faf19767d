import { toPublicJwk, type P256Jwk } from '@careledger/proof'
import { contracts, Problem } from '@careledger/api/contracts'
import type { Trust } from '@careledger/proof'
import { toTrust } from '../../session/trust.ts'

/** Keys of an instance out of a `trust.json`. Errors: Problem INPUT_MALFORMED. */
export async function readTrustFile(file: File): Promise<Trust> {
  const parsed = contracts.platform.trust.output.safeParse(await readJson(file))
  if (!parsed.success) throw new Problem('INPUT_MALFORMED', 'The file does not hold the keys of an instance.')
  return toTrust(parsed.data)
}

/** A P-256 key (RFC 7517) without its private part. Errors: Problem INPUT_MALFORMED. */
export async function readPublicKeyFile(file: File): Promise<P256Jwk> {
  return publicKey((await readJson(file)) as Readonly<Record<string, string>>)
}

/** The private key that files are sealed to; it stays in this page. Errors: Problem INPUT_MALFORMED. */
export async function readPrivateKeyFile(file: File): Promise<P256Jwk & { readonly d: string }> {
  const jwk = (await readJson(file)) as Readonly<Record<string, string>>
  if (typeof jwk['d'] !== 'string') throw new Problem('INPUT_MALFORMED', 'The file does not hold a private P-256 key.')
  return { ...publicKey(jwk), d: jwk['d'] }
}

function publicKey({ kty, crv, x, y }: Readonly<Record<string, string>>): P256Jwk {
  try {
    const jwk = toPublicJwk({ kty, crv, x, y } as never, 'key')
    if (jwk.kty === 'EC') return jwk
  } catch {
    // Said below.
  }
  throw new Problem('INPUT_MALFORMED', 'The file does not hold a P-256 key.')
}

async function readJson(file: File): Promise<object> {
  try {
    const value: unknown = JSON.parse(await file.text())
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Said below.
  }
  throw new Problem('INPUT_MALFORMED', 'The file is not JSON.')
}
