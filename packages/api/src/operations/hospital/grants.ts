import { listGrants } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { nextOf } from './to-answer.ts'

export const grants = {
  list: implement(hospital.grants.list, async (context, input) => {
    const page = await listGrants(context.parts, signedIn(context), input)
    return { items: page.items.map((grant) => ({ ...grant, epochs: grant.epochs.map((epoch) => ({ ...epoch })) })), ...nextOf(page) }
  }),
}
