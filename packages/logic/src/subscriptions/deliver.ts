import { createHmac, randomUUID } from 'node:crypto'
import { keyProblem } from '@careledger/identity'
import { fromBase64url } from '@careledger/proof'
import { feedPositionText, parseFeedPosition, readFeed, type FeedItem } from '../events/feed.ts'
import { readStanding } from '../identity/key-directory.ts'
import { createLoop } from '../log/loop.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { toNotification } from './notification.ts'
import { findSubscriptions, saveSubscription, type StoredSubscription, type Subscription } from './subscription-rows.ts'

/** Carries one notification to an endpoint; gives the HTTP status, or why there is none. Never rejects. Follows no redirect. */
export type SubscriptionSend = (request: { readonly endpoint: string; readonly body: string; readonly headers: Readonly<Record<string, string>> }) => Promise<number | 'timeout' | 'unreachable'>

export interface DeliverySettings {
  readonly send: SubscriptionSend
  /** Whether the organisation may be told at this address still. */
  readonly allowed: (organisation: string, endpoint: string) => boolean
  readonly onProblem: (error: unknown) => void
  /** First pause after a failure, doubled each time up to 5 minutes. Default 1,000 ms. */
  readonly retryMs?: number | undefined
}

export interface SubscriptionWorker { stop(): Promise<void> }

/** Failures in a row after which a subscription is parked; with a first pause of 1 s that is about 20 minutes. */
export const failuresMax = 12
/** The longest pause, in first pauses: 5 minutes. */
const retryMax = 300
const leaseMs = 15_000
const pollMs = 500
/** Most events in one notification. */
const eventsMax = 100

/** Delivers in this process; any number of processes may. Each subscription is held by one at a time, and what it was told is kept in the store. */
export function startSubscriptionWorker(parts: Parts, settings: DeliverySettings): SubscriptionWorker {
  const holder = randomUUID()
  const loop = createLoop(async () => {
    try {
      const due = (await findSubscriptions(parts, 'open')).filter(({ subscription }) => isDue(subscription, holder, parts.now().getTime()))
      const worked = await Promise.all(due.map((one) => deliver(parts, holder, one, settings).catch((error: unknown) => { settings.onProblem(error); return false })))
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
  const outcome = !standing ? 'key-revoked' : !settings.allowed(subscription.organisation, subscription.endpoint) ? 'not-listed' : await send(parts, subscription, items, settings.send)
  const told = typeof outcome === 'number' && outcome >= 200 && outcome < 300
  await saveSubscription(parts, told ? succeeded(subscription, items, next, parts.now()) : failed(subscription, String(outcome), parts.now().getTime(), settings.retryMs ?? 1000), held.version)
  return told
}

async function pageFor(parts: Parts, view: Parameters<typeof readFeed>[1], subscription: Subscription): Promise<{ readonly items: readonly FeedItem[]; readonly next: string; readonly more: boolean }> {
  const page = await readFeed(parts, view, parseFeedPosition(subscription.position))
  const wanted = page.items.filter(({ kind, custodian }) => kind !== 'decision' && custodian === subscription.organisation && (subscription.kinds?.includes(kind) ?? true))
  const items = wanted.slice(0, eventsMax)
  const last = items.length < wanted.length ? items.at(-1)?.position : undefined
  return { items, next: feedPositionText(last ?? page.next), more: last !== undefined || page.more }
}

async function send(parts: Parts, subscription: Subscription, items: readonly FeedItem[], carry: SubscriptionSend): Promise<number | string> {
  const body = toNotification(subscription, items, parts.now())
  const at = String(Math.floor(parts.now().getTime() / 1000))
  const signature = createHmac('sha256', fromBase64url(subscription.secret)).update(`${at}.${body}`).digest('hex')
  return carry({ endpoint: subscription.endpoint, body, headers: { 'content-type': 'application/fhir+json', 'careledger-signature': `t=${at},v1=${signature}` } })
}

function succeeded(subscription: Subscription, items: readonly FeedItem[], position: string, now: Date): Subscription {
  const { problem: _problem, holder: _holder, until: _until, ...rest } = subscription
  return { ...rest, state: 'active', position, events: subscription.events + items.length, failures: 0, lastSuccess: now.toISOString(), nextTry: 0 }
}

function failed(subscription: Subscription, problem: string, now: number, retryMs: number): Subscription {
  const { holder: _holder, until: _until, ...rest } = subscription
  const failures = subscription.failures + 1
  const gone = problem === 'key-revoked' || problem === 'not-listed' || failures >= failuresMax
  return { ...rest, state: gone ? 'parked' : 'failing', failures, problem, nextTry: now + Math.min(retryMs * retryMax, retryMs * 2 ** Math.min(failures - 1, 20)) }
}
