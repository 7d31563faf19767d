import { listConsentsFor, listDelegations, writeDelegation } from '@careledger/logic'
import { contracts } from '../../contracts/index.ts'
import { implement, signedIn } from '../../operation.ts'
import type { OperationsOf } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'
import { toConsentItem } from './consents.ts'
import { nextOf, toDecision } from './to-answer.ts'

type Listed = Awaited<ReturnType<typeof listDelegations>>

/** Delegates. Who may sign what is decided by the hospital network from the log. */
export const delegationOperations = {
  list: implement(contracts.hospital.delegations.list, async (context) => {
    const { forMe, byMe } = await listDelegations(context.parts, signedIn(context))
    return { forMe: forMe.map(toOutput), byMe: byMe.map(toOutput) }
  }),
  consents: implement(contracts.hospital.delegations.consents, async (context, input) => {
    const { value, decision } = await listConsentsFor(context.parts, signedIn(context), input)
    return { items: value.items.map(toConsentItem), ...nextOf(value), decision: toDecision(decision) }
  }),
  give: implement(contracts.hospital.delegations.give, async (context, { entry }) => toReceipt(await writeDelegation(context.parts, signedIn(context), toSignedEntry(entry), 'delegation-given', context.signal))),
  end: implement(contracts.hospital.delegations.end, async (context, { entry }) => toReceipt(await writeDelegation(context.parts, signedIn(context), toSignedEntry(entry), 'delegation-ended', context.signal))),
} satisfies OperationsOf<typeof contracts.hospital.delegations>

function toOutput(item: Listed['forMe'][number]) {
  return { ...item, scope: [...item.scope] }
}
