// `pnpm fabric:up` and `pnpm fabric:down`: a real Fabric network on this machine's loopback, from a folder with Fabric's five binaries.
import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { loadNetwork, PROCESSES, type Network, type ProcessName } from './fabric/network.ts'
import { startProcess, stopProcess } from './fabric/processes.ts'
import { up } from './fabric/up.ts'
import { root } from './run.ts'

const BINARIES = ['peer', 'orderer', 'osnadmin', 'configtxgen', 'cryptogen'] as const

const USAGE = `pnpm fabric:up [--folder DIR] [--batch-timeout MS] [--no-batches] [--stream NAME]...
  Makes and starts a network: an orderer, two organisations (hospital, laboratory) with a peer each, the channel "care" and the
  chaincode "careledger" as a service; TLS, loopback only, no containers. Started again, it keeps what it held.
  FABRIC_BIN              folder with the binaries ${BINARIES.join(', ')} of Fabric 3
  --folder DIR            where everything is kept; default .careledger/fabric
  --batch-timeout MS      longest that a block waits for more; default 200
  --no-batches            peers that take one key in a message, as before Fabric 3.1
  --stream NAME           a stream that User1 of both organisations may write, several times; default labs
pnpm fabric:down [--folder DIR] [--purge]
  Stops it; --purge removes the folder too.
node tools/fabric.ts start|stop|kill PROCESS [--folder DIR]
  One of ${PROCESSES.join(', ')}.`

const started = Date.now()
const say = (line: string): void => console.log(`[${((Date.now() - started) / 1_000).toFixed(1).padStart(5)} s] ${line}`)

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  if (error instanceof Error && error.cause instanceof Error) console.error(error.cause.message)
  process.exitCode = 1
}

async function main(): Promise<number> {
  const { values, positionals } = readArguments()
  const [command, name] = positionals
  const folder = resolve(values.folder ?? join(root, '.careledger/fabric'))
  if (values.help === true || command === undefined) {
    console.log(USAGE)
    return command === undefined && values.help !== true ? 2 : 0
  }
  if (command === 'up') {
    const batchTimeoutMs = Number(values['batch-timeout'] ?? 200)
    if (!Number.isInteger(batchTimeoutMs) || batchTimeoutMs < 1) throw new Error('--batch-timeout is a number of milliseconds')
    await up({ folder, binaries: findBinaries(), batchTimeoutMs, batches: values['no-batches'] !== true, streams: values.stream ?? ['labs'], say })
    return 0
  }
  const network = loadNetwork(folder)
  if (command === 'down') return await down(folder, network, values.purge === true)
  if (network === undefined) throw new Error(`There is no network in ${folder}`)
  if (!PROCESSES.some((each) => each === name)) throw new Error(`Which process? One of ${PROCESSES.join(', ')}`)
  if (command === 'start') await startProcess(network, name as ProcessName)
  else if (command === 'stop' || command === 'kill') await stopProcess(network, name as ProcessName, { kill: command === 'kill' })
  else throw new Error(USAGE)
  return 0
}

async function down(folder: string, network: Network | undefined, purge: boolean): Promise<number> {
  if (network === undefined) say(`There is no network in ${folder}`)
  else for (const name of PROCESSES.toReversed()) if (await stopProcess(network, name)) say(`${name} stopped`)
  if (purge && network !== undefined) {
    rmSync(folder, { recursive: true, force: true })
    say('Folder removed')
  }
  return 0
}

function findBinaries(): string {
  const folder = process.env['FABRIC_BIN']
  if (folder === undefined) throw new Error('Set FABRIC_BIN to the folder with Fabric\'s binaries; --help says which')
  const missing = BINARIES.filter((name) => !existsSync(join(folder, name)))
  if (missing.length > 0) throw new Error(`FABRIC_BIN has no ${missing.join(', ')}`)
  return resolve(folder)
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        folder: { type: 'string' }, purge: { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
        'batch-timeout': { type: 'string' }, 'no-batches': { type: 'boolean' }, stream: { type: 'string', multiple: true },
      },
    })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : ''}\n${USAGE}`, { cause: error })
  }
}
