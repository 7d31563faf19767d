import { createCertificateAuthority, type CertificateAuthority, type KeyPair } from './identity/certificate-authority.ts'
import { createSigningIdentity, type SigningIdentity } from './identity/signer.ts'
import type { OrganisationRoots } from './ledger/genesis-block.ts'

/** One organisation with its two authorities and the keys of its one node. */
export interface Organisation {
  readonly mspId: string
  readonly roots: OrganisationRoots
  readonly authority: CertificateAuthority
  readonly tls: KeyPair
  readonly signer: SigningIdentity
}

export async function createOrganisation(mspId: string, role: 'peer' | 'orderer'): Promise<Organisation> {
  const [authority, tlsAuthority] = await Promise.all([createCertificateAuthority(`ca.${mspId}`), createCertificateAuthority(`tlsca.${mspId}`)])
  const [tls, keys] = await Promise.all([
    tlsAuthority.issue({ name: 'localhost', role: 'tls' }),
    authority.issue({ name: `${role}0.${mspId}`, role }),
  ])
  return {
    mspId,
    roots: { mspId, certificate: authority.certificate, tlsCertificate: tlsAuthority.certificate },
    authority,
    tls,
    signer: createSigningIdentity(mspId, keys),
  }
}
