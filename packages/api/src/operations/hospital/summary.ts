import { readSummary } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, originOf, signedIn } from '../../operation.ts'
import { toDecision } from './to-answer.ts'

export const summary = {
  read: implement(hospital.summary.read, async (context, input) => {
    const { value, decision } = await readSummary(context.parts, signedIn(context), { ...input, origin: originOf(context) })
    return { bundle: value.bundle, counts: { ...value.counts }, problems: value.problems.map((problem) => ({ ...problem })), decision: toDecision(decision) }
  }),
}
