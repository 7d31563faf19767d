import { createECDH, createPrivateKey } from 'node:crypto'
import { createNodeSigner, type KeyVault, type LocalSigner } from '@careledger/identity'
import { fromHex, hkdfSha256, toBase64url, toHex } from '@careledger/proof'

/** Order of P-256 (FIPS 186-5). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/**
 * The custodian's issuing key for health cards (ES256) of one generation (from 1), the same as long as its vault exists: derived from the organisation's key, so that it
 * lives nowhere but in the vault and needs no file of its own. 48 bytes are reduced modulo n-1 (FIPS 186-5, A.2.1), which leaves no bias to
 * speak of. It counts only once the organisation has enrolled it in the log (`card-key-enrolled`).
 */
export async function cardSigner(vault: KeyVault, generation: number): Promise<LocalSigner> {
  const seed = (await vault.organisation()).slotKey('health-cards/1')
  const wide = BigInt(`0x${toHex(hkdfSha256(seed, generation === 1 ? 'careledger/v1/health-card-key' : `careledger/v1/health-card-key/${generation}`, 48))}`)
  const d = fromHex(((wide % (order - 1n)) + 1n).toString(16).padStart(64, '0'))
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(d)
  const point = ecdh.getPublicKey()
  const jwk = { kty: 'EC', crv: 'P-256', x: toBase64url(point.subarray(1, 33)), y: toBase64url(point.subarray(33, 65)), d: toBase64url(d) }
  return createNodeSigner(createPrivateKey({ format: 'jwk', key: jwk }))
}
