import { explainDecision, listAccess } from '@careledger/logic'
import type { z } from 'zod'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { nextOf, toDecision } from './to-answer.ts'

export const access = {
  explain: implement(hospital.access.explain, async (context, input) => structuredClone(await explainDecision(context.parts, signedIn(context), input.id)) as z.input<typeof hospital.access.explain.output>),
  list: implement(hospital.access.list, async (context, input) => {
    const page = await listAccess(context.parts, signedIn(context), input)
    return { items: page.items.map(({ types, decision, ...item }) => ({ ...item, types: { ...types }, decision: toDecision(decision) })), ...nextOf(page) }
  }),
}
