import { listAccess } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { nextOf, toDecision } from './to-answer.ts'

export const access = {
  list: implement(hospital.access.list, async (context, input) => {
    const page = await listAccess(context.parts, signedIn(context), input)
    return { items: page.items.map(({ types, decision, ...item }) => ({ ...item, types: { ...types }, decision: toDecision(decision) })), ...nextOf(page) }
  }),
}
