import { listAuditEvents, proveDecision } from '@careledger/logic'
import { fromUtf8 } from '@careledger/proof'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { nextOf } from './to-answer.ts'

export const audit = {
  search: implement(hospital.audit.search, async (context, { since, until, ...query }) => {
    const page = await listAuditEvents(context.parts, signedIn(context), { ...query, ...time('since', since), ...time('until', until) })
    return { events: page.events.map((event) => JSON.stringify(event)), ...nextOf(page) }
  }),
  proof: implement(hospital.audit.proof, async (context, { id }) => ({ proof: fromUtf8(await proveDecision(context.parts, signedIn(context), id)) })),
}

const time = (name: 'since' | 'until', text: string | undefined): { readonly since?: Date; readonly until?: Date } => (text === undefined ? {} : { [name]: new Date(text) })
