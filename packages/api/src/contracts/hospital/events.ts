import { z } from 'zod'
import { query } from '../contract.ts'
import { resourceType, uuid } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

/** A place in the events, the same in every process of the instance; also the id of a server-sent event. */
export const eventPosition = z.string().regex(/^\d{1,15}\.([0-9a-f-]{36})?$/)

/** One thing that happened: ids and a resource type, never content. */
export const liveEvent = z.strictObject({ kind: z.string().max(64), id: uuid, patient: patientHandle, replaces: uuid.optional(), resourceType: resourceType.optional() })

export const events = {
  read: query({
    name: 'hospital.events.read', summary: 'What happened since a place in the events that the caller may know now; `GET /events` sends the same as it happens.', rule: 'signed-in', cost: 1, audit: 'access',
    input: z.strictObject({ after: eventPosition.optional(), patient: patientHandle.optional() }),
    output: z.strictObject({ items: z.array(liveEvent), next: eventPosition, more: z.boolean(), reset: z.boolean() }),
  }),
}
