import { Problem } from '@careledger/api/contracts'
import { compactDecrypt, importJWK } from 'jose'
import type { CareLedgerClient } from './client-types.ts'
import type { PrivateJwk } from './signing-key.ts'

/** The direct right of one consent, as `hospital.grants.list` gives it. */
export type Grant = Awaited<ReturnType<CareLedgerClient['hospital']['grants']['list']['query']>>['items'][number]

/** An epoch key in the clear: 32 bytes that list one patient's records of one custodian on the ledger. Keep it like a password. */
export interface OpenEpoch {
  readonly epoch: number
  readonly key: Uint8Array
}

/**
 * Opens the epoch keys of a grant with the grantee's own P-256 key (compact JWE, ECDH-ES+A256KW with A256GCM and nothing else).
 * Errors: Problem SIGNATURE_INVALID for another key, an altered text or another algorithm.
 */
export async function openEpochKeys(grant: Pick<Grant, 'epochs'>, privateKey: Extract<PrivateJwk, { kty: 'EC' }>): Promise<readonly OpenEpoch[]> {
  const { kty, crv, x, y, d } = privateKey
  const key = await importJWK({ kty, crv, x, y, d }, ALGORITHM)
  return Promise.all(grant.epochs.map(async ({ epoch, sealed }) => {
    try {
      const { plaintext } = await compactDecrypt(sealed, key, { keyManagementAlgorithms: [ALGORITHM], contentEncryptionAlgorithms: ['A256GCM'] })
      if (plaintext.length !== 32) throw new TypeError('An epoch key has 32 bytes.')
      return { epoch, key: plaintext }
    } catch (cause) {
      throw new Problem('SIGNATURE_INVALID', 'A sealed epoch key does not open with this key.', { cause, details: { index: epoch } })
    }
  }))
}

const ALGORITHM = 'ECDH-ES+A256KW'
