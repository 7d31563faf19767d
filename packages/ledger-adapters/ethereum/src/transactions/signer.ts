import { computeAddress, getBytes, hexlify, Signature, SigningKey } from 'ethers'

/** The one place where the account's key is used, so that it can live in an HSM. */
export interface EthereumSigner {
  /** 0x and 40 hex digits. */
  readonly address: string
  /** 65 bytes over secp256k1: r, s and the recovery id (0, 1, 27 or 28). `digest` is 32 bytes, hashed already. A high s is turned. */
  signDigest(digest: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** A signer from a private key in memory, 0x and 64 hex digits: for tests and small installations. TypeError when it is none. */
export function signerFromPrivateKey(privateKey: string): EthereumSigner {
  const key = signingKey(privateKey)
  return { address: computeAddress(key.publicKey), signDigest: (digest) => getBytes(key.sign(digest).serialized) }
}

function signingKey(privateKey: string): SigningKey {
  try {
    return new SigningKey(privateKey)
  } catch {
    throw new TypeError('A private key is 0x and 64 hex digits')
  }
}

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** TypeError when `signature` is not 65 bytes. Ethereum takes only the lower of the two values of s (EIP-2). */
export function toSignature(signature: Uint8Array): Signature {
  if (signature.length !== 65) throw new TypeError('signDigest must give 65 bytes')
  const s = BigInt(hexlify(signature.slice(32, 64)))
  const parity = (signature[64] ?? 0) % 27
  return s * 2n <= ORDER
    ? Signature.from({ r: hexlify(signature.slice(0, 32)), s: toBytes32(s), yParity: parity === 1 ? 1 : 0 })
    : Signature.from({ r: hexlify(signature.slice(0, 32)), s: toBytes32(ORDER - s), yParity: parity === 1 ? 0 : 1 })
}

function toBytes32(value: bigint): string {
  return `0x${value.toString(16).padStart(64, '0')}`
}
