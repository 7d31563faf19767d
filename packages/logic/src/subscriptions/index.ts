import { randomUUID } from 'node:crypto'
import type { Actor } from '@careledger/identity'
import { randomBytes, toBase64url } from '@careledger/proof'
import { feedEnd, feedPositionText } from '../events/feed.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { deleteSubscription, findSubscriptions, readSubscription, saveSubscription, type StoredSubscription, type Subscription } from './subscription-rows.ts'

export type { SubscriptionSend } from './attempt.ts'
export { createFhirSubscription, listFhirSubscriptions, readFhirSubscription, removeFhirSubscription, updateFhirSubscription, type FhirSubscription } from './fhir/index.ts'
export { startSubscriptionWorker, type SubscriptionWorker } from './deliver.ts'

/** A subscription without its secret. */
export type SubscriptionItem = Pick<Subscription, 'id' | 'organisation' | 'endpoint' | 'kinds' | 'createdAt' | 'state' | 'events' | 'failures' | 'problem' | 'lastSuccess'> & {
  /** Of a FHIR Subscription: the type of resources that it is about. */
  readonly watches?: string | undefined
}

export interface NewSubscription {
  readonly endpoint: string
  readonly kinds?: readonly string[] | undefined
}

/** Most subscriptions of one organisation. */
const eachMax = 50

/**
 * Tells an endpoint of the caller's organisation of its entries from now on, ids only. Gives the secret that signs each notification, once.
 * Errors: INPUT_MALFORMED for an endpoint that the operator has not listed for the organisation, INPUT_TOO_LARGE beyond 50, NOT_ALLOWED.
 */
export async function createSubscription(parts: Parts, actor: Actor, wanted: NewSubscription, allowed: (organisation: string, endpoint: string) => boolean): Promise<{ readonly item: SubscriptionItem; readonly secret: string }> {
  const organisation = organisationOf(actor)
  if (!allowed(organisation, wanted.endpoint)) throw new LogicError('INPUT_MALFORMED', 'This address is not listed for the organisation. Ask the operator to list it.', { details: { path: 'endpoint' } })
  const own = (await findSubscriptions(parts, { organisation })).filter(({ subscription }) => subscription.fhir === undefined)
  if (own.length >= eachMax) throw new LogicError('INPUT_TOO_LARGE', 'An organisation has at most 50 subscriptions.', { details: { limit: eachMax } })
  const end = await parts.store.read((view) => feedEnd(parts, view)).catch((error: unknown) => { throw toLogicError(error) })
  const secret = toBase64url(randomBytes(32))
  const subscription: Subscription = { id: randomUUID(), organisation, ...wanted, secret, key: actor.key, createdAt: parts.now().toISOString(), state: 'active', position: feedPositionText(end), events: 0, failures: 0, nextTry: 0 }
  await saveSubscription(parts, subscription, undefined)
  return { item: toItem(subscription), secret }
}

/** Those of the caller's organisation; for the platform's operator, all. Empty for others. */
export async function listSubscriptions(parts: Parts, actor: Actor): Promise<readonly SubscriptionItem[]> {
  const organisations = actor.roles.includes('operator') ? [...parts.vaults.keys()].sort() : actor.roles.includes('admin') ? [organisationOf(actor)] : []
  const found = await Promise.all(organisations.map((organisation) => findSubscriptions(parts, { organisation })))
  return found.flat().map(({ subscription }) => toItem(subscription))
}

/** Tries a parked or failing one again at once. Errors: NOT_ALLOWED. */
export async function retrySubscription(parts: Parts, actor: Actor, id: string): Promise<void> {
  for (;;) {
    const stored = await ownSubscription(parts, actor, id)
    if ((await saveSubscription(parts, { ...stored.subscription, state: 'active', failures: 0, nextTry: 0 }, stored.version)) !== undefined) return
  }
}

/** Errors: NOT_ALLOWED. */
export async function removeSubscription(parts: Parts, actor: Actor, id: string): Promise<void> {
  for (;;) if (await deleteSubscription(parts, await ownSubscription(parts, actor, id))) return
}

async function ownSubscription(parts: Parts, actor: Actor, id: string): Promise<StoredSubscription> {
  const stored = await readSubscription(parts, id)
  const own = actor.roles.includes('operator') || (actor.roles.includes('admin') && stored?.subscription.organisation === organisationOf(actor))
  if (stored === undefined || !own) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
  return stored
}

/** An organisation's own key speaks for it, and so do its administrators'. */
function organisationOf(actor: Actor): string {
  return actor.organisation ?? actor.party
}

function toItem({ id, organisation, endpoint, kinds, createdAt, state, events, failures, problem, lastSuccess, fhir }: Subscription): SubscriptionItem {
  return { id, organisation, endpoint, createdAt, state, events, failures, ...(kinds === undefined ? {} : { kinds }), ...(problem === undefined ? {} : { problem }), ...(lastSuccess === undefined ? {} : { lastSuccess }), ...(fhir === undefined ? {} : { watches: fhir.criteria.split('?', 1)[0] as string }) }
}
