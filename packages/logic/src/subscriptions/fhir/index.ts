import { randomUUID } from 'node:crypto'
import type { Actor } from '@careledger/identity'
import { scopesReach } from '@careledger/identity'
import { randomBytes, toBase64url } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import { groundsOf } from '../../decisions/authorize.ts'
import { decideEach } from '../../decisions/decide-each.ts'
import { feedEnd, feedPositionText } from '../../events/feed.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { deleteSubscription, findSubscriptions, readSubscription, saveSubscription, type FhirWish, type StoredSubscription, type Subscription } from '../subscription-rows.ts'
import { patientsNamed, readCriteria } from './criteria.ts'
import { readSubscriptionResource } from './read-subscription-resource.ts'
import { mayStill } from './tellable.ts'

/** A FHIR Subscription as its maker sees it. */
export interface FhirSubscription {
  readonly id: string
  /** JSON text, with its id and status as it stands. */
  readonly resource: string
  readonly createdAt: string
  /** Events told since it was made. */
  readonly events: number
}

export interface NewFhirSubscription {
  readonly resource: string
  readonly purpose: Purpose
  /** The FHIR base that it is made at. */
  readonly base: string
}

type Allowed = (organisation: string, endpoint: string) => boolean
/** Most FHIR Subscriptions of one party, and of one organisation. */
const eachMax = 20
const organisationMax = 200
const OPERATION = 'hospital.fhirSubscriptions.create'

/**
 * Tells an endpoint from now on of what is written and meets the criteria, as far as the caller may read it then. Gives the secret that signs each notification, once.
 * A patient whom the criteria name is decided like any reading; who may not be read and who does not exist are refused alike. Errors: INPUT_MALFORMED,
 * FHIR_INVALID with `problems` (also for an endpoint that the operator has not listed for the organisation), NOT_ALLOWED, INPUT_TOO_LARGE beyond 20.
 */
export async function createFhirSubscription(parts: Parts, actor: Actor, { resource, purpose, base }: NewFhirSubscription, allowed: Allowed): Promise<{ readonly item: FhirSubscription; readonly secret: string }> {
  const { organisation, party } = actor
  if (organisation === undefined || parts.vaults.get(organisation) === undefined || !scopesReach(actor.scopes, { type: 'Subscription', action: 'c', self: false })) throw refused()
  const { endpoint, status, ...wish } = await readSubscriptionResource(resource)
  if (status !== 'requested' && status !== 'active') throw problem('Subscription.status', 'A new Subscription is requested.')
  if (!allowed(organisation, endpoint)) throw problem('Subscription.channel.endpoint', 'This address is not listed for the organisation. Ask the operator to list it.')
  const search = await readCriteria(wish.criteria, parts.now())
  const others = (await findSubscriptions(parts, { organisation })).filter(({ subscription }) => subscription.fhir !== undefined)
  if (others.length >= organisationMax || others.filter(({ subscription }) => subscription.fhir?.party === party).length >= eachMax) throw new LogicError('INPUT_TOO_LARGE', `A party has at most ${eachMax} Subscriptions, and an organisation ${organisationMax}.`, { details: { limit: eachMax } })
  const named = await parts.store.read((view) => patientsNamed(parts, view, search)).catch(rethrow)
  const patients = named === undefined ? undefined : await decided(parts, actor, purpose, named)
  const end = await parts.store.read((view) => feedEnd(parts, view)).catch(rethrow)
  const secret = toBase64url(randomBytes(32))
  const fhir: FhirWish = { ...wish, party, purpose, base, ...(actor.scopes === undefined ? {} : { scopes: actor.scopes }), ...(patients === undefined ? {} : { patients }) }
  const subscription: Subscription = { id: randomUUID(), organisation, endpoint, fhir, secret, key: actor.key, createdAt: parts.now().toISOString(), state: 'active', position: feedPositionText(end), events: 0, failures: 0, nextTry: 0 }
  await saveSubscription(parts, subscription, undefined)
  return { item: await toItem(parts, subscription), secret }
}

/** The caller's own, newest first. */
export async function listFhirSubscriptions(parts: Parts, actor: Actor): Promise<readonly FhirSubscription[]> {
  if (!scopesReach(actor.scopes, { type: 'Subscription', action: 's', self: false })) return []
  const found = await findSubscriptions(parts, { party: actor.party })
  const items = await Promise.all(found.map(({ subscription }) => toItem(parts, subscription)))
  return items.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
}

