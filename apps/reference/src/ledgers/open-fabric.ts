import type { Ledger } from '@careledger/ledger-spec'
import { z } from 'zod'
import type { LedgerOpening } from './ledger-opening.ts'
import { readPublicFile, readSecret, secretSchema } from './secret.ts'

/** A peer or orderer; its TLS authority's certificate as a PEM file. */
const nodeSchema = z.strictObject({ address: z.string(), hostname: z.string().optional(), tlsCertificateFile: z.string() })
type FabricNodeSettings = Pick<z.output<typeof nodeSchema>, 'address' | 'hostname' | 'tlsCertificateFile'>

/** What differs from the adapter's own settings: certificates by file, the key by its place. */
const settingsSchema = z.looseObject({
  client: z.enum(['gateway', 'network']),
  channel: z.string(),
  chaincode: z.string(),
  peer: nodeSchema,
  identity: z.strictObject({ mspId: z.string().min(1), certificateFile: z.string().min(1), key: secretSchema }),
  discovery: z.union([
    z.strictObject({ asLocalhost: z.boolean().optional() }),
    z.strictObject({ peers: z.array(nodeSchema.extend({ mspId: z.string() })).optional(), orderers: z.array(nodeSchema).min(1) }),
  ]).optional(),
})

/** A chaincode of a Fabric channel, by a peer of the own organisation and an identity of it. */
export async function openFabric({ settings, directory }: LedgerOpening): Promise<Ledger> {
  const { createFabricLedger, createFabricSigner } = await import('@careledger/ledger-fabric')
  const { peer, identity, discovery, ...rest } = settingsSchema.parse(settings)
  const node = ({ address, hostname, tlsCertificateFile }: FabricNodeSettings) => ({ address, ...(hostname === undefined ? {} : { hostname }), tlsCertificate: readPublicFile(tlsCertificateFile, directory) })
  const signer = createFabricSigner({ mspId: identity.mspId, certificate: readPublicFile(identity.certificateFile, directory), privateKey: readSecret(identity.key, directory) })
  const found = discovery !== undefined && 'orderers' in discovery ? { orderers: discovery.orderers.map(node), ...(discovery.peers === undefined ? {} : { peers: discovery.peers.map((one) => ({ ...node(one), mspId: one.mspId })) }) } : discovery
  return createFabricLedger({ settings: { ...rest, peer: node(peer), ...(found === undefined ? {} : { discovery: found }) }, signer })
}
