import { createHmac } from 'node:crypto'
import { fromBase64url } from '@careledger/proof'
import type { Parts } from '../parts.ts'
import type { Subscription } from './subscription-rows.ts'

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

/** Failures in a row after which a subscription is parked; with a first pause of 1 s that is about 20 minutes. */
const failuresMax = 12
/** The longest pause, in first pauses: 5 minutes. */
const retryMax = 300
/** A subscription is held so long by who delivers it. */
export const leaseMs = 15_000
/** What no further try can mend. */
const final: ReadonlySet<string> = new Set(['key-revoked', 'not-listed', 'right-ended', 'over', 'switched-off'])

/** Sends one body, signed with the subscription's secret. */
export async function sendSigned(parts: Pick<Parts, 'now'>, subscription: Pick<Subscription, 'endpoint' | 'secret'>, body: string, carry: SubscriptionSend, headers: Readonly<Record<string, string>> = {}): Promise<number | string> {
  const at = String(Math.floor(parts.now().getTime() / 1000))
  const signature = createHmac('sha256', fromBase64url(subscription.secret)).update(`${at}.${body}`).digest('hex')
  return carry({ endpoint: subscription.endpoint, body, headers: { ...headers, ...(body === '' ? {} : { 'content-type': 'application/fhir+json' }), 'careledger-signature': `t=${at},v1=${signature}` } })
}

export const isTold = (outcome: number | string): boolean => typeof outcome === 'number' && outcome >= 200 && outcome < 300

export function succeeded(subscription: Subscription, events: number, position: string, now: Date): Subscription {
  const { problem: _problem, holder: _holder, until: _until, ...rest } = subscription
  return { ...rest, state: 'active', position, events: subscription.events + events, failures: 0, lastSuccess: now.toISOString(), nextTry: 0 }
}

export function failed(subscription: Subscription, problem: string, now: number, retryMs = 1000): Subscription {
  const { holder: _holder, until: _until, ...rest } = subscription
  const failures = subscription.failures + 1
  return { ...rest, state: final.has(problem) || failures >= failuresMax ? 'parked' : 'failing', failures, problem, nextTry: now + Math.min(retryMs * retryMax, retryMs * 2 ** Math.min(failures - 1, 20)) }
}
