import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCareLedgerClient, importBundle, signerFromJwk, type CareLedgerClient, type ImportResult, type PrivateJwk } from '@careledger/client'
import { expect } from 'vitest'
import { canaryBundle, canaryIn, type CanaryBundle } from './canary-bundle.ts'
import { copyDemoData } from './demo-data.ts'
import { freePort } from './free-port.ts'
import { createRawCaller, type RawAnswer, type RawCaller } from './raw-caller.ts'
import { runApp, type RunningApp } from './running-app.ts'

/** The reference app as a process with its demo people, and everything it has printed. */
export interface DemoWorld {
  readonly url: string
  readonly directory: string
  readonly app: RunningApp
  key(party: string): PrivateJwk
  as(party: string): Promise<CareLedgerClient>
  raw(party: string): Promise<RawCaller>
  /** Imports a valid bundle of a patient who does not exist, by a doctor of seoul-general. */
  importCanary(bundle: CanaryBundle): Promise<ImportResult>
  /** Records by patient, as the custodian's doctor sees them: equal before and after what was refused. */
  records(): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>
  ready(): Promise<number>
  /** Ends the process and starts it again at the same address. */
  restart(signal: NodeJS.Signals): Promise<void>
  /** Ends the app; rejects where it ended other than with 0 or printed a canary. */
  stop(): Promise<void>
}

export interface DemoWorldOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Default: a fresh folder, removed by `stop`. */
  readonly directory?: string
}

export async function startDemoWorld(options: DemoWorldOptions = {}): Promise<DemoWorld> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'careledger-bad-input-'))
  const env = { ...options.env, PORT: String(await freePort()), CARELEDGER_LOG_LEVEL: 'debug' }
  // The demo of an instance on PostgreSQL lies there.
  if (options.env?.['DATABASE_URL'] === undefined && !existsSync(join(directory, 'instance.json'))) await copyDemoData(directory)
  let app = await runApp(directory, env)
  let printed = ''
  const { url } = app
  const key = (party: string) => {
    const found = (JSON.parse(readFileSync(join(directory, 'demo-keys.json'), 'utf8')) as Record<string, PrivateJwk>)[party]
    if (found === undefined) throw new TypeError(`${party} has no key.`)
    return found
  }
  const as = async (party: string) => {
    const client = createCareLedgerClient({ url })
    await client.signIn(await signerFromJwk(key(party)))
    return client
  }
  return {
    url, directory, key, as,
    get app() { return app },
    raw: (party) => createRawCaller(url, key(party)),
    importCanary: async (bundle) => importBundle(await as('staff-5d81c6'), new TextEncoder().encode(canaryBundle(bundle)), { wait: 'sequenced' }),
    async records() {
      const doctor = await as('staff-5d81c6')
      const { items } = await doctor.hospital.patients.list.query({ limit: 100 })
      const counts = await Promise.all(items.map(async ({ patient }) => [patient, (await doctor.hospital.records.list.query({ patient })).counts ?? {}] as const))
      return Object.fromEntries(counts.sort(([left], [right]) => (left < right ? -1 : 1)))
    },
    ready: async () => (await fetch(`${url}/health/ready`)).status,
    async restart(signal) {
      await app.end(signal)
      printed += app.output()
      app = await runApp(directory, env)
    },
    async stop() {
      const early = app.process.exitCode
      const code = early ?? (await app.end('SIGINT'))
      printed += app.output()
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true })
      expect(canaryIn(printed), 'in what the app printed').toBeUndefined()
      expect([early, code], printed.slice(-2000)).toEqual([null, 0])
    },
  }
}

/** A refusal as it has to be: status, stable code, a sentence for people, and nothing of the patient anywhere in the answer. */
export function expectRefusal(answer: RawAnswer, status: number, code: string, sentence: RegExp = /./): void {
  expect([answer.status, answer.code], answer.text).toEqual([status, code])
  expect(answer.message).toMatch(/^[A-Z][^]*\.$/)
  expect(answer.message).toMatch(sentence)
  expect(canaryIn(answer.text)).toBeUndefined()
  expect(answer.text).not.toMatch(/\bat .*\.ts:\d|node_modules|SELECT |INSERT /)
}
