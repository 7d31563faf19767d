import { execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { root } from '../run.ts'
import { CHANNEL, ORGANISATIONS, paths, type Network, type ProcessName } from './network.ts'

/** Members that may administer streams: the administrator of each organisation. */
const ADMINISTRATORS = ORGANISATIONS.map(({ mspId, domain }) => `${mspId}/Admin@${domain}`)

interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Opens when it is up. */
  readonly port: number
}

function commandOf(network: Network, name: ProcessName): Command {
  const { folder, binaries, ports } = network
  const logging = { FABRIC_LOGGING_SPEC: 'info:gossip=warn:grpc=error' }
  if (name === 'orderer') return { program: join(binaries, 'orderer'), args: [], env: { ...logging, FABRIC_CFG_PATH: join(folder, 'config/orderer') }, port: ports.orderer }
  if (name !== 'chaincode') return { program: join(binaries, 'peer'), args: ['node', 'start'], env: { ...logging, FABRIC_CFG_PATH: join(folder, 'config', name) }, port: ports[name] }
  const tls = join(paths.orderer(network, 'chaincode'), 'tls')
  return {
    program: process.execPath,
    args: ['--conditions=@careledger/source', join(root, 'packages/ledger-adapters/fabric-chaincode/src/main.ts')],
    env: {
      CHAINCODE_SERVER_ADDRESS: `127.0.0.1:${ports.chaincode}`,
      CHAINCODE_ID: readFileSync(join(folder, 'package-id'), 'utf8'),
      CHAINCODE_TLS_KEY: join(tls, 'server.key'),
      CHAINCODE_TLS_CERT: join(tls, 'server.crt'),
      CARELEDGER_ADMINISTRATORS: ADMINISTRATORS.join(','),
    },
    port: ports.chaincode,
  }
}

/** Starts a process that outlives this one, and waits until its port is open. Error with the end of its log when it does not come up. */
export async function startProcess(network: Network, name: ProcessName): Promise<void> {
  if (runningPid(network, name) !== undefined) return
  const { program, args, env, port } = commandOf(network, name)
  mkdirSync(join(network.folder, 'logs'), { recursive: true })
  const log = openSync(logOf(network, name), 'a')
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], env: { ...process.env, ...env }, cwd: network.folder })
  closeSync(log)
  child.on('error', () => undefined)
  child.unref()
  writeFileSync(pidOf(network, name), String(child.pid ?? ''))
  const end = Date.now() + 30_000
  while (!(await isOpen(port))) {
    if (runningPid(network, name) === undefined) throw new Error(`${name} ended while starting:\n${endOfLog(network, name)}`)
    if (Date.now() > end) throw new Error(`${name} did not open its port within 30 s:\n${endOfLog(network, name)}`)
    await pause(50)
  }
}

/** Ends one process and waits for it: SIGTERM, and SIGKILL after 10 seconds or at once when `kill`. False when it was not running. */
export async function stopProcess(network: Network, name: ProcessName, { kill = false }: { readonly kill?: boolean } = {}): Promise<boolean> {
  const pid = runningPid(network, name)
  if (pid !== undefined) {
    process.kill(pid, kill ? 'SIGKILL' : 'SIGTERM')
    const end = Date.now() + 10_000
    while (runningPid(network, name) !== undefined) {
      if (Date.now() > end) process.kill(pid, 'SIGKILL')
      await pause(50)
    }
  }
  rmSync(pidOf(network, name), { force: true })
  return pid !== undefined
}

/** The process of that name, unless its id belongs to something else by now. */
export function runningPid(network: Network, name: ProcessName): number | undefined {
  const path = pidOf(network, name)
  const pid = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
  if (pid === 0) return undefined
  try {
    const command = execFileSync('ps', ['-o', 'stat=,args=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    return !command.startsWith('Z') && command.includes(commandOf(network, name).program) ? pid : undefined
  } catch {
    return undefined
  }
}

/** Runs `peer` as the administrator of an organisation. Error with its output when it fails. */
export function runPeer(network: Network, organisation: (typeof ORGANISATIONS)[number], args: readonly string[]): string {
  return runTool(network, 'peer', args, {
    FABRIC_CFG_PATH: join(network.folder, 'config', organisation.name),
    FABRIC_LOGGING_SPEC: 'error',
    CORE_PEER_LOCALMSPID: organisation.mspId,
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_ADDRESS: `localhost:${network.ports[organisation.name]}`,
    CORE_PEER_TLS_ROOTCERT_FILE: join(paths.peer(network, organisation), 'tls/ca.crt'),
    CORE_PEER_MSPCONFIGPATH: join(paths.user(network, organisation, 'Admin'), 'msp'),
  })
}

export function runTool(network: Network, tool: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  try {
    return execFileSync(join(network.binaries, tool), args, { encoding: 'utf8', cwd: network.folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${tool} ${args.slice(0, 3).join(' ')} failed:\n${lastLines(stdout + stderr)}`, { cause: error })
  }
}

/** Calls `work` until it does not throw, for at most `ms`: after a start the orderer chooses its leader first. */
export async function retry<T>(ms: number, work: () => T | Promise<T>): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > end) throw error
      await pause(300)
    }
  }
}

export function ordererArgs(network: Network): readonly string[] {
  return ['-o', `localhost:${network.ports.orderer}`, '--tls', '--cafile', join(paths.orderer(network, 'orderer'), 'tls/ca.crt'), '--channelID', CHANNEL]
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => { socket.destroy(); resolve(true) })
    socket.once('error', () => resolve(false))
  })
}

function pidOf(network: Network, name: ProcessName): string {
  return join(network.folder, `${name}.pid`)
}

function logOf(network: Network, name: ProcessName): string {
  return join(network.folder, 'logs', `${name}.log`)
}

function endOfLog(network: Network, name: ProcessName): string {
  return lastLines(readFileSync(logOf(network, name), 'utf8'))
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-15).join('\n')
}
