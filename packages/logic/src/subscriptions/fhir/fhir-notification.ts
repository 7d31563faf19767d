import type { FeedItem } from '../../events/feed.ts'
import type { FhirWish, Subscription } from '../subscription-rows.ts'

/**
 * What an endpoint is told: nothing but the request (R4 Subscription without `payload`), or a Bundle by the HL7 Subscriptions R5 Backport IG 1.1.0 (R4), empty
 * or with ids. A resource is named by the version that was written, which `GET` finds under a right of its own; no id that an author gave is said.
 */
export function toFhirNotification({ id, events }: Pick<Subscription, 'id' | 'events'>, { content, criteria, base }: FhirWish, items: readonly FeedItem[], now: Date): string {
  if (content === 'none') return ''
  const type = criteria.split('?', 1)[0] ?? ''
  const ids = content === 'id-only' ? items : []
  const status = {
    resourceType: 'Parameters',
    meta: { profile: ['http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4'] },
    parameter: [
      { name: 'subscription', valueReference: { reference: `${base}/Subscription/${id}` } },
      { name: 'status', valueCode: items.length === 0 ? 'requested' : 'active' },
      { name: 'type', valueCode: items.length === 0 ? 'handshake' : 'event-notification' },
      { name: 'events-since-subscription-start', valueString: String(events + items.length) },
      ...items.map((item, place) => ({
        name: 'notification-event',
        part: [{ name: 'event-number', valueString: String(events + place + 1) }, ...(content === 'id-only' ? [{ name: 'focus', valueReference: { reference: `${base}/${type}/${item.id}` } }] : [])],
      })),
    ],
  }
  const entry = [
    { fullUrl: `urn:uuid:${id}`, resource: status, request: { method: 'GET', url: `${base}/Subscription/${id}/$status` }, response: { status: '200' } },
    ...ids.map((item) => ({ fullUrl: `${base}/${type}/${item.id}`, request: item.replaces === undefined ? { method: 'POST', url: type } : { method: 'PUT', url: `${type}/${item.id}` }, response: { status: item.replaces === undefined ? '201' : '200' } })),
  ]
  return JSON.stringify({ resourceType: 'Bundle', type: 'history', timestamp: now.toISOString(), entry })
}
