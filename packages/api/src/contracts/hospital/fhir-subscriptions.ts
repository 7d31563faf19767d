import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, instant, purpose, uuid } from '../shapes.ts'

/** JSON text of a FHIR R4 Subscription. */
const resource = z.string().max(16_384)
const item = z.strictObject({ id: uuid, resource: z.string(), createdAt: instant, events: z.int() })

/** Behind `/fhir/r4/Subscription`. */
export const fhirSubscriptions = {
  list: query({ name: 'hospital.fhirSubscriptions.list', summary: "The caller's own FHIR Subscriptions, newest first, each with its status as it stands.", rule: 'staff', cost: 2, audit: 'none', scoped: true, input: z.strictObject({}), output: z.strictObject({ items: z.array(item) }) }),
  read: query({ name: 'hospital.fhirSubscriptions.read', summary: "One of the caller's own FHIR Subscriptions.", rule: 'staff', cost: 1, audit: 'none', scoped: true, input: z.strictObject({ id: uuid }), output: item }),
  create: command({
    name: 'hospital.fhirSubscriptions.create', summary: 'Tells a listed endpoint from now on of what is written and meets the criteria, as far as the caller may read it then; nothing of a record is sent. The secret given here once signs each notification.', rule: 'staff', cost: 10, audit: 'change', scoped: true,
    input: z.strictObject({ resource, purpose: purpose.default('treatment'), base: z.url().max(512) }), output: item.extend({ secret: base64url }),
  }),
  update: command({ name: 'hospital.fhirSubscriptions.update', summary: 'Switches a FHIR Subscription off or on again.', rule: 'staff', cost: 5, audit: 'change', scoped: true, input: z.strictObject({ id: uuid, resource }), output: item }),
  remove: command({ name: 'hospital.fhirSubscriptions.remove', summary: 'Ends a FHIR Subscription.', rule: 'staff', cost: 2, audit: 'change', scoped: true, input: z.strictObject({ id: uuid }), output: z.strictObject({}) }),
}
