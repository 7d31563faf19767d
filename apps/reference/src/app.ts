import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Tracer } from '@opentelemetry/api'
import { createLogger, createOperations, createServer, startRedirect, watchInstance, type ApiServer, type Logger, type ServerOptions } from '@careledger/api'
import type { Upgrade } from '@careledger/data-prisma'
import { clockBehind, coverDecisions, readProcesses, startHeartbeat, startLog, type LogService } from '@careledger/logic'
import { buildWeb } from './build-web.ts'
import { demoOrganisations, demoPlatform } from './demo/people.ts'
import { demoPeopleOf, seedDemo } from './demo/seed-demo.ts'
import { startHousekeeping } from './housekeeping.ts'
import { readElsewhereFile } from './instance/elsewhere-file.ts'
import { readBackupHistory } from './instance/backup-history.ts'
import { createInterchange, startInterchange, type Interchange } from './interchange.ts'
import { openInstance, type Instance } from './instance/open-instance.ts'
import { inTurn } from './instance/start-turn.ts'
import { SettingsError, type Settings } from './settings.ts'
import type { Tracing } from './tracing/start-tracing.ts'
import { version } from './version.ts'

/** The running reference app. */
export interface App {
  readonly url: string
  /** Resolves when the log must not go on: the store was rolled back or is corrupt. The process should stop and say so. */
  readonly failed: Promise<Error>
  /** Stops taking requests, finishes those under way, then closes log, ledgers and store. Idempotent. */
  stop(): Promise<void>
}

export interface AppOptions {
  /** Instead of what the settings say. */
  readonly tracing?: Tracing | undefined
  readonly limits?: ServerOptions['limits']
}

/** Stopping waits no longer than this for the log to take in the newest decisions. */
const coverMaxMs = 3000

/**
 * Starts one process of the reference app. Its role says what it does: `all` (default) is API, log and web pages in one; on PostgreSQL any
 * number of `api` and `worker` processes share one data directory. `say` gets a line for people at each longer step.
 */
