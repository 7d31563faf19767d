import { X509Certificate, verify } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import { msp } from '@hyperledger/fabric-protos'

/** Somebody whose certificate an organisation of the channel has issued. */
export interface Identity {
  readonly mspId: string
  readonly valid: boolean
  verify(data: Uint8Array, signature: Uint8Array): boolean
}

/** What a channel knows of its organisations: the root certificates by which their members are recognised. */
export interface Membership {
  /** `undefined`: the organisation is unknown, or the certificate is not one that it has issued. */
  identify(serialized: Uint8Array): Identity | undefined
}

/** Roots by MSP id, PEM. Identities are remembered, because the same few sign everything. */
export function createMembership(roots: ReadonlyMap<string, string>): Membership {
  const authorities = new Map([...roots].map(([mspId, pem]) => [mspId, new X509Certificate(pem)]))
  const known = new Map<string, Identity | undefined>()
  return {
    identify(serialized) {
      const handle = Buffer.from(serialized).toString('base64')
      if (!known.has(handle)) known.set(handle, toIdentity(authorities, serialized))
      return known.get(handle)
    },
  }
}

function toIdentity(authorities: ReadonlyMap<string, X509Certificate>, serialized: Uint8Array): Identity | undefined {
  try {
    const identity = msp.SerializedIdentity.deserializeBinary(serialized)
    const authority = authorities.get(identity.getMspid())
    const certificate = new X509Certificate(Buffer.from(identity.getIdBytes_asU8()))
    if (authority === undefined || !certificate.checkIssued(authority) || !certificate.verify(authority.publicKey)) return undefined
    const now = Date.now()
    return {
      mspId: identity.getMspid(),
      valid: now >= certificate.validFromDate.getTime() && now <= certificate.validToDate.getTime(),
      verify: (data, signature) => isLowS(signature) && verify('sha256', data, certificate.publicKey, signature),
    }
  } catch {
    return undefined
  }
}

function isLowS(signature: Uint8Array): boolean {
  try {
    return !p256.Signature.fromBytes(signature, 'der').hasHighS()
  } catch {
    return false
  }
}
