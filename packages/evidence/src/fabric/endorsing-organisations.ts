import { p256 } from '@noble/curves/nist.js'
import 'reflect-metadata'
import { X509Certificate } from '@peculiar/x509'
import type { CertificateTrust } from '../ledger-trust.ts'
import type { Endorsement } from './endorsed-read.ts'

/** Bytes of an uncompressed point, the end of a P-256 key in a certificate. */
const POINT_BYTES = 65

/**
 * Organisations of the pin whose peer has signed. A certificate counts that a pinned authority of its organisation has issued itself, with
 * the organisational unit `peer`: whoever is a client of the organisation has a certificate of the same authority.
 */
export async function endorsingOrganisations(endorsements: readonly Endorsement[], { organisations }: CertificateTrust): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (const endorsement of endorsements) {
    const authority = Object.hasOwn(organisations, endorsement.mspId) ? organisations[endorsement.mspId] : undefined
    if (authority !== undefined && (await isSigned(endorsement, authority))) found.add(endorsement.mspId)
  }
  return found
}

async function isSigned({ certificate, signature, signed }: Endorsement, authority: string): Promise<boolean> {
  try {
    const [peer, issuer] = [new X509Certificate(certificate), new X509Certificate(authority)]
    if (peer.issuer !== issuer.subject || !peer.subjectName.getField('OU').includes('peer')) return false
    if (!(await peer.verify({ publicKey: issuer, signatureOnly: true }))) return false
    const key = new Uint8Array(peer.publicKey.rawData).slice(-POINT_BYTES)
    return p256.verify(signature, signed, key, { format: 'der', lowS: false })
  } catch {
    return false
  }
}
