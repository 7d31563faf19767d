import { createPrivateKey, sign as signWith, X509Certificate } from 'node:crypto'

/** An identity of the channel, whose key may be anywhere: in a file, in a key service, in an HSM. */
export interface FabricSigner {
  /** MSP id of the organisation. */
  readonly mspId: string
  /** PEM of the enrolment certificate. Its common name becomes the account's name. */
  readonly certificate: string
  /**
   * ECDSA over SHA-256 of `message` with the certificate's key, as DER. Low and high S are both taken: Fabric's form is made here. The client
   * `network` with discovery signs where it cannot wait, so there it has to give bytes and not a promise.
   */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** A signer with a key in memory. `privateKey` is PEM, PKCS #8 or SEC 1. TypeError when key and certificate are no pair. */
export function createFabricSigner({ mspId, certificate, privateKey }: { readonly mspId: string; readonly certificate: string; readonly privateKey: string }): FabricSigner {
  const key = createPrivateKey(privateKey)
  if (!new X509Certificate(certificate).checkPrivateKey(key)) throw new TypeError('The private key is not that of the certificate')
  return { mspId, certificate, sign: (message) => signWith('sha256', message, key) }
}

/** Orders of the curves that Fabric's certificates use (SEC 2, sections 2.4.2 and 2.5.1). */
const ORDERS: Readonly<Record<string, bigint>> = {
  prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp384r1: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
}

/**
 * Gives signatures the form that peers accept: S at most half of the curve's order. TypeError for a certificate whose key is on neither P-256
 * nor P-384, and for a signature that is not DER.
 */
export function createLowS(certificate: string): (signature: Uint8Array) => Buffer {
  const curve = new X509Certificate(certificate).publicKey.asymmetricKeyDetails?.namedCurve ?? ''
  const order = ORDERS[curve]
  if (order === undefined) throw new TypeError('The certificate has no key on P-256 or P-384')
  return (signature) => {
    const [r, s] = readSignature(Buffer.from(signature))
    return s > order / 2n ? writeSignature(r, order - s) : Buffer.from(signature)
  }
}

/** SEQUENCE of two INTEGERs, each shorter than 128 bytes (RFC 3279, section 2.2.3). */
function readSignature(der: Buffer): readonly [bigint, bigint] {
  const rLength = der[3] ?? 0
  const sLength = der[5 + rLength] ?? 0
  const isSequence = der[0] === 0x30 && der[1] === der.length - 2 && der[2] === 0x02 && der[4 + rLength] === 0x02 && 6 + rLength + sLength === der.length
  if (!isSequence || rLength === 0 || sLength === 0) throw new TypeError('The signer gave no DER signature')
  return [toInteger(der.subarray(4, 4 + rLength)), toInteger(der.subarray(6 + rLength))]
}

function writeSignature(r: bigint, s: bigint): Buffer {
  const integers = Buffer.concat([r, s].map((value) => {
    const hex = value.toString(16)
    const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
    const content = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes
    return Buffer.concat([Buffer.of(0x02, content.length), content])
  }))
  return Buffer.concat([Buffer.of(0x30, integers.length), integers])
}

function toInteger(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`)
}
