import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { authorOf, buildEntry, createCareLedgerClient, isProblem, readTrust, signBuiltEntries, signerFromJwk, splitBundle, type CareLedgerClient, type PrivateJwk, type Trust } from '@careledger/client'
import { canonicalBytes, utf8 } from '@careledger/proof'
import { canaryBundle } from '../testing/canary-bundle.ts'
import { freePort } from '../testing/free-port.ts'
import type { LedgerNode, LedgerNodeOptions } from '../testing/ledgers/ledger-node.ts'
import type { CrashPoint } from './crash-points.ts'
import { createRandom } from './random.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** One import, signed once: repeated with the same entries as a client does that had no answer. */
export interface Writing {
  readonly patient: string
  readonly identifier: string
  readonly entries: Parameters<CareLedgerClient['hospital']['imports']['commit']['mutate']>[0]['entries']
  /** The exact bytes of each record, by entry id. */
  readonly records: ReadonlyMap<string, Uint8Array>
}

/** How long a process needed from its start until it answered. */
export interface Recovery {
  readonly ms: number
  /** Milliseconds of these in which it was ready to run and other programs of the machine had the processors. */
  readonly waitedMs: number
}

/** An instance as a process on a ledger, and everything that it has acknowledged. */
export interface FaultWorld {
  readonly ledger: string
  readonly directory: string
  readonly random: () => number
  /** Absent where the ledger has no node. */
  readonly proxy: TcpProxy | undefined
  readonly acknowledged: Writing[]
  /** The instance's keys as they were at its first start. */
  trust(): Promise<Trust>
  /** Everything that its processes have printed. */
  output(): string
  isRunning(): boolean
  /** Starts the process. */
  start(): Promise<Recovery>
  stop(): Promise<void>
  kill(): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** Resolves when the process has ended by itself. */
  ended(): Promise<void>
  arm(point: CrashPoint): Promise<void>
  client(): Promise<CareLedgerClient>
  /** Signs an import of a patient who is new. */
  prepare(): Promise<Writing>
  /** Sends it until it is acknowledged; what was acknowledged is remembered. */
  commit(writing: Writing, wait?: 'stored' | 'anchored'): Promise<void>
  /** Sends it once. Rejects with the Problem. */
  commitOnce(writing: Writing, wait?: 'stored' | 'anchored'): Promise<readonly { readonly id: string; readonly duplicate: boolean }[]>
  end(): Promise<void>
}

const script = fileURLToPath(new URL('./child.ts', import.meta.url))

