import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { ChaincodeSettings } from '../settings.ts'

const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 5_000
const POLL_MS = 20
/** How much of what the chaincode prints is kept for an error's message. */
const OUTPUT_CHARS = 4_000

/** The chaincode as a service: its own process on a loopback port, which the peers dial. */
export class ChaincodeProcess {
  readonly address: string
  readonly id: string
  readonly #port: number
  readonly #settings: ChaincodeSettings
  #child: ChildProcess | undefined
  #output = ''

  private constructor(settings: ChaincodeSettings, port: number) {
    this.#settings = settings
    this.#port = port
    this.address = `127.0.0.1:${port}`
    this.id = `${settings.name}_1.0:${'0'.repeat(64)}`
  }

  static async create(settings: ChaincodeSettings): Promise<ChaincodeProcess> {
    return new ChaincodeProcess(settings, await freePort())
  }

  /** Resolves when the port answers. Throws, with what was printed, if the process ends first or takes longer than 30 seconds. */
  async start(): Promise<void> {
    const [program, ...args] = this.#settings.command
    if (program === undefined) throw new TypeError('The chaincode command is empty')
    const child = spawn(program, [...args, '--chaincode-address', this.address, '--chaincode-id', this.id], {
      cwd: this.#settings.cwd,
      env: {
        ...process.env,
        CHAINCODE_SERVER_ADDRESS: this.address,
        CHAINCODE_ID: this.id,
        CORE_CHAINCODE_LOGGING_LEVEL: 'CRITICAL',
        CORE_CHAINCODE_LOGGING_SHIM: 'CRITICAL',
        ...this.#settings.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const killWithUs = () => child.kill('SIGKILL')
    process.once('exit', killWithUs)
    child.once('exit', () => process.off('exit', killWithUs))
    this.#output = ''
    let ended: string | undefined
    child.once('error', (error) => (ended = error.message))
    child.once('exit', (code, signal) => (ended = `it ended with ${signal ?? code}`))
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text: Buffer) => (this.#output = (this.#output + text.toString()).slice(-OUTPUT_CHARS)))
    }
    const deadline = Date.now() + START_TIMEOUT_MS
    while (!(await answers(this.#port))) {
      if (ended !== undefined) throw new Error(`The chaincode did not start: ${ended}\n${this.#output}`)
      if (Date.now() > deadline) {
        await this.stop()
        throw new Error(`The chaincode did not start in ${START_TIMEOUT_MS} ms\n${this.#output}`)
      }
      await delay(POLL_MS)
    }
  }

  /** Resolves when the process is gone; kills it if it has not ended after 5 seconds. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
    const ended = once(child, 'close')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    child.kill('SIGTERM')
    await ended
    clearTimeout(timer)
  }
}

/** A port that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port was found')
  return address.port
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
