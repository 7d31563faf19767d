import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createChaincodePackage, writeExternalBuilder } from './chaincode-package.ts'
import { channelConfig, collectionsConfig, cryptoConfig } from './channel-files.ts'
import { CHAINCODE, CHANNEL, loadNetwork, ORGANISATIONS, paths, planNetwork, PROCESSES, saveNetwork, type Network } from './network.ts'
import { ordererConfig, peerConfig } from './node-files.ts'
import { ordererArgs, retry, runPeer, runTool, startProcess, stopProcess } from './processes.ts'
import { openForWriters } from './open-for-writers.ts'
import { writeSettings } from './settings-files.ts'

export interface UpOptions {
  readonly folder: string
  readonly binaries: string
  readonly batchTimeoutMs: number
  readonly batches: boolean
  /** Streams that the first user of every organisation may write. */
  readonly streams: readonly string[]
  /** One line for each step. */
  readonly say: (line: string) => void
}

/**
 * A network that runs when this resolves: made if there is none in the folder, started again if there is. Throws with what a tool or
 * a process said; what was started until then keeps running, and `down` ends it.
 */
export async function up(options: UpOptions): Promise<Network> {
  const { say, folder } = options
  const known = loadNetwork(folder)
  const existing = known?.complete === true ? known : undefined
  if (existing === undefined) await clear(folder, known)
  const network = existing ?? await make(options)
  for (const name of PROCESSES) await startProcess(network, name)
  say(existing === undefined ? 'Orderer, peers and chaincode service started' : 'Orderer, peers and chaincode service started again, with what they held')
  if (existing === undefined) {
    await joinChannel(network)
    say(`Channel ${CHANNEL} joined by the orderer and two peers`)
    await defineChaincode(network)
    say(`Chaincode ${CHAINCODE} approved by both organisations and committed`)
    saveNetwork({ ...network, complete: true })
  }
  const files = writeSettings(network)
  await openForWriters(network, options.streams)
  say(`Both organisations endorse; streams open for writing: ${options.streams.join(', ')}`)
  say(`Settings for the adapter: ${files.join(', ')}`)
  return network
}

/** Removes a network that was never completed; Error when the folder holds something else. */
async function clear(folder: string, known: Network | undefined): Promise<void> {
  if (known === undefined && existsSync(folder) && readdirSync(folder).length > 0) throw new Error(`${folder} holds something else than a network; name another folder`)
  if (known !== undefined) for (const name of PROCESSES) await stopProcess(known, name)
  rmSync(folder, { recursive: true, force: true })
}

/** Certificates, configuration and the package; starts nothing. */
async function make(options: UpOptions): Promise<Network> {
  const { folder, binaries, batchTimeoutMs, batches, say } = options
  mkdirSync(folder, { recursive: true })
  const network = await planNetwork({ folder, binaries, batchTimeoutMs, batches, complete: false })
  saveNetwork(network)
  writeConfig(network, 'config/crypto.yaml', cryptoConfig())
  runTool(network, 'cryptogen', ['generate', `--config=${join(folder, 'config/crypto.yaml')}`, `--output=${join(folder, 'certificates')}`])
  say('Certificates made')
  writeConfig(network, 'config/configtx.yaml', channelConfig(network))
  writeConfig(network, 'config/orderer/orderer.yaml', ordererConfig(network))
  for (const organisation of ORGANISATIONS) writeConfig(network, `config/${organisation.name}/core.yaml`, peerConfig(network, organisation))
  writeConfig(network, 'config/collections.json', collectionsConfig())
  writeExternalBuilder(join(folder, 'builder'))
  runTool(network, 'configtxgen', ['-profile', CHANNEL, '-channelID', CHANNEL, '-outputBlock', genesisBlock(network)], { FABRIC_CFG_PATH: join(folder, 'config') })
  const rootCertificate = readFileSync(join(paths.orderer(network, 'chaincode'), 'tls/ca.crt'), 'utf8')
  const chaincode = createChaincodePackage({ label: CHAINCODE, address: `localhost:${network.ports.chaincode}`, rootCertificate })
  writeFileSync(packageFile(network), chaincode.bytes)
  writeFileSync(join(folder, 'package-id'), chaincode.id)
  say('Genesis block and chaincode package made')
  return network
}

async function joinChannel(network: Network): Promise<void> {
  const tls = join(paths.orderer(network, 'orderer'), 'tls')
  const joined = runTool(network, 'osnadmin', [
    'channel', 'join', '--channelID', CHANNEL, '--config-block', genesisBlock(network), '-o', `localhost:${network.ports.ordererAdmin}`,
    '--ca-file', join(tls, 'ca.crt'), '--client-cert', join(tls, 'server.crt'), '--client-key', join(tls, 'server.key'),
  ])
  if (!joined.includes('201')) throw new Error(`The orderer did not join the channel: ${joined}`)
  for (const organisation of ORGANISATIONS) runPeer(network, organisation, ['channel', 'join', '-b', genesisBlock(network)])
}

async function defineChaincode(network: Network): Promise<void> {
  const [first] = ORGANISATIONS
  const definition = ['--name', CHAINCODE, '--version', '1', '--sequence', '1', '--collections-config', join(network.folder, 'config/collections.json')]
  for (const organisation of ORGANISATIONS) runPeer(network, organisation, ['lifecycle', 'chaincode', 'install', packageFile(network)])
  const packageId = readFileSync(join(network.folder, 'package-id'), 'utf8')
  for (const organisation of ORGANISATIONS) {
    await retry(30_000, () => runPeer(network, organisation, ['lifecycle', 'chaincode', 'approveformyorg', ...ordererArgs(network), ...definition, '--package-id', packageId]))
  }
  const peers = ORGANISATIONS.flatMap((organisation) => [
    '--peerAddresses', `localhost:${network.ports[organisation.name]}`, '--tlsRootCertFiles', join(paths.peer(network, organisation), 'tls/ca.crt'),
  ])
  await retry(30_000, () => runPeer(network, first, ['lifecycle', 'chaincode', 'commit', ...ordererArgs(network), ...definition, ...peers]))
}

function writeConfig(network: Network, file: string, config: object): void {
  const path = join(network.folder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify(config, null, 2))
}

function genesisBlock({ folder }: Network): string {
  return join(folder, `${CHANNEL}.block`)
}

function packageFile({ folder }: Network): string {
  return join(folder, `${CHAINCODE}.tar.gz`)
}
