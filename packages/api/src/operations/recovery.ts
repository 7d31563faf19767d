import { acceptRecovery, completeRecovery, labelForGuardians, readAskedRecoveries, readOwnRecovery, readWards, recoveryOfKey } from '@careledger/logic'
import type { z } from 'zod'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import type { signedEntry } from '../contracts/shapes.ts'
import { implement, signedIn } from '../operation.ts'
import type { Context, OperationsOf } from '../operation.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'
import { toReceipt, toSignedEntry } from './to-signed-entry.ts'

/** Recovery. Who may ask, approve and stop is decided by the identity network from the log. */
export const recoveryOperations = {
  arrange: implement(contracts.identity.recovery.arrange, async (context, { entry, label }) => {
    const answer = await accept(context, entry, 'guardians-arranged')
    await labelForGuardians(context.parts, signedIn(context), label)
    return answer
  }),
  mine: implement(contracts.identity.recovery.mine, async (context) => {
    const { party } = signedIn(context)
    const { arranged, label, requests } = await readOwnRecovery(context.parts, party)
    const own = arranged === undefined ? {} : { arranged: { guardians: [...arranged.guardians], threshold: arranged.threshold, waitHours: arranged.waitHours } }
    return { party, ...own, ...(label === undefined ? {} : { label }), requests: [...requests] }
  }),
  wards: implement(contracts.identity.recovery.wards, async (context) => ({ items: await readWards(context.parts, signedIn(context).party) })),
  asked: implement(contracts.identity.recovery.asked, async (context) => ({ items: structuredClone(await readAskedRecoveries(context.parts, signedIn(context))) as z.input<typeof contracts.identity.recovery.asked.output>['items'] })),
  request: implement(contracts.identity.recovery.request, (context, { entry }) => accept(context, entry, 'recovery-requested')),
  approve: implement(contracts.identity.recovery.approve, (context, { entry }) => accept(context, entry, 'recovery-approved')),
  stop: implement(contracts.identity.recovery.stop, (context, { entry }) => accept(context, entry, 'recovery-stopped')),
  state: implement(contracts.identity.recovery.state, async (context) => {
    const found = await recoveryOfKey(context.parts, provenKey(context))
    if (found === undefined) return {}
    const { party: _party, ...request } = found
    return { request }
  }),
  complete: implement(contracts.identity.recovery.complete, async (context) => ({ ...(await completeRecovery(context.parts, provenKey(context), context.signal)) })),
} satisfies OperationsOf<typeof contracts.identity.recovery>

async function accept(context: Context, entry: z.output<typeof signedEntry>, type: string) {
  return toReceipt(await acceptRecovery(context.parts, signedIn(context), toSignedEntry(entry), type, context.signal))
}

function provenKey({ possession }: Context): string {
  if (possession === undefined) throw new Problem('PROOF_OF_POSSESSION_INVALID', PROBLEM_SENTENCE.PROOF_OF_POSSESSION_INVALID, { details: { check: 'missing' } })
  return possession
}