export async function createFaultWorld({ ledger, startNode, seed }: { readonly ledger: string; readonly startNode: (options: LedgerNodeOptions) => Promise<LedgerNode>; readonly seed: number }): Promise<FaultWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'careledger-faults-'))
  const data = join(directory, 'data')
  mkdirSync(data)
  const node = await startNode({ directory: data, streams: ['checkpoints', 'hospital'] })
  const proxy = await writeLedgers(data, node)
  const port = await freePort()
  const random = createRandom(seed)
  let printed = ''
  let child: ChildProcess | undefined
  let signedIn: CareLedgerClient | undefined
  let doctor: PrivateJwk | undefined
  let pinned: Trust | undefined
  let made = 0
  const url = `http://127.0.0.1:${port}`
  const running = (): ChildProcess => {
    if (child === undefined) throw new Error('The process is not running.')
    return child
  }
  const ended = async (): Promise<void> => {
    const own = running()
    if (own.exitCode === null && own.signalCode === null) await once(own, 'exit')
    child = undefined
    signedIn = undefined
  }
  const world: FaultWorld = {
    ledger, directory: data, random, proxy, acknowledged: [],
    output: () => printed,
    isRunning: () => child !== undefined,
    async start() {
      const began = performance.now()
      const own = fork(script, [], { execArgv: ['--conditions=@careledger/source'], env: { ...process.env, PORT: String(port), CARELEDGER_DATA: data, CARELEDGER_DEMO: 'off' }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
      child = own
      for (const stream of [own.stdout, own.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => { printed += text })
      const ready = await Promise.race([once(own, 'message'), once(own, 'exit').then(() => Promise.reject(new Error(`The process ended before it was ready: ${printed.slice(-1000)}`)))])
      const told = ready[0] as { readonly doctor: PrivateJwk; readonly waitedMs: number }
      doctor = told.doctor
      return { ms: performance.now() - began, waitedMs: told.waitedMs }
    },
    async stop() {
      running().kill('SIGTERM')
      await ended()
    },
    async kill() {
      running().kill('SIGKILL')
      await ended()
    },
    signal: (signal) => void running().kill(signal),
    ended,
    async arm(point) {
      const own = running()
      const told = once(own, 'message')
      own.send({ arm: point, turns: 1 + Math.floor(random() * 40) })
      await told
    },
    async client() {
      if (signedIn !== undefined) return signedIn
      const client = createCareLedgerClient({ url })
      await client.signIn(await signerFromJwk(doctor as PrivateJwk))
      return (signedIn = client)
    },
    async trust() {
      return (pinned ??= await readTrust(await world.client()))
    },
    async prepare() {
      const client = await world.client()
      const identifier = `MRN-CANARY-${seed}-${made++}`
      const bundle = splitBundle(utf8(canaryBundle({ identifier, observations: 2 })))
      const place = await client.hospital.imports.prepare.mutate({ identifiers: bundle.identifiers.map((one) => ({ ...one })), digests: [] })
      const common = { network: 'hospital', custodian: place.custodian, subject: place.subject }
      const registration = canonicalBytes({ v: 1, patient: place.patient, identifiers: bundle.identifiers.map((one) => ({ ...one })) })
      const drafts = [
        { ...common, type: 'patient-registered', payload: { mediaType: 'application/careledger-patient+json', bytes: registration } },
        ...bundle.resources.map(({ bytes }) => ({ ...common, type: 'record-created', payload: { mediaType: 'application/fhir+json', bytes } })),
      ]
      const actor = client.actor
      const signer = client.signer
      if (actor === undefined || signer === undefined) throw new Error('Nobody is signed in.')
      const built = drafts.map((draft) => buildEntry(draft, authorOf(actor), client.now()))
      const entries = [...(await signBuiltEntries(built, signer))]
      return { patient: place.patient, identifier, entries, records: new Map(built.slice(1).map(({ entry }, at) => [entry.id, bundle.resources[at]?.bytes ?? new Uint8Array()])) }
    },
    async commit(writing, wait = 'stored') {
      for (let attempt = 0; ; attempt++) {
        try {
          await world.commitOnce(writing, wait)
          world.acknowledged.push(writing)
          return
        } catch (error) {
          if (attempt === 20 || !isProblem(error) || !['UNAVAILABLE', 'BUSY', 'OUTCOME_UNKNOWN'].includes(error.code)) throw error
        }
      }
    },
    async commitOnce({ patient, entries }, wait = 'stored') {
      const client = await world.client()
      return (await client.hospital.imports.commit.mutate({ patient, entries, wait })).receipts
    },
    async end() {
      if (child !== undefined) await world.kill()
      await proxy?.stop()
      await node.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  return world
}

/** The file of ledgers, with the proxy in the place of the node's own address. */
async function writeLedgers(data: string, node: LedgerNode): Promise<TcpProxy | undefined> {
  const text = JSON.stringify({ ledgers: { chosen: node.configuration }, networks: { hospital: [{ ledger: 'chosen', way: 'indexed' }] } })
  const [address, host, port] = /(127\.0\.0\.1|localhost):(\d+)/.exec(text) ?? []
  const proxy = address === undefined || host === undefined ? undefined : await startTcpProxy(host, Number(port))
  writeFileSync(join(data, 'ledgers.json'), proxy === undefined || address === undefined ? text : text.replaceAll(address, proxy.address))
  return proxy
}
