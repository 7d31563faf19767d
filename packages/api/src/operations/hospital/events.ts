import { readEvents } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'

export const events = {
  read: implement(hospital.events.read, async (context, input) => {
    const { items, ...page } = await readEvents(context.parts, signedIn(context), { ...input, session: context.session?.id })
    return { ...page, items: items.map((item) => ({ ...item })) }
  }),
}
