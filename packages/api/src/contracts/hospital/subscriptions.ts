import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, instant, partyId, resourceType, uuid } from '../shapes.ts'

export const subscriptionItem = z.strictObject({
  id: uuid, organisation: partyId, endpoint: z.string(), kinds: z.array(z.string()).optional(), createdAt: instant,
  state: z.enum(['active', 'failing', 'parked']), events: z.int(), failures: z.int(), problem: z.string().optional(), lastSuccess: instant.optional(),
  /** Of a FHIR Subscription: the type of resources that it is about. */
  watches: resourceType.optional(),
})

export const subscriptions = {
  list: query({ name: 'hospital.subscriptions.list', summary: 'Where the caller\'s organisation is told of its entries, and how that goes; for the operator, all.', rule: 'permit', cost: 2, audit: 'none', input: z.strictObject({}), output: z.strictObject({ items: z.array(subscriptionItem) }) }),
  create: command({
    name: 'hospital.subscriptions.create', summary: 'Tells a listed endpoint of the organisation\'s entries from now on, ids only, signed with the secret given here once.', rule: 'organisation-admin', cost: 5, audit: 'change',
    input: z.strictObject({ endpoint: z.url().max(512), kinds: z.array(z.string().regex(/^[a-z][a-z-]{1,63}$/)).min(1).max(20).optional() }), output: z.strictObject({ item: subscriptionItem, secret: base64url }),
  }),
  retry: command({ name: 'hospital.subscriptions.retry', summary: 'Tries a parked or failing subscription again at once.', rule: 'permit', cost: 2, audit: 'change', input: z.strictObject({ id: uuid }), output: z.strictObject({}) }),
  remove: command({ name: 'hospital.subscriptions.remove', summary: 'Ends a subscription.', rule: 'permit', cost: 2, audit: 'change', input: z.strictObject({ id: uuid }), output: z.strictObject({}) }),
}
