import { randomUUID } from 'node:crypto'
import type { KeyVault } from '@careledger/identity'
import { Hl7Message } from '@medplum/core'
import { identifierToken } from '../fhir/search-tokens.ts'
import { writersVault } from '../hospital/prepare-import.ts'
import { isLogicError, LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { isStoreError } from '../to-logic-error.ts'
import { applyMerge } from './apply-merge.ts'
import { applyMessage, type Hl7Interface } from './apply-message.ts'
import { hl7BytesMax, readControl, readMessage, type AdtMessage } from './message.ts'
import { controlToken, openParked, park, parkedState, settleParked, waitingFor, type OpenParked } from './parked-messages.ts'
import { identifiersOf } from './to-patient.ts'

export type AckCode = 'AA' | 'AE' | 'AR'

/** What became of a message. */
export interface Received {
  /** The acknowledgement as it goes back to the sender (HL7 v2.5.1 §2.9.2). */
  readonly ack: string
  readonly code: AckCode
  readonly outcome: 'applied' | 'duplicate' | 'parked' | 'rejected'
  /** Why it was parked or rejected: a stable word. */
  readonly reason?: string | undefined
}

/**
 * Takes one message. `AA`: what it says is durable, now or since its first coming. `AE`: it could not be followed and is parked, durable and
 * sealed, for people to look at; sending it again changes nothing. `AR`: it was not taken (not ADT, an unknown trigger, no MSH-10, or the
 * store does not answer); nothing of it is kept. A message for a patient of whom an earlier one is parked waits behind it. The same MSH-10
 * of the same sender is one message. Never rejects.
 */
export async function receiveMessage(parts: Parts, system: Hl7Interface, bytes: Uint8Array): Promise<Received> {
  const control = bytes.length > hl7BytesMax ? undefined : readControl(bytes)
  if (control === undefined) return rejected(undefined, bytes.length > hl7BytesMax ? 'too-large' : 'unreadable')
  try {
    const { vault } = writersVault(parts, system.actor)
    const token = controlToken(await vault.organisation(), control.sender, control.controlId)
    const before = await parkedState(parts, vault, token)
    if (before !== undefined) return before === 'replayed' ? acknowledged(control.hl7, 'AA', 'duplicate') : acknowledged(control.hl7, 'AE', 'duplicate', 'parked before')
    return await take(parts, system, vault, { control, token, bytes })
  } catch (error) {
    return rejected(control.hl7, isLogicError(error) ? error.code.toLowerCase().replaceAll('_', '-') : 'internal')
  }
}

interface Taken { readonly control: NonNullable<ReturnType<typeof readControl>>; readonly token: string; readonly bytes: Uint8Array }

async function take(parts: Parts, system: Hl7Interface, vault: KeyVault, { control, token, bytes }: Taken): Promise<Received> {
  const { hl7, sender, controlId } = control
  let message: AdtMessage
  try {
    message = readMessage(bytes, system.offset)
  } catch (error) {
    const check = checkOf(error)
    if (check === 'type' || check === 'control-id') return rejected(hl7, check)
    await park(parts, vault, { reason: check, problems: [], trigger: '', sender, controlId, bytes, control: token })
    return acknowledged(hl7, 'AE', 'parked', check)
  }
  const [patient, ...others] = await patientTokens(vault, system, message)
  const keep = async (reason: string, problems: OpenParked['problems'] = []): Promise<Received> => {
    await park(parts, vault, { reason, problems, trigger: message.trigger, sender, controlId, bytes, control: token, patient })
    return acknowledged(hl7, 'AE', 'parked', reason)
  }
  for (const one of patient === undefined ? [] : [patient, ...others]) if ((await waitingFor(parts, vault, one)).length > 0) return keep('order')
  try {
    await applyWithRetry(parts, system, message, token)
    return acknowledged(hl7, 'AA', 'applied')
  } catch (error) {
    if (isClaimed(error)) return acknowledged(hl7, 'AA', 'duplicate')
    if (checkOf(error) === 'trigger') return rejected(hl7, 'trigger')
    const reason = parkReason(error)
    if (reason === undefined) throw error
    return keep(reason, problemsOf(error))
  }
}

/**
 * Follows a parked message now, and after it those of the same patient that waited behind it, in their order, until one cannot be followed.
 * Gives how many were followed, and why the next one was not. Errors: NOT_ALLOWED where there is no such parked message, STALE where an
 * older one of the same patient must come first.
 */
export async function replayMessage(parts: Parts, system: Hl7Interface, id: string): Promise<{ readonly followed: number; readonly stoppedBy?: string | undefined }> {
  const { vault } = writersVault(parts, system.actor)
  const first = await openParked(parts, vault, id)
  if (first === undefined || first.state !== 'parked') throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
  const queue = first.row.patient === undefined ? [first] : await waitingFor(parts, vault, first.row.patient)
  if (queue[0]?.id !== id) throw new LogicError('STALE', 'An earlier message of the same patient must be followed or set aside first.', { details: { id: queue[0]?.id } })
  let followed = 0
  for (const parked of queue) {
    const stoppedBy = await replayOne(parts, system, vault, parked)
    if (stoppedBy !== undefined) return { followed, stoppedBy }
    followed++
  }
  return { followed }
}

async function replayOne(parts: Parts, system: Hl7Interface, vault: KeyVault, parked: OpenParked): Promise<string | undefined> {
  try {
    const message = readMessage(parked.bytes, system.offset)
    await applyWithRetry(parts, system, message, parked.row.control)
  } catch (error) {
    if (!isClaimed(error)) {
      const reason = parkReason(error) ?? (checkOf(error) === 'trigger' ? 'trigger' : undefined)
      if (reason === undefined) throw error
      await settleParked(parts, vault, parked, { state: 'parked', reason, problems: problemsOf(error) })
      return reason
    }
  }
  await settleParked(parts, vault, parked, { state: 'replayed' })
  return undefined
}

const staleMax = 4

/** Another writer of the same patient in between costs a repeat. */
async function applyWithRetry(parts: Parts, system: Hl7Interface, message: AdtMessage, token: string): Promise<void> {
  // A new owner each time: a second use of the same message's claim is refused, whoever makes it.
  for (let attempt = 1; ; attempt++) {
    try {
      await (message.trigger === 'A40' ? applyMerge : applyMessage)(parts, system, message, { scope: 'hl7v2', value: token, owner: randomUUID() })
      return
    } catch (error) {
      if (!isLogicError(error, 'STALE') || isClaimed(error) || attempt === staleMax) throw error
    }
  }
}

function isClaimed(error: unknown): boolean {
  return isStoreError(error, 'STORE_CLAIMED') || (isLogicError(error) && isStoreError(error.cause, 'STORE_CLAIMED'))
}

/** `undefined`: not the message's fault; it is not taken, and the sender sends it again. */
function parkReason(error: unknown): string | undefined {
  if (!isLogicError(error)) return undefined
  if (error.code === 'INPUT_MALFORMED') return checkOf(error) === 'trigger' ? undefined : checkOf(error)
  return ({ FHIR_INVALID: 'fhir', ENTRY_CONFLICT: 'two-patients', NOT_ALLOWED: 'refused' } as Readonly<Record<string, string>>)[error.code]
}

function checkOf(error: unknown): string {
  const check = isLogicError(error) ? error.details['check'] : undefined
  return typeof check === 'string' ? check : 'unreadable'
}

function problemsOf(error: unknown): OpenParked['problems'] {
  const problems = isLogicError(error) ? error.details['problems'] : undefined
  return (Array.isArray(problems) ? problems : []).slice(0, 20).flatMap((one: unknown) => {
    const { path, message } = one as { readonly path?: unknown; readonly message?: unknown }
    return typeof path === 'string' && typeof message === 'string' ? [{ path, message }] : []
  })
}

/** Keyed tokens of whom a message is about: the first identifier of PID-3, and in a merge that of MRG-1. */
async function patientTokens(vault: KeyVault, { actor }: Hl7Interface, message: AdtMessage): Promise<readonly string[]> {
  const keys = await vault.organisation()
  return (['PID', 'MRG'] as const).flatMap((name) => {
    const segment = message.hl7.getSegment(name)
    const [first] = segment === undefined ? [] : identifiersOf(segment, `urn:hl7v2:${actor.organisation ?? ''}`, name === 'PID' ? 3 : 1)
    return first?.value === undefined ? [] : [identifierToken(keys, { system: first.system, value: first.value })]
  })
}

function acknowledged(hl7: Hl7Message, code: AckCode, outcome: Received['outcome'], reason?: string): Received {
  const ack = hl7.buildAck({ ackCode: code })
  const words = reason === undefined ? '' : `|${reason}`
  return { ack: ack.toString().split('\r').map((segment) => (segment.startsWith('MSA|') ? `${segment.split('|').slice(0, 3).join('|')}${words}` : segment)).join('\r'), code, outcome, ...(reason === undefined ? {} : { reason }) }
}

const nobody = Hl7Message.parse('MSH|^~\\&|||||||ACK|0|P|2.5.1')

function rejected(hl7: Hl7Message | undefined, reason: string): Received {
  return acknowledged(hl7 ?? nobody, 'AR', 'rejected', reason)
}
