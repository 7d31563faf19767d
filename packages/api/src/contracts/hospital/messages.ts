import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, cursor, instant, pageSize, partyId, uuid } from '../shapes.ts'

/** An HL7 v2 message that could not be followed, without its content. */
export const messageItem = z.strictObject({
  id: uuid,
  custodian: partyId,
  receivedAt: instant,
  /** A stable word: why it could not be followed. */
  reason: z.string().max(64),
  problems: z.array(z.strictObject({ path: z.string(), message: z.string() })),
  trigger: z.string(),
  sender: z.string(),
  controlId: z.string(),
  state: z.enum(['parked', 'replayed', 'set-aside']),
  tries: z.int(),
})

export const messages = {
  list: query({
    name: 'hospital.messages.list', summary: 'HL7 v2 messages that wait for somebody, oldest first: of the caller\'s organisation, or of all for the operator. No content.', rule: 'permit', cost: 2, audit: 'none',
    input: z.strictObject({ after: cursor.optional(), limit: pageSize }), output: z.strictObject({ items: z.array(messageItem), next: cursor.optional() }),
  }),
  read: query({
    name: 'hospital.messages.read', summary: 'One parked message with its exact bytes, for people of the custodian.', rule: 'permit', cost: 2, audit: 'access',
    input: z.strictObject({ id: uuid }), output: z.strictObject({ item: messageItem, bytes: base64url }),
  }),
  replay: command({
    name: 'hospital.messages.replay', summary: 'Follows a parked message now, and those of the same patient that wait behind it, in their order.', rule: 'permit', cost: 20, audit: 'change',
    input: z.strictObject({ id: uuid }), output: z.strictObject({ followed: z.int(), stoppedBy: z.string().optional() }),
  }),
  setAside: command({
    name: 'hospital.messages.setAside', summary: 'Sets a parked message aside for good: its content is removed, and those behind it may be followed.', rule: 'permit', cost: 5, audit: 'change',
    input: z.strictObject({ id: uuid }), output: z.strictObject({}),
  }),
}
