import type { FeedItem } from '../events/feed.ts'
import type { Subscription } from './subscription-rows.ts'

/** The topic of every subscription here: entries of the custodian as they get their place in the log. */
export const TOPIC = 'urn:careledger:topic:custodian-entries'

/**
 * A notification with ids only: a history Bundle whose first entry is the status (HL7 Subscriptions R5 Backport IG 1.1.0, R4,
 * `backport-subscription-status-r4`). Each event names its entry and what kind it is; content is read by whoever may, with a permit of
 * their own.
 */
export function toNotification(subscription: Pick<Subscription, 'id' | 'events'>, items: readonly FeedItem[], now: Date): string {
  const status = {
    resourceType: 'Parameters',
    meta: { profile: ['http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4'] },
    parameter: [
      { name: 'subscription', valueReference: { reference: `Subscription/${subscription.id}` } },
      { name: 'topic', valueCanonical: TOPIC },
      { name: 'status', valueCode: 'active' },
      { name: 'type', valueCode: items.length === 0 ? 'handshake' : 'event-notification' },
      { name: 'events-since-subscription-start', valueString: String(subscription.events + items.length) },
      ...items.map((item, place) => ({
        name: 'notification-event',
        part: [
          { name: 'event-number', valueString: String(subscription.events + place + 1) },
          { name: 'focus', valueReference: { identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${item.id}` }, display: item.kind } },
          ...(item.replaces === undefined ? [] : [{ name: 'additional-context', valueReference: { identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${item.replaces}` }, display: 'replaces' } }]),
        ],
      })),
    ],
  }
  return JSON.stringify({ resourceType: 'Bundle', type: 'history', timestamp: now.toISOString(), entry: [{ fullUrl: `urn:uuid:${subscription.id}`, resource: status, request: { method: 'GET', url: `Subscription/${subscription.id}/$status` }, response: { status: '200' } }] })
}
