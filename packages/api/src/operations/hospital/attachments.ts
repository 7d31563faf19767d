import { addAttachment, ATTACHMENT_BYTES_MAX, listAttachments, prepareAttachment, readAttachment } from '@careledger/logic'
import { fromBase64url } from '@careledger/proof'
import { hospital } from '../../contracts/hospital/index.ts'
import { Problem } from '../../contracts/problem.ts'
import { implement, signedIn } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'
import { nextOf, toDecision } from './to-answer.ts'

export const attachments = {
  prepare: implement(hospital.attachments.prepare, async (context, input) => ({ ...(await prepareAttachment(context.parts, signedIn(context), input.patient)), bytesMax: ATTACHMENT_BYTES_MAX })),
  add: implement(hospital.attachments.add, async (context, { patient, entry, signature, opening, size, records, wait }) => {
    const actor = signedIn(context)
    if (context.body === undefined) throw new Problem('INPUT_MALFORMED', 'The bytes of an attachment are the body of PUT /attachments/<id>.')
    const attachment = { entry, signature, salt: saltOf(opening.salt), mediaType: opening.mediaType }
    const upload = { patient, attachment, size, records: records.map(toSignedEntry), body: context.body, wait, signal: context.signal }
    const { receipts, decision } = await addAttachment(context.parts, actor, upload)
    return { receipts: receipts.map(toReceipt), ...(decision === undefined ? {} : { decision: toDecision(decision) }) }
  }),
  read: implement(hospital.attachments.read, async (context, { range, ...query }) => {
    const { value, decision } = await readAttachment(context.parts, signedIn(context), query)
    const { mediaType, size, author, recordedAt } = value
    const place = placeOf(range, size)
    context.reply?.(value.read(place))
    return { mediaType, size, author, recordedAt, ...place, decision: toDecision(decision) }
  }),
  list: implement(hospital.attachments.list, async (context, input) => {
    const { value, decision } = await listAttachments(context.parts, signedIn(context), input)
    return { items: value.items.map((item) => ({ ...item, author: { ...item.author } })), ...nextOf(value), decision: toDecision(decision) }
  }),
}

/** A range as RFC 9110 §14.1.2 means it, cut to what is there. */
function placeOf(range: { readonly from: number; readonly to?: number | undefined } | { readonly last: number } | undefined, size: number): { readonly from: number; readonly to: number } {
  if (range === undefined) return { from: 0, to: size }
  if ('last' in range) return { from: Math.max(0, size - range.last), to: size }
  const from = Math.min(range.from, size)
  return { from, to: Math.max(from, Math.min(range.to ?? size, size)) }
}

function saltOf(text: string): Uint8Array {
  try {
    return fromBase64url(text)
  } catch (cause) {
    throw new Problem('INPUT_MALFORMED', 'The opening is not canonical base64url.', { cause, details: { path: 'opening.salt' } })
  }
}
