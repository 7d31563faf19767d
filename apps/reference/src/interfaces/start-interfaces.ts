import { createMllpListener, type Logger, type MllpListener } from '@careledger/api'
import { signerFromJwk } from '@careledger/client'
import { actorOf } from '@careledger/identity'
import { createKeyDirectory, receiveMessage, type Hl7Interface, type Parts } from '@careledger/logic'
import { SettingsError } from '../settings.ts'
import type { ConfiguredInterface } from './interfaces-file.ts'

/**
 * Starts an MLLP listener for each interface and puts it into `interfaces` by its custodian, for those who replay parked messages. Gives the
 * ports, and the function that ends them. Errors: SettingsError for a key that is not enrolled as a custodian's system; those of listening.
 */
export async function startInterfaces(parts: Parts, configured: readonly ConfiguredInterface[], interfaces: Map<string, Hl7Interface>, logger: Logger): Promise<{ readonly ports: readonly number[]; stop(): Promise<void> }> {
  const listeners: MllpListener[] = []
  const ports: number[] = []
  const stop = async (): Promise<void> => void (await Promise.all(listeners.map((listener) => listener.stop())))
  try {
    for (const { key, offset, ...where } of configured) {
      const signer = await signerFromJwk(key)
      const actor = await systemOf(parts, signer.key)
      const system: Hl7Interface = { actor, signer, offset }
      const listener = createMllpListener({
        ...where,
        async receive(message) {
          const received = await receiveMessage(parts, system, message)
          logger[received.code === 'AA' ? 'info' : 'warn']({ party: actor.party, outcome: received.outcome, ...(received.reason === undefined ? {} : { check: received.reason }) }, 'message received')
          return received
        },
      })
      listeners.push(listener)
      ports.push((await listener.listen()).port)
      interfaces.set(actor.organisation ?? '', system)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { ports, stop }
}

async function systemOf(parts: Parts, key: string): Promise<Hl7Interface['actor']> {
  const standing = await createKeyDirectory(parts.store).standing({ key })
  const wrong = new SettingsError('The key of an HL7 v2 interface is not enrolled here as a system of an organisation. Let the organisation enrol it.')
  if (standing.key === undefined) throw wrong
  const actor = actorOf(key, standing, parts.now())
  if (actor.kind !== 'system' || actor.organisation === undefined) throw wrong
  return actor
}
