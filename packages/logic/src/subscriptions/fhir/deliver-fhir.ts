import { feedPositionText, parseFeedPosition, readFeed, type FeedItem } from '../../events/feed.ts'
import { isLogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { failed, isTold, leaseMs, sendSigned, succeeded, type DeliverySettings } from '../attempt.ts'
import { saveSubscription, type FhirWish, type StoredSubscription, type Subscription } from '../subscription-rows.ts'
import { toFhirNotification } from './fhir-notification.ts'
import { mayStill, tellable } from './tellable.ts'

/** Most entries that are decided for one notification. */
const eventsMax = 100

/**
 * One notification of a FHIR Subscription, if there is anything to tell; whether there may be more. A new one begins with a handshake. What is told is
 * decided for its maker at that moment; where the right to the patients whom it names has ended, it is ended too.
 */
export async function deliverFhir(parts: Parts, holder: string, stored: StoredSubscription, wish: FhirWish, settings: DeliverySettings): Promise<boolean> {
  const { subscription } = stored
  const now = parts.now()
  const over = wish.end !== undefined && Date.parse(wish.end) <= now.getTime()
  const { items, touched, next, more } = over ? { items: [], touched: false, next: subscription.position, more: false } : await pageFor(parts, subscription, wish)
  if (!over && wish.greeted === true && items.length === 0 && !touched) {
    if (next !== subscription.position && (more || Number.parseInt(next, 10) - Number.parseInt(subscription.position, 10) > 500)) await saveSubscription(parts, { ...subscription, position: next }, stored.version)
    return more
  }
  const held = await saveSubscription(parts, { ...subscription, holder, until: now.getTime() + leaseMs }, stored.version)
  if (held === undefined) return false
  const outcome = over ? 'over' : await attempt(parts, subscription, wish, items, settings)
  const settled = typeof outcome === 'string' || !isTold(outcome.status) ? failed(subscription, String(typeof outcome === 'string' ? outcome : outcome.status), parts.now().getTime(), settings.retryMs)
    : { ...succeeded(subscription, outcome.events, outcome.greeted ? subscription.position : next, parts.now()), ...(outcome.greeted || outcome.events > 0 ? {} : { lastSuccess: subscription.lastSuccess }), fhir: { ...wish, greeted: true } }
  await saveSubscription(parts, settled, held.version)
  return settled.state === 'active'
}

/** What became of it; a text: why nothing was sent. */
async function attempt(parts: Parts, subscription: Subscription, wish: FhirWish, items: readonly FeedItem[], settings: DeliverySettings): Promise<{ readonly status: number | string; readonly events: number; readonly greeted: boolean } | string> {
  if (!settings.allowed(subscription.organisation, subscription.endpoint)) return 'not-listed'
  try {
    if (!(await mayStill(parts, subscription.key, wish))) return 'right-ended'
    const greeted = wish.greeted !== true
    const told = greeted ? [] : await tellable(parts, subscription, wish, items)
    // Looked at, and nothing to tell.
    if (!greeted && told.length === 0) return { status: 200, events: 0, greeted }
    const body = toFhirNotification(subscription, wish, told, parts.now())
    return { status: await sendSigned(parts, subscription, body, settings.send, Object.fromEntries(wish.headers)), events: told.length, greeted }
  } catch (error) {
    if (isLogicError(error, 'KEY_REVOKED') || isLogicError(error, 'KEY_UNKNOWN')) return 'key-revoked'
    throw error
  }
}

/** `touched`: something happened to a patient whom it names, which may be that a right has ended. */
async function pageFor(parts: Parts, subscription: Subscription, { patients }: FhirWish): Promise<{ readonly items: readonly FeedItem[]; readonly touched: boolean; readonly next: string; readonly more: boolean }> {
  const page = await parts.store.read((view) => readFeed(parts, view, parseFeedPosition(subscription.position))).catch((error: unknown) => { throw toLogicError(error) })
  const about = page.items.filter(({ kind, patient }) => kind !== 'decision' && (patients === undefined || patients.includes(patient)))
  const wanted = about.filter(({ kind }) => kind === 'record-created')
  const items = wanted.slice(0, eventsMax)
  const last = items.length < wanted.length ? items.at(-1)?.position : undefined
  return { items, touched: patients !== undefined && about.length > 0, next: feedPositionText(last ?? page.next), more: last !== undefined || page.more }
}
