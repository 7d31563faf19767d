import { randomUUID } from 'node:crypto'
import { keyProblem } from '@careledger/identity'
import { feedEnd, feedPositionText, parseFeedPosition, readFeed, type FeedItem } from '../events/feed.ts'
import { readStanding } from '../identity/key-directory.ts'
import { createLoop } from '../log/loop.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { failed, isTold, leaseMs, sendSigned, succeeded, type DeliverySettings } from './attempt.ts'
import { deliverFhir } from './fhir/deliver-fhir.ts'
import { toNotification } from './notification.ts'
import { findSubscriptions, saveSubscription, type StoredSubscription, type Subscription } from './subscription-rows.ts'

export interface SubscriptionWorker { stop(): Promise<void> }

const pollMs = 500
/** Most events in one notification. */
const eventsMax = 100

/** Delivers in this process; any number of processes may. Each subscription is held by one at a time, and what it was told is kept in the store. */
export function startSubscriptionWorker(parts: Parts, settings: DeliverySettings): SubscriptionWorker {
  const holder = randomUUID()
  /** FHIR Subscriptions that had nothing to tell, with their version and the end of the log then: they are not looked at again before one of them moves. */
  let quiet = new Map<string, string>()
  const loop = createLoop(async () => {
    try {
      const due = (await findSubscriptions(parts, 'open')).filter(({ subscription }) => isDue(subscription, holder, parts.now().getTime()))
      const end = due.some(({ subscription: { fhir } }) => fhir !== undefined) ? (await parts.store.read((view) => feedEnd(parts, view))).index : 0
      const still = new Map<string, string>()
      const worked = await Promise.all(due.map(async (one) => {
        const { id, fhir } = one.subscription
        const mark = `${one.version}@${end}`
        const waits = fhir?.greeted === true && quiet.get(id) === mark && !(Date.parse(fhir.end ?? '') <= parts.now().getTime())
        const more = waits ? false : await deliver(parts, holder, one, settings).catch((error: unknown) => { settings.onProblem(error); return false })
        if (!more) still.set(id, mark)
        return more
      }))
      quiet = still
      return worked.some(Boolean) ? 0 : pollMs
    } catch (error) {
      settings.onProblem(error)
      return pollMs
    }
  })
  const forget = parts.notices.on('sequenced', () => loop.wake())
  loop.start()
  return {
    stop() {
      forget()
      return loop.stop()
    },
  }
}

function isDue(subscription: Subscription, holder: string, now: number): boolean {
  return subscription.nextTry <= now && (subscription.holder === undefined || subscription.holder === holder || (subscription.until ?? 0) <= now)
}

/** One notification, if there is anything to tell; whether there may be more. */
async function deliver(parts: Parts, holder: string, stored: StoredSubscription, settings: DeliverySettings): Promise<boolean> {
  const { subscription } = stored
  if (subscription.fhir !== undefined) return deliverFhir(parts, holder, stored, subscription.fhir, settings)
  const { items, next, standing, more } = await parts.store.read(async (view) => {
    const found = await readStanding(view, { key: subscription.key })
    return { ...(await pageFor(parts, view, subscription)), standing: keyProblem(found.key, found.issuers) === undefined }
  }).catch((error: unknown) => { throw toLogicError(error) })
  if (items.length === 0) {
    // Moving on costs a write only when much has been passed over.
    if (next !== subscription.position && (more || Number.parseInt(next, 10) - Number.parseInt(subscription.position, 10) > 500)) await saveSubscription(parts, { ...subscription, position: next }, stored.version)
    return more
  }
  const held = await saveSubscription(parts, { ...subscription, holder, until: parts.now().getTime() + leaseMs }, stored.version)
  if (held === undefined) return false
  const outcome = !standing ? 'key-revoked' : !settings.allowed(subscription.organisation, subscription.endpoint) ? 'not-listed' : await sendSigned(parts, subscription, toNotification(subscription, items, parts.now()), settings.send)
  const told = isTold(outcome)
  await saveSubscription(parts, told ? succeeded(subscription, items.length, next, parts.now()) : failed(subscription, String(outcome), parts.now().getTime(), settings.retryMs), held.version)
  return told
}

async function pageFor(parts: Parts, view: Parameters<typeof readFeed>[1], subscription: Subscription): Promise<{ readonly items: readonly FeedItem[]; readonly next: string; readonly more: boolean }> {
  const page = await readFeed(parts, view, parseFeedPosition(subscription.position))
  const wanted = page.items.filter(({ kind, custodian }) => kind !== 'decision' && custodian === subscription.organisation && (subscription.kinds?.includes(kind) ?? true))
  const items = wanted.slice(0, eventsMax)
  const last = items.length < wanted.length ? items.at(-1)?.position : undefined
  return { items, next: feedPositionText(last ?? page.next), more: last !== undefined || page.more }
}
