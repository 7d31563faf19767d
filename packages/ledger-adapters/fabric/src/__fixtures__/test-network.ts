import { join } from 'node:path'
import { startFabricTestPeer, type FabricIdentity, type FabricTestPeer, type FabricTestPeerSettings } from '@careledger/fabric-test-peer'
import type { Ledger } from '@careledger/ledger-spec'
import { createFabricLedger, createFabricSigner, type FabricLedgerSettings } from '../index.ts'

const COLLECTIONS = [
  { name: 'org1Only', organisations: ['Org1MSP'] },
  { name: 'bothOrgs', organisations: ['Org1MSP', 'Org2MSP'] },
]

/** Everybody of the tests: the administrator writes for the first organisation. */
export const PEOPLE = { admin: 'Org1MSP', writer: 'Org2MSP', reader: 'Org2MSP' } as const
export type Person = keyof typeof PEOPLE

export interface TestNetwork {
  readonly peer: FabricTestPeer
  /** A client on a channel, with the timings of a test; opened ones are closed by `stop`. */
  open(channel: string, person: Person, settings: Pick<FabricLedgerSettings, 'client'> & Partial<FabricLedgerSettings>): Promise<Ledger>
  /** A new channel on which the administrator and the writer may write `streams`. */
  createChannel(streams: readonly string[]): Promise<string>
  /** Members of a private stream. */
  accountOf(person: Person): string
  stop(): Promise<void>
}

/** The test peer with the real chaincode, in which both organisations have to endorse. */
export async function startTestNetwork(settings: Omit<FabricTestPeerSettings, 'chaincode'> = {}): Promise<TestNetwork> {
  const peer = await startFabricTestPeer({
    ...settings,
    collections: COLLECTIONS.map(({ name, organisations }) => ({
      name, members: organisations, endorsedByAnyOf: organisations.length === 1 ? organisations : undefined,
    })),
    chaincode: {
      name: 'careledger',
      command: [process.execPath, '--conditions=@careledger/source', join(import.meta.dirname, '../../../fabric-chaincode/src/main.ts')],
      environment: { CARELEDGER_ADMINISTRATORS: 'Org1MSP/admin' },
    },
  })
  const ledgers = new Set<Ledger>()
  const identities = new Map<Person, FabricIdentity>()
  for (const person of Object.keys(PEOPLE) as Person[]) identities.set(person, await peer.enrol({ mspId: PEOPLE[person], name: person }))

  const network: TestNetwork = {
    peer,
    async open(channel, person, parts) {
      const { address, tlsRootCertificate } = peer.gateway(PEOPLE[person])
      const identity = identities.get(person)
      if (identity === undefined) throw new Error(`Nobody is called ${person}`)
      const ledger = await createFabricLedger({
        signer: createFabricSigner(identity),
        settings: {
          channel, chaincode: peer.chaincodeName, peer: { address, tlsCertificate: tlsRootCertificate }, discovery: { asLocalhost: true },
          collections: COLLECTIONS, pollMs: 30, ...parts,
        },
      })
      ledgers.add(ledger)
      return ledger
    },
    async createChannel(streams) {
      const channel = peer.createChannel()
      const administrator = await network.open(channel, 'admin', { client: 'gateway' })
      for (const stream of streams) for (const person of ['admin', 'writer'] as const) await administrator.membership.grant(stream, network.accountOf(person), 'write')
      await administrator.close()
      return channel
    },
    accountOf: (person) => `${PEOPLE[person]}/${person}`,
    async stop() {
      for (const ledger of ledgers) await ledger.close()
      await peer.stop()
    },
  }
  return network
}
