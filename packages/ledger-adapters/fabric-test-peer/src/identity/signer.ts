import { createPrivateKey, sign } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import { msp } from '@hyperledger/fabric-protos'
import type { KeyPair } from './certificate-authority.ts'

/** A node's own identity, as it stands in endorsements and block signatures. */
export interface SigningIdentity {
  readonly mspId: string
  /** msp.SerializedIdentity, encoded. */
  readonly serialized: Uint8Array
  /** ECDSA over SHA-256, DER. Low S, which Fabric insists on (bccsp/utils/ecdsa.go). */
  sign(data: Uint8Array): Uint8Array
}

export function createSigningIdentity(mspId: string, { certificate, privateKey }: KeyPair): SigningIdentity {
  const identity = new msp.SerializedIdentity()
  identity.setMspid(mspId)
  identity.setIdBytes(Buffer.from(certificate))
  const key = createPrivateKey(privateKey)
  return {
    mspId,
    serialized: identity.serializeBinary(),
    sign(data) {
      const { r, s } = p256.Signature.fromBytes(sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }), 'compact')
      return new p256.Signature(r, s > p256.Point.Fn.ORDER / 2n ? p256.Point.Fn.ORDER - s : s).toBytes('der')
    },
  }
}
