import { closeCustody, listOffers, prepareCustody, readBroughtAttachments, readCustodyOrder, readReceipt, readRecordOrigin, readWhereKept, writeCustodyOrder, writeOffer } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'
import { toDecision } from './to-answer.ts'

/** Copied, for the answer's members are not `readonly`. */
const toOffer = <T extends { readonly answer?: object | undefined }>({ answer, ...offer }: T) => ({ ...offer, ...(answer === undefined ? {} : { answer: { ...(answer as NonNullable<T['answer']>) } }) })

export const custody = {
  origin: implement(hospital.custody.origin, async (context, input) => {
    const { value, decision } = await readRecordOrigin(context.parts, signedIn(context), input)
    return { ...(value.origin === undefined ? {} : { origin: { ...value.origin } }), decision: toDecision(decision) }
  }),
  prepare: implement(hospital.custody.prepare, async (context, { patient }) => {
    const { value } = await prepareCustody(context.parts, signedIn(context), patient)
    return { ...value, agreed: value.agreed.map((one) => ({ ...one })) }
  }),
  close: implement(hospital.custody.close, async (context, input) => toReceipt(await closeCustody(context.parts, signedIn(context), { entry: toSignedEntry(input.entry), wait: input.wait, signal: context.signal }))),
  state: implement(hospital.custody.state, async (context, input) => {
    const { value: { moved, received, offer }, decision } = await readWhereKept(context.parts, signedIn(context), input)
    return { ...(moved === undefined ? {} : { moved: { ...moved } }), ...(received === undefined ? {} : { received: { ...received } }), ...(offer === undefined ? {} : { offer: toOffer(offer) }), decision: toDecision(decision) }
  }),
  receipt: implement(hospital.custody.receipt, async (context, { patient }) => ({ proof: await readReceipt(context.parts, signedIn(context), patient) })),
  attachments: implement(hospital.custody.attachments, async (context, { patient }) => ({ items: (await readBroughtAttachments(context.parts, signedIn(context), patient)).map((item) => ({ ...item })) })),
  offers: implement(hospital.custody.offers, async (context) => ({ items: (await listOffers(context.parts, signedIn(context))).map(toOffer) })),
  offer: implement(hospital.custody.offer, async (context, input) => toReceipt(await writeOffer(context.parts, signedIn(context), { entry: toSignedEntry(input.entry), wait: input.wait, signal: context.signal }))),
  order: implement(hospital.custody.order, async (context, { custodian }) => {
    const { order } = await readCustodyOrder(context.parts, custodian)
    return order === undefined ? {} : { order: { ...order, ...(order.confirmed === undefined ? {} : { confirmed: { ...order.confirmed } }) } }
  }),
  writeOrder: implement(hospital.custody.writeOrder, async (context, input) => toReceipt(await writeCustodyOrder(context.parts, signedIn(context), { entry: toSignedEntry(input.entry), wait: input.wait, signal: context.signal }))),
}
