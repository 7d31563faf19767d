import { answerRequest, askForAccess, listRequests } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'

export const requests = {
  ask: implement(hospital.requests.ask, async (context, input) => ({ ...(await askForAccess(context.parts, signedIn(context), input)) })),
  list: implement(hospital.requests.list, async (context) => ({
    items: (await listRequests(context.parts, signedIn(context))).map(({ terms: { types, ...terms }, ...item }) => ({ ...item, terms: { ...terms, ...(types === undefined ? {} : { types: [...types] }) } })),
  })),
  answer: implement(hospital.requests.answer, async (context, input) => {
    await answerRequest(context.parts, signedIn(context), input)
    return {}
  }),
}
