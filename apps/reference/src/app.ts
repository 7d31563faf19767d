import { createHeavyCalls, createLogger, createOperations, createServer, endpointList, sendByHttp, type ServerOptions } from '@careledger/api'
import { coverDecisions, startExportWorker, startLog, startSubscriptionWorker, type Hl7Interface } from '@careledger/logic'
import { buildWeb } from './build-web.ts'
import { demoOrganisations, demoPlatform } from './demo/people.ts'
import { demoInterfaceKey, demoPeopleOf, seedDemo } from './demo/seed-demo.ts'
import { startHousekeeping } from './housekeeping.ts'
import { readInterfaces } from './interfaces/interfaces-file.ts'
import { startInterfaces } from './interfaces/start-interfaces.ts'
import { openInstance } from './instance/open-instance.ts'
import { SettingsError, type Settings } from './settings.ts'

/** The running reference app. */
export interface App {
  readonly url: string
  /** Resolves when the log must not go on: the store was rolled back or is corrupt. The process should stop and say so. */
  readonly failed: Promise<Error>
  /** Stops taking requests, finishes those under way, then closes log, ledgers and store. Idempotent. */
  stop(): Promise<void>
}

/** Stopping waits no longer than this for the log to take in the newest decisions. */
const coverMaxMs = 3000

/** Starts the reference app: API, log and web pages in one process. `say` gets a line for people at each longer step. */
export async function startApp(settings: Settings, say: (line: string) => void, options: { readonly limits?: ServerOptions['limits'] } = {}): Promise<App> {
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host
  const instance = await openInstance(settings, {
    address: `http://${host}:${settings.port}`,
    create: settings.demo
      ? { platform: demoPlatform, custodians: [demoPlatform.party, ...demoOrganisations.map(({ party }) => party)], demo: true }
      : { platform: { party: 'platform', name: settings.origin }, custodians: ['platform'], demo: false },
  })
  const closers: (() => Promise<void>)[] = [() => instance.close()]
  const stop = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    const log = await startLog(instance.parts)
    closers.push(() => log.stop())
    // The embedded store is this process's alone: whatever was decided is in the log when it has stopped.
    if (settings.databaseUrl === undefined) closers.push(() => coverDecisions(instance.parts, { signal: AbortSignal.timeout(coverMaxMs) }).catch(() => undefined))
    for (const { network, configured, standing } of log.status().differences) {
      const words = (legs: typeof standing): string => legs.map(({ target, way }) => `${target} (${way})`).join(' and ') || 'no ledger'
      say(`The network ${network} stands on ${words(standing)}; the file of ledgers says ${words(configured)}. What was moved stays. Write it into the file, or move the network: careledger ledger move.`)
    }
    const logger = createLogger({ level: settings.logLevel })
    let ready = false
    const interfaces = new Map<string, Hl7Interface>()
    const endpointAllowed = endpointsOf(settings)
    const heavy = createHeavyCalls()
    const server = createServer({
      heavy,
      operations: createOperations({ interfaces, endpointAllowed, ...(instance.file.demo ? { demoPeople: demoPeopleOf(settings.dataDirectory) } : {}) }),
      parts: instance.parts, auth: instance.authentication, logger,
      host: settings.host, port: settings.port, limits: options.limits,
      staticDirectory: await buildWeb(() => say('Building the web pages (once) ...')),
      ready: async () => ready && (await instance.parts.store.health()).ok,
    })
    const { url } = await server.listen()
    closers.push(() => server.stop())
    if (instance.file.demo) await seedDemo({ url, directory: settings.dataDirectory, instance, say, hl7: settings.hl7Port !== undefined })
    const failed = (task: string) => (error: unknown): void => logger.error({ outcome: (error as { code?: string }).code ?? 'INTERNAL' }, task)
    const exports = startExportWorker(instance.parts, { onProblem: failed('export failed'), pace: () => heavy.pace() })
    const notifications = startSubscriptionWorker(instance.parts, { send: sendByHttp, allowed: endpointAllowed, onProblem: failed('notification failed') })
    closers.push(() => exports.stop(), () => notifications.stop())
    const demoInterface = instance.file.demo && settings.hl7Port !== undefined ? [{ key: demoInterfaceKey(settings.dataDirectory), host: '127.0.0.1', port: settings.hl7Port, offset: '+09:00' }] : []
    const listening = await startInterfaces(instance.parts, [...(settings.interfacesFile === undefined ? [] : readInterfaces(settings.interfacesFile)), ...demoInterface], interfaces, logger)
    closers.push(() => listening.stop())
    for (const port of listening.ports) say(`HL7 v2 (MLLP) is taken at port ${port}`)
    ready = true
    closers.push(startHousekeeping(instance.parts, (task, error) => logger.error({ outcome: (error as { code?: string }).code ?? 'INTERNAL' }, `housekeeping failed: ${task}`)))
    return { url, failed: log.failed, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Errors: SettingsError naming the setting, without its value. */
function endpointsOf(settings: Settings): (organisation: string, endpoint: string) => boolean {
  try {
    return endpointList(settings.notify ?? '')
  } catch (cause) {
    throw new SettingsError('CARELEDGER_NOTIFY: is `organisation=https://host ...; ...`, or http on this machine', { cause })
  }
}
