import { closeCustody, prepareCustody, readRecordOrigin } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'
import { toDecision } from './to-answer.ts'

export const custody = {
  origin: implement(hospital.custody.origin, async (context, input) => {
    const { value, decision } = await readRecordOrigin(context.parts, signedIn(context), input)
    return { ...(value.origin === undefined ? {} : { origin: { ...value.origin } }), decision: toDecision(decision) }
  }),
  prepare: implement(hospital.custody.prepare, async (context, { patient }) => ({ ...(await prepareCustody(context.parts, signedIn(context), patient)).value })),
  close: implement(hospital.custody.close, async (context, input) => toReceipt(await closeCustody(context.parts, signedIn(context), { entry: toSignedEntry(input.entry), wait: input.wait, signal: context.signal }))),
}
