import 'reflect-metadata'
import { KeyObject, randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
/** Where Fabric CA puts attributes, as JSON (fabric-ca: lib/attrmgr, `AttrOID`). */
const ATTRIBUTES_OID = '1.2.3.4.5.6.7.8.1'
const DAY_MS = 86_400_000
/** The library's own type of a key pair, which is the browser's and not Node's. */
type Keys = x509.X509CertificateCreateSelfSignedParams['keys']

/** A certificate and its private key (PKCS#8), both PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly privateKey: string
}

export interface CertificateRequest {
  readonly name: string
  /** The organisational unit, by which an MSP with node OUs knows the role. */
  readonly role: 'client' | 'peer' | 'orderer' | 'admin' | 'tls'
  /** Attributes that chaincode reads by `ClientIdentity.getAttributeValue`. */
  readonly attributes?: Readonly<Record<string, string>> | undefined
}

export interface CertificateAuthority {
  /** The root certificate, PEM. */
  readonly certificate: string
  issue(request: CertificateRequest): Promise<KeyPair>
}

/** A certificate authority in memory, with P-256 keys: its certificates hold for a day, and are good for loopback only. */
export async function createCertificateAuthority(name: string): Promise<CertificateAuthority> {
  const keys = await generateKeys()
  const validity = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) }
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: randomSerial(),
    name: `CN=${name}, O=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    certificate: root.toString('pem'),
    async issue(request) {
      const subject = await generateKeys()
      const certificate = await x509.X509CertificateGenerator.create({
        ...validity,
        serialNumber: randomSerial(),
        subject: `CN=${request.name}, OU=${request.role}`,
        issuer: root.subject,
        publicKey: subject.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [...(await extensionsOf(request, keys, subject))],
      })
      return { certificate: certificate.toString('pem'), privateKey: exportKey(subject.privateKey) }
    },
  }
}

async function extensionsOf(request: CertificateRequest, issuer: Keys, subject: Keys): Promise<x509.Extension[]> {
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    await x509.SubjectKeyIdentifierExtension.create(subject.publicKey),
  ]
  if (request.role === 'tls') {
    extensions.push(
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
    )
  }
  if (request.attributes !== undefined) {
    extensions.push(new x509.Extension(ATTRIBUTES_OID, false, Buffer.from(JSON.stringify({ attrs: request.attributes }))))
  }
  return extensions
}

async function generateKeys(): Promise<Keys> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as Keys
}

function exportKey(key: Keys['privateKey']): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Positive and 16 bytes long, as RFC 5280 section 4.1.2.2 wants. */
function randomSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x7f) | 0x01
  return bytes.toString('hex')
}
