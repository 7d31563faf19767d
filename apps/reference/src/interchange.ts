import { createHeavyCalls, endpointList, sendByHttp, type HeavyCalls, type Logger } from '@careledger/api'
import { startExportWorker, startSubscriptionWorker, type Hl7Interface } from '@careledger/logic'
import { demoInterfaceKey } from './demo/seed-demo.ts'
import { readInterfaces } from './interfaces/interfaces-file.ts'
import { startInterfaces } from './interfaces/start-interfaces.ts'
import type { Instance } from './instance/open-instance.ts'
import { SettingsError, type Settings } from './settings.ts'

/** What operations and the work beside them share in one process. */
export interface Interchange {
  /** HL7 v2 interfaces that run here, by custodian; filled once they listen. */
  readonly interfaces: Map<string, Hl7Interface>
  readonly endpointAllowed: (organisation: string, endpoint: string) => boolean
  readonly heavy: HeavyCalls
}

/** Errors: SettingsError naming the setting, without its value. */
export function createInterchange(settings: Settings): Interchange {
  try {
    return { interfaces: new Map(), endpointAllowed: endpointList(settings.notify ?? ''), heavy: createHeavyCalls() }
  } catch (cause) {
    throw new SettingsError('CARELEDGER_NOTIFY: is `organisation=https://host ...; ...`, or http on this machine', { cause })
  }
}

/**
 * Starts what runs beside requests: exports and notifications where the process works (any number may), HL7 v2 interfaces where it answers callers.
 * Gives the function that ends it. Errors: SettingsError, and those of listening.
 */
export async function startInterchange({ instance, settings, logger, say, interchange }: {
  readonly instance: Instance
  readonly settings: Settings
  readonly logger: Logger
  readonly say: (line: string) => void
  readonly interchange: Interchange
}): Promise<() => Promise<void>> {
  const { parts, file } = instance
  const failed = (task: string) => (error: unknown): void => logger.error({ outcome: (error as { code?: string }).code ?? 'INTERNAL' }, task)
  const workers = settings.role === 'api' ? [] : [
    startExportWorker(parts, { onProblem: failed('export failed'), pace: () => interchange.heavy.pace() }),
    startSubscriptionWorker(parts, { send: sendByHttp, allowed: interchange.endpointAllowed, onProblem: failed('notification failed') }),
  ]
  const stop = async (): Promise<void> => void (await Promise.all(workers.map((worker) => worker.stop())))
  if (settings.role === 'worker') return stop
  try {
    const demo = file.demo && settings.hl7Port !== undefined ? [{ key: demoInterfaceKey(settings.dataDirectory), host: '127.0.0.1', port: settings.hl7Port, offset: '+09:00' }] : []
    const configured = settings.interfacesFile === undefined ? [] : readInterfaces(settings.interfacesFile)
    const listening = await startInterfaces(parts, [...configured, ...demo], interchange.interfaces, logger)
    for (const port of listening.ports) say(`HL7 v2 (MLLP) is taken at port ${port}`)
    return async () => {
      await listening.stop()
      await stop()
    }
  } catch (error) {
    await stop()
    throw error
  }
}
