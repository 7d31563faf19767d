import { addAttachment, appendPart, ATTACHMENT_BYTES_MAX, beginUpload, discardUpload, listAttachments, listUploads, prepareAttachment, readAttachment } from '@careledger/logic'
import { fromBase64url, type EntrySignature } from '@careledger/proof'
import type { z } from 'zod'
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
    const upload = toUpload({ patient, entry, signature, opening, size, records, wait })
    const { receipts, decision } = await addAttachment(context.parts, actor, { ...upload, body: context.body, signal: context.signal })
    return { receipts: receipts.map(toReceipt), ...(decision === undefined ? {} : { decision: toDecision(decision) }) }
  }),
  begin: implement(hospital.attachments.begin, async (context, input) => ({ ...(await beginUpload(context.parts, signedIn(context), { ...toUpload(input), signal: context.signal })) })),
  append: implement(hospital.attachments.append, async (context, input) => {
    if (context.body === undefined) throw new Problem('INPUT_MALFORMED', 'The bytes of a part are the body of PATCH /attachments/<id>.')
    const { added, ...state } = await appendPart(context.parts, signedIn(context), { ...input, body: context.body, signal: context.signal })
    return { ...state, ...(added === undefined ? {} : { receipts: added.receipts.map(toReceipt), ...(added.decision === undefined ? {} : { decision: toDecision(added.decision) }) }) }
  }),
  uploads: implement(hospital.attachments.uploads, async (context, { patient }) => ({
    items: (await listUploads(context.parts, signedIn(context), patient)).map(({ id, size, offset, begun, attachment: { entry, signature, salt, mediaType }, records }) => ({
      id, size, offset, begun, entry, signature: signature as EntrySignature, opening: { salt, mediaType }, records: records.map((record) => ({ ...record, signature: record.signature as EntrySignature })),
    })),
  })),
  discard: implement(hospital.attachments.discard, async (context, { id }) => {
    await discardUpload(context.parts, signedIn(context), id)
    return { id }
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

type UploadInput = z.output<typeof hospital.attachments.begin.input>

function toUpload({ patient, entry, signature, opening, size, records, wait }: UploadInput) {
  return { patient, attachment: { entry, signature, salt: saltOf(opening.salt), mediaType: opening.mediaType }, size, records: records.map(toSignedEntry), wait }
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
