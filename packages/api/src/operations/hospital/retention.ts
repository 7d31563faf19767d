import { answerErasure, listDue, readRetention, setRetention, writeHold } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'
import { nextOf, toDecision } from './to-answer.ts'

export const retention = {
  read: implement(hospital.retention.read, async (context) => {
    const { custodian, rules, set } = await readRetention(context.parts, signedIn(context))
    return { custodian, rules: rules.map(({ types, ...rule }) => ({ ...rule, ...(types === undefined ? {} : { types: [...types] }) })), ...(set === undefined ? {} : { set: { ...set } }) }
  }),
  set: implement(hospital.retention.set, async (context, { entry, wait }) => toReceipt(await setRetention(context.parts, signedIn(context), { entry: toSignedEntry(entry), wait, signal: context.signal }))),
  hold: implement(hospital.retention.hold, async (context, { entry, wait }) => toReceipt(await writeHold(context.parts, signedIn(context), 'hold-placed', { entry: toSignedEntry(entry), wait, signal: context.signal }))),
  release: implement(hospital.retention.release, async (context, { entry, wait }) => toReceipt(await writeHold(context.parts, signedIn(context), 'hold-released', { entry: toSignedEntry(entry), wait, signal: context.signal }))),
  answer: implement(hospital.retention.answer, async (context, { patient }) => {
    const { value, decision } = await answerErasure(context.parts, signedIn(context), patient)
    return { ...value, reasons: value.reasons.map((reason) => ({ ...reason })), holds: value.holds.map((hold) => ({ ...hold })), decision: toDecision(decision) }
  }),
  due: implement(hospital.retention.due, async (context, input) => {
    const page = await listDue(context.parts, signedIn(context), input)
    return { items: page.items.map((item) => ({ ...item })), ...nextOf(page) }
  }),
}
