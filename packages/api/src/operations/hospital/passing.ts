import { preparePassing, writePassing } from '@careledger/logic'
import type { z } from 'zod'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'
import { toDecision } from './to-answer.ts'

export const passing = {
  prepare: implement(hospital.passing.prepare, async (context, input) => {
    const { value, decision } = await preparePassing(context.parts, signedIn(context), input)
    return { ...(structuredClone(value) as Omit<z.input<typeof hospital.passing.prepare.output>, 'decision'>), decision: toDecision(decision) }
  }),
  give: implement(hospital.passing.give, async (context, { entry, purpose }) => toReceipt(await writePassing(context.parts, signedIn(context), { entry: toSignedEntry(entry), type: 'consent-passed-on', purpose, signal: context.signal }))),
  end: implement(hospital.passing.end, async (context, { entry, purpose }) => toReceipt(await writePassing(context.parts, signedIn(context), { entry: toSignedEntry(entry), type: 'consent-withdrawn', purpose, signal: context.signal }))),
}
