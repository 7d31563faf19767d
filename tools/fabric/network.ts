import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** An organisation with one peer, an administrator and two users. */
export interface Organisation {
  readonly name: string
  readonly mspId: string
  readonly domain: string
}

export const ORGANISATIONS = [
  { name: 'hospital', mspId: 'HospitalMSP', domain: 'hospital.example' },
  { name: 'laboratory', mspId: 'LaboratoryMSP', domain: 'laboratory.example' },
] as const satisfies readonly Organisation[]
export const ORDERER_DOMAIN = 'orderer.example'
export const CHANNEL = 'care'
export const CHAINCODE = 'careledger'

/** Collections of the chaincode's definition: one for each organisation, and one for both. */
export const COLLECTIONS = [
  ...ORGANISATIONS.map(({ name, mspId }) => ({ name, organisations: [mspId] })),
  { name: 'both', organisations: ORGANISATIONS.map(({ mspId }) => mspId) },
] as const

/** Processes, in the order in which they start. */
export const PROCESSES = ['orderer', 'hospital', 'laboratory', 'chaincode'] as const
export type ProcessName = (typeof PROCESSES)[number]

const PORTS = ['orderer', 'ordererAdmin', 'ordererOperations', 'hospital', 'hospitalChaincode', 'hospitalOperations', 'laboratory', 'laboratoryChaincode', 'laboratoryOperations', 'chaincode'] as const
export type PortName = (typeof PORTS)[number]

/** One network: where it is, and what was chosen when it was made. Kept in `network.json` of its folder. */
export interface Network {
  readonly folder: string
  /** Folder of `peer`, `orderer`, `osnadmin`, `configtxgen` and `cryptogen`. */
  readonly binaries: string
  readonly ports: Readonly<Record<PortName, number>>
  readonly batchTimeoutMs: number
  /** Whether peers take many keys in one message. */
  readonly batches: boolean
  /** The channel was joined and the chaincode committed: it can be started again. */
  readonly complete: boolean
}

/** A new network in `folder`, on free ports of the loopback. */
export async function planNetwork(parts: Omit<Network, 'ports'>): Promise<Network> {
  const free = await freePorts(PORTS.length)
  const ports = Object.fromEntries(PORTS.map((name, index) => [name, free[index]])) as Record<PortName, number>
  return { ...parts, ports }
}

export function saveNetwork(network: Network): void {
  writeFileSync(join(network.folder, 'network.json'), `${JSON.stringify(network, null, 2)}\n`)
}

/** `undefined` when there is none in `folder`. */
export function loadNetwork(folder: string): Network | undefined {
  const path = join(folder, 'network.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) as Network : undefined
}

/** `localhost`, not an address: a name is what TLS can check. */
export function addressOf(network: Network, port: PortName): string {
  return `localhost:${network.ports[port]}`
}

/** Where cryptogen puts what belongs to an organisation, a node or a user. */
export const paths = {
  organisation: ({ folder }: Network, domain: string) => join(folder, 'certificates', domain === ORDERER_DOMAIN ? 'ordererOrganizations' : 'peerOrganizations', domain),
  peer: (network: Network, { domain }: Organisation) => join(paths.organisation(network, domain), 'peers', `peer.${domain}`),
  orderer: (network: Network, host: 'orderer' | 'chaincode') => join(paths.organisation(network, ORDERER_DOMAIN), 'orderers', `${host}.${ORDERER_DOMAIN}`),
  user: (network: Network, { domain }: Organisation, name: string) => join(paths.organisation(network, domain), 'users', `${name}@${domain}`),
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server))
  })))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => { server.close(resolve) })))
  return ports
}
