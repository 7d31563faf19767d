import { readFileSync } from 'node:fs'
import { createFabricLedger, createFabricSigner } from '../../packages/ledger-adapters/fabric/src/index.ts'
import { ORGANISATIONS, type Network } from './network.ts'
import { retry } from './processes.ts'
import { readSettings } from './settings-files.ts'

/**
 * Lets the first user of each organisation write the streams. It needs endorsements of both organisations, so when it is done the peers have found each
 * other and the network is ready.
 */
export async function openForWriters(network: Network, streams: readonly string[]): Promise<void> {
  const [first] = ORGANISATIONS
  const { settings, signers } = readSettings(network.folder, first.name)
  const { mspId, certificateFile, privateKeyFile } = signers.Admin
  const signer = createFabricSigner({ mspId, certificate: readFileSync(certificateFile, 'utf8'), privateKey: readFileSync(privateKeyFile, 'utf8') })
  const ledger = await retry(60_000, () => createFabricLedger({ settings: { ...settings, client: 'gateway' }, signer }))
  try {
    for (const stream of streams) {
      for (const organisation of ORGANISATIONS) {
        await retry(60_000, () => ledger.membership.grant(stream, `${organisation.mspId}/User1@${organisation.domain}`, 'write'))
      }
    }
  } finally {
    await ledger.close()
  }
}
