import { endEmergency, listOpenEmergencies, listOwnEmergencies, listReviews, openEmergency, prepareEmergency, reviewEmergency } from '@careledger/logic'
import type { EmergencyItem } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'
import { nextOf } from './to-answer.ts'

export const emergency = {
  prepare: implement(hospital.emergency.prepare, async (context, input) => {
    const { subjects, until } = await prepareEmergency(context.parts, signedIn(context), input)
    return { subjects: [...subjects], until }
  }),
  open: implement(hospital.emergency.open, async (context, input) => ({ opened: [...(await openEmergency(context.parts, signedIn(context), input.entries.map(toSignedEntry), { wait: input.wait, signal: context.signal }))] })),
  end: implement(hospital.emergency.end, async (context, input) => toReceipt(await endEmergency(context.parts, signedIn(context), toSignedEntry(input.entry), { wait: input.wait, signal: context.signal }))),
  list: implement(hospital.emergency.list, async (context) => ({ items: (await listOwnEmergencies(context.parts, signedIn(context))).map(toItem) })),
  mine: implement(hospital.emergency.mine, async (context) => ({ items: (await listOpenEmergencies(context.parts, signedIn(context))).map(toItem) })),
  reviews: implement(hospital.emergency.reviews, async (context, input) => {
    const page = await listReviews(context.parts, signedIn(context), input)
    return { items: page.items.map(toItem), ...nextOf(page) }
  }),
  review: implement(hospital.emergency.review, async (context, input) => toReceipt(await reviewEmergency(context.parts, signedIn(context), toSignedEntry(input.entry), { wait: input.wait, signal: context.signal }))),
}

function toItem({ sensitive, ...item }: EmergencyItem) {
  return { ...item, ...(sensitive === undefined ? {} : { sensitive: [...sensitive] }) }
}
