import { fileURLToPath } from 'node:url'
import { startFabricTestPeer, type FabricTestPeer, type FabricTestPeerSettings } from '../index.ts'

const CHAINCODE = fileURLToPath(new URL('./chaincode.ts', import.meta.url))

/** A network of two organisations with the chaincode of the tests, and a collection for both and one for the first alone. */
export function startNetwork(settings: Partial<FabricTestPeerSettings> = {}): Promise<FabricTestPeer> {
  return startFabricTestPeer({
    chaincode: { name: 'fixture', command: [process.execPath, CHAINCODE] },
    collections: [
      { name: 'both', members: ['Org1MSP', 'Org2MSP'] },
      { name: 'one', members: ['Org1MSP'], endorsedByAnyOf: ['Org1MSP'] },
    ],
    ...settings,
  })
}