/** Errors: NOT_ALLOWED for another's and for none. */
export async function readFhirSubscription(parts: Parts, actor: Actor, id: string): Promise<FhirSubscription> {
  return toItem(parts, (await own(parts, actor, id, 'r')).subscription)
}

/** Switches one off, or on again where it was off or had failed; nothing else of it is changed. Errors: as `createFhirSubscription`; FHIR_INVALID for another change. */
export async function updateFhirSubscription(parts: Parts, actor: Actor, id: string, resource: string): Promise<FhirSubscription> {
  const { status, resource: sent } = await readSubscriptionResource(resource)
  for (;;) {
    const { subscription, version } = await own(parts, actor, id, 'u')
    if (sent !== (subscription.fhir as FhirWish).resource) throw problem('Subscription', 'Only the status is changed: off, or requested. Delete it and create another.')
    const { problem: _problem, ...rest } = subscription
    const next: Subscription = status === 'off' ? { ...subscription, state: 'parked', problem: 'switched-off' } : subscription.state === 'active' ? subscription : { ...rest, state: 'active', failures: 0, nextTry: 0 }
    if ((await saveSubscription(parts, next, version)) !== undefined) return toItem(parts, next)
  }
}

/** Errors: NOT_ALLOWED. */
export async function removeFhirSubscription(parts: Parts, actor: Actor, id: string): Promise<void> {
  for (;;) if (await deleteSubscription(parts, await own(parts, actor, id, 'd'))) return
}

/** Ends what names a patient who is erased: nothing is left that leads to them. */
export async function eraseFromSubscriptions(parts: Parts, patient: string): Promise<void> {
  for (const organisation of parts.vaults.keys()) {
    for (const { subscription: { id } } of await findSubscriptions(parts, { organisation })) {
      for (;;) {
        const stored = await readSubscription(parts, id)
        if (stored?.subscription.fhir?.patients?.includes(patient) !== true || (await deleteSubscription(parts, stored))) break
      }
    }
  }
}

async function decided(parts: Parts, actor: Actor, purpose: Purpose, named: readonly string[]): Promise<readonly string[]> {
  const request = { actor, operation: OPERATION, purposes: [purpose], limit: 100, recordRefusals: true, action: 's' as const }
  const { items } = await decideEach(parts, request, async function* () { yield* named }, async (permit) => ({ value: groundsOf(permit).patient, types: {} }))
  if (items.length === 0) throw refused()
  return items.map(({ value }) => value)
}

async function own(parts: Parts, actor: Actor, id: string, action: 'r' | 'u' | 'd'): Promise<StoredSubscription> {
  const stored = await readSubscription(parts, id)
  if (stored?.subscription.fhir?.party !== actor.party || !scopesReach(actor.scopes, { type: 'Subscription', action, self: false })) throw refused()
  return stored
}

/** FHIR's word for how it stands, by what holds now: one whose right has ended is off before anything is written. */
async function toItem(parts: Parts, { id, events, state, problem: why, createdAt, key, fhir }: Subscription): Promise<FhirSubscription> {
  const wish = fhir as FhirWish
  const may = await mayStill(parts, key, wish).catch((error: unknown) => {
    if (isLogicError(error, 'KEY_REVOKED') || isLogicError(error, 'KEY_UNKNOWN')) return false
    throw error
  })
  const over = wish.end !== undefined && Date.parse(wish.end) <= parts.now().getTime()
  const status = !may || over || state === 'parked' ? 'off' : state === 'failing' ? 'error' : wish.greeted === true ? 'active' : 'requested'
  const error = may ? (over ? 'over' : why) : 'right-ended'
  const { resourceType, ...rest } = JSON.parse(wish.resource) as Record<string, unknown>
  return { id, createdAt, events, resource: JSON.stringify({ resourceType, id, status, ...rest, ...(error === undefined ? {} : { error }) }) }
}

function refused(): LogicError {
  return new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
}

function problem(path: string, message: string): LogicError {
  return new LogicError('FHIR_INVALID', message, { details: { problems: [{ path, code: 'value', message }] } })
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
