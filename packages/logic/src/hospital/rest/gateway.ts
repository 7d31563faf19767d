import { createPrivateKey } from 'node:crypto'
import { createNodeSigner, type KeyRecord } from '@careledger/identity'
import { concat, hkdfSha256, type Author, type PublicJwk, type Signer } from '@careledger/proof'
import { readRow } from '../../entries/rows.ts'
import { keyTable } from '../../entries/check-author.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'

/** The key that signs what a custodian's FHIR clients send without a signature of their own. */
export interface Gateway {
  readonly key: string
  readonly publicJwk: PublicJwk
  /** Who it is, once the custodian has enrolled it; nothing is signed before. */
  readonly author?: Author | undefined
  readonly signer: Signer
}

/** PKCS #8 of an Ed25519 key without its 32 bytes (RFC 8410 §7). */
const pkcs8 = Uint8Array.from([0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20])
const generationsMax = 50

/**
 * The custodian's gateway. Its Ed25519 key comes out of the custodian's own vault, so every process that holds the vault has it and no other place
 * does; a revoked one is followed by the next. Errors: NOT_ALLOWED for a custodian whose vault is not here.
 */
export async function gatewayOf(parts: Pick<Parts, 'vaults' | 'store'>, custodian: string): Promise<Gateway> {
  const keys = await parts.vaults.get(custodian)?.organisation()
  if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'This instance does not hold that custodian\'s payloads.')
  for (let generation = 1; generation <= generationsMax; generation++) {
    const seed = hkdfSha256(keys.slotKey('fhir-gateway'), `careledger/v1/fhir-gateway|${generation}`)
    const signer = createNodeSigner(createPrivateKey({ key: Buffer.from(concat(pkcs8, seed)), format: 'der', type: 'pkcs8' }))
    const row = await parts.store.read((view) => view.projection(keyTable, signer.key))
    const record = row === undefined ? undefined : (readRow(row) as unknown as KeyRecord)
    if (record?.revokedBy !== undefined) continue
    const ours = record?.organisation === custodian && record.kind === 'system'
    return { key: signer.key, publicJwk: signer.publicJwk, signer, ...(ours ? { author: { party: record.party, key: signer.key, credential: record.credential } } : {}) }
  }
  throw new LogicError('KEY_REVOKED', 'Every gateway key of this custodian has been revoked.')
}
