import type { Identity, IdentityProvider } from 'fabric-network'
import { writeFields } from './proto-fields.ts'
import type { FabricSigner } from './signer.ts'

type User = Awaited<ReturnType<IdentityProvider['getUserContext']>>

/** Name of this kind of identity, known to the provider below only. */
const TYPE = 'careledger-signer'

/** An identity of fabric-network that keeps no key: the signer signs. */
export function createIdentity({ mspId }: FabricSigner): Identity {
  return { type: TYPE, mspId }
}

/**
 * Makes of a signer what fabric-network calls a user. Its discovery signs without waiting, so a signer that gives a promise is refused there with
 * a TypeError; what this adapter signs itself may wait.
 */
export function createIdentityProvider(signer: FabricSigner, lowS: (signature: Uint8Array) => Buffer): IdentityProvider {
  const never = (): never => { throw new Error('This identity is not stored') }
  const signingIdentity = {
    /** `msp.SerializedIdentity`. */
    serialize: () => writeFields(Buffer.from(signer.mspId), Buffer.from(signer.certificate)),
    sign(message: Uint8Array): Buffer {
      const signature = signer.sign(message)
      if (!(signature instanceof Uint8Array)) throw new TypeError('The client network with discovery needs a signer that does not give a promise; list peers and orderers in its settings instead')
      return lowS(signature)
    },
  }
  const user = { getName: () => TYPE, getMspid: () => signer.mspId, getIdentity: () => signingIdentity, getSigningIdentity: () => signingIdentity }
  return { type: TYPE, getCryptoSuite: never, fromJson: never, toJson: never, getUserContext: () => Promise.resolve(user as unknown as User) }
}