export async function startApp(settings: Settings, say: (line: string) => void, options: AppOptions = {}): Promise<App> {
  const shared = settings.databaseUrl !== undefined
  const tls = readTls(settings)
  if (!shared && settings.role !== 'all') throw new SettingsError(`The role ${settings.role} needs a PostgreSQL that the other processes share: set DATABASE_URL, or leave the role out.`)
  const tracing = options.tracing ?? (settings.traces === undefined ? undefined : (await import('./tracing/start-tracing.ts')).startTracing({ ...settings.traces, role: settings.role }))
  const instance = await openInstance(settings, {
    tracer: tracing?.tracer,
    address: addressOf(settings), shared, onUpgrade: (upgrade) => say(upgradeSentence(upgrade)), onRebuild: () => say('Making what screens query anew from the entries, in the form of this version (once) ...'),
    create: settings.demo
      ? { platform: demoPlatform, custodians: [demoPlatform.party, ...demoOrganisations.map(({ party }) => party)], demo: true }
      : { platform: { party: 'platform', name: settings.origin }, custodians: ['platform'], demo: false },
  })
  const { parts } = instance
  const closers: (() => Promise<void>)[] = [async () => tracing?.stop(), () => instance.close()]
  const stop = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    await refuseOtherDirectory(instance)
    const clock = watchClock(instance)
    await clock.look()
    const log = await startLog(parts, { work: settings.role !== 'api' })
    closers.push(() => log.stop())
    // The embedded store is this process's alone: whatever was decided is in the log when it has stopped.
    if (!shared) closers.push(() => coverDecisions(parts, { signal: AbortSignal.timeout(coverMaxMs) }).catch(() => undefined))
    sayDifferences(log, say)
    for (const problem of (await parts.documents.health()).problems) say(`${problem} Attachments and large records are refused until it is mended.`)
    const logger = createLogger({ level: settings.logLevel })
    let ready = false
    const interchange = createInterchange(settings)
    const server = await makeServer({ settings, tls, limits: options.limits, tracer: tracing?.tracer, interchange, instance, logger, say, ready: async () => ready && (await parts.store.health()).ok })
    watchInstance(server.metrics, { parts, role: settings.role, version, log: log.status })
    const { url, port } = await server.listen()
    closers.push(() => server.stop())
    if (settings.redirectPort !== undefined) {
      const redirect = await startRedirect({ host: settings.host, port: settings.redirectPort, origin: settings.publicUrl ?? url })
      closers.push(() => redirect.stop())
    }
    if (instance.file.demo && settings.role !== 'worker') await inTurn(settings.dataDirectory, 'demo', () => seedDemo({ url: settings.publicUrl === undefined ? url : ownAddress(settings.host, port), directory: settings.dataDirectory, instance, say, hl7: settings.hl7Port !== undefined }))
    const heartbeat = await startHeartbeat(parts, { id: randomUUID(), role: settings.role, version, host: hostname(), pid: process.pid, since: parts.now(), directory: instance.directoryId }, { sequencer: () => log.status().sequencer, onBeat: () => clock.look().catch(() => undefined) })
    closers.push(() => heartbeat.stop())
    closers.push(await startInterchange({ instance, settings, logger, say, interchange }))
    ready = true
    const onProblem = (task: string, error: unknown) => logger.error({ outcome: (error as { code?: string }).code ?? 'INTERNAL' }, `housekeeping failed: ${task}`)
    closers.push(startHousekeeping(parts, onProblem, { leads: () => log.status().sequencer === 'leading', definitions: settings.role !== 'worker' }))
    return { url, failed: Promise.race([log.failed, clock.failed]), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The printed line of an upgrade. */
export function upgradeSentence({ pending, copy }: Upgrade): string {
  const what = `The database is of an older version and is upgraded now: ${pending.join(', ')}.`
  return copy === undefined ? `${what} On a server, the backup from before is yours.` : `${what} A copy of it is kept in ${copy}; remove it when all is well.`
}

function addressOf({ host, port, tls }: Settings): string {
  return `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Errors: SettingsError where a file cannot be read, and for an instance with demo people, which is for one machine. */
function readTls({ tls, demo }: Settings): { readonly cert: string; readonly key: string } | undefined {
  if (tls === undefined) return undefined
  if (demo) throw new SettingsError('An instance with demo people is for one machine and takes no certificate. Set CARELEDGER_DEMO=off, or leave CARELEDGER_TLS_CERT out.')
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8')
    } catch (cause) {
      throw new SettingsError(`${path} cannot be read: it should be a PEM file.`, { cause })
    }
  }
  return { cert: read(tls.cert), key: read(tls.key) }
}

/** Behind a proxy's address the process reaches itself by its own. */
function ownAddress(host: string, port: number): string {
  return `http://${['0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Two directories on one database are two vaults, and a patient made in one has no keys in the other. */
async function refuseOtherDirectory({ parts, directoryId }: Instance): Promise<void> {
  const other = (await readProcesses(parts)).find(({ alive, directory }) => alive && directory !== directoryId)
  if (other === undefined) return
  throw new SettingsError(`Process ${other.pid} on ${other.host} works on this database with another data directory. All processes of an instance share one: set CARELEDGER_DATA to it. If that process was killed, wait half a minute.`)
}

/** This clock may be a few seconds off: covered decisions are half a minute old. */
const clockMaxMs = 2_000

/** `look` rejects, and `failed` resolves, when this machine's clock is behind what the log covers. */
function watchClock({ parts }: Instance): { look(): Promise<void>; readonly failed: Promise<Error> } {
  let fail: (reason: Error) => void = () => {}
  const failed = new Promise<Error>((resolve) => { fail = resolve })
  return {
    failed,
    async look() {
      const behindMs = await clockBehind(parts)
      if (behindMs <= clockMaxMs) return
      const reason = new SettingsError(`This machine's clock is at least ${Math.round(behindMs / 1000)} s behind: the log covers decisions from later. Set the clock, then start again.`)
      fail(reason)
      throw reason
    },
  }
}

function sayDifferences(log: LogService, say: (line: string) => void): void {
  for (const { network, configured, standing } of log.status().differences) {
    const words = (legs: typeof standing): string => legs.map(({ target, way }) => `${target} (${way})`).join(' and ') || 'no ledger'
    say(`The network ${network} stands on ${words(standing)}; the file of ledgers says ${words(configured)}. What was moved stays. Write it into the file, or move the network: careledger ledger move.`)
  }
}

/** A worker's server answers `/health` and `/metrics` and nothing else. */
async function makeServer({ settings, tls, limits, tracer, interchange, instance, logger, say, ready }: {
  readonly settings: Settings
  readonly tls: ReturnType<typeof readTls>
  readonly limits: AppOptions['limits']
  readonly tracer: Tracer | undefined
  readonly interchange: Interchange
  readonly instance: Instance
  readonly logger: Logger
  readonly say: (line: string) => void
  readonly ready: () => Promise<boolean>
}): Promise<ApiServer> {
  const common = { parts: instance.parts, auth: instance.authentication, logger, tls, host: settings.host, port: settings.port, limits, tracer, ready, origins: settings.publicUrl === undefined ? [] : [settings.publicUrl] }
  if (settings.role === 'worker') return createServer({ ...common, operations: {}, onlyHealth: true })
  const elsewhere = () => readElsewhereFile(settings.dataDirectory)
  elsewhere()
  return createServer({
    ...common,
    heavy: interchange.heavy,
    elsewhere,
    operations: createOperations({
      elsewhere, interfaces: interchange.interfaces, endpointAllowed: interchange.endpointAllowed,
      ...(instance.file.demo ? { demoPeople: demoPeopleOf(settings.dataDirectory) } : {}),
      backups: async () => {
        const { backups: [backup], rehearsals: [rehearsal] } = readBackupHistory(settings.dataDirectory)
        return { ...(backup === undefined ? {} : { backup }), ...(rehearsal === undefined ? {} : { rehearsal }) }
      },
    }),
    staticDirectory: await buildWeb(() => say('Building the web pages (once) ...')),
  })
}
