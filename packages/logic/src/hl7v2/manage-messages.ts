import type { Actor, KeyVault } from '@careledger/identity'
import { isCustodianStaff } from '../decisions/authorize.ts'
import { record } from '../decisions/decide.ts'
import { newDecision } from '../decisions/decision-record.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import type { Hl7Interface } from './apply-message.ts'
import { listParked, openParked, settleParked, type OpenParked, type ParkedMessage } from './parked-messages.ts'
import { replayMessage } from './receive-message.ts'

/** A parked message without its content. */
export type MessageItem = ParkedMessage
export interface MessagePage { readonly items: readonly MessageItem[]; readonly next?: string | undefined }

/**
 * Messages that wait for somebody, oldest first: of the caller's own organisation, or of all that this instance holds for the platform's
 * operator, who sees why and from where, and never what is in them. Empty for others.
 */
export async function listMessages(parts: Parts, actor: Actor, query: { readonly after?: string | undefined; readonly limit: number }): Promise<MessagePage> {
  const vaults = vaultsOf(parts, actor)
  const [from, after] = query.after?.split('/') ?? []
  const start = from === undefined ? 0 : Math.max(0, vaults.findIndex(({ custodian }) => custodian === from))
  const items: MessageItem[] = []
  return parts.store.read(async (view) => {
    for (const [place, vault] of vaults.slice(start).entries()) {
      const page = await listParked(view, vault, { after: place === 0 ? after : undefined, limit: query.limit - items.length })
      items.push(...page.items.map(toItem))
      if (page.next !== undefined) return { items, next: `${vault.custodian}/${page.next}` }
      if (items.length >= query.limit) break
    }
    return { items }
  }).catch((error: unknown) => { throw toLogicError(error) })
}

/** One parked message with its bytes, for people of the custodian only; looking is recorded. Errors: NOT_ALLOWED. */
export async function readParkedMessage(parts: Parts, actor: Actor, id: string): Promise<{ readonly item: MessageItem; readonly bytes: Uint8Array }> {
  const custodian = actor.organisation
  const vault = custodian !== undefined && isCustodianStaff(actor, custodian) ? parts.vaults.get(custodian) : undefined
  const found = vault === undefined ? undefined : await openParked(parts, vault, id)
  const rule = found === undefined ? 'none' : 'custodian-staff'
  await record(parts, [newDecision({ actor, operation: 'hospital.messages.read', purpose: 'operations', rule }, parts.now())], [])
  if (found === undefined) throw refused()
  return { item: toItem(found), bytes: found.bytes }
}

/** Follows a parked message and those behind it. `interfaces`: by custodian, those that run here. Errors: NOT_ALLOWED, STALE, UNAVAILABLE where the interface does not run here. */
export async function replayParkedMessage(parts: Parts, actor: Actor, interfaces: ReadonlyMap<string, Hl7Interface>, id: string): Promise<{ readonly followed: number; readonly stoppedBy?: string | undefined }> {
  const { vault } = await findMessage(parts, actor, id)
  const system = interfaces.get(vault.custodian)
  if (system === undefined) throw new LogicError('UNAVAILABLE', 'The interface that took this message does not run here.')
  return replayMessage(parts, system, id)
}

/** Sets a message aside that nobody can follow: its content is removed, and those behind it may be followed. Errors: NOT_ALLOWED, STALE. */
export async function dropMessage(parts: Parts, actor: Actor, id: string): Promise<void> {
  const { vault, message } = await findMessage(parts, actor, id)
  await settleParked(parts, vault, message, { state: 'set-aside' })
}

async function findMessage(parts: Parts, actor: Actor, id: string): Promise<{ readonly vault: KeyVault; readonly message: OpenParked }> {
  for (const vault of vaultsOf(parts, actor)) {
    const message = await openParked(parts, vault, id)
    if (message?.state === 'parked') return { vault, message }
  }
  throw refused()
}

/** Whose messages the caller looks after. */
function vaultsOf(parts: Parts, actor: Actor): readonly KeyVault[] {
  const custodians = actor.roles.includes('operator') ? [...parts.vaults.keys()].sort() : actor.organisation !== undefined && isCustodianStaff(actor, actor.organisation) ? [actor.organisation] : []
  return custodians.flatMap((custodian) => parts.vaults.get(custodian) ?? [])
}

function toItem({ id, custodian, receivedAt, reason, problems, trigger, sender, controlId, state, tries }: OpenParked): MessageItem {
  return { id, custodian, receivedAt, reason, problems, trigger, sender, controlId, state, tries }
}

function refused(): LogicError {
  return new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
}
