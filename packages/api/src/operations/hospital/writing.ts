import { checkDrafts, commitWriting, lookUpCodes, prepareWriting } from '@careledger/logic'
import { fromBase64url } from '@careledger/proof'
import { hospital } from '../../contracts/hospital/index.ts'
import { Problem } from '../../contracts/problem.ts'
import { implement, signedIn } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'
import { toDecision } from './to-answer.ts'

export const writing = {
  prepare: implement(hospital.writing.prepare, async (context, input) => {
    const { value, decision } = await prepareWriting(context.parts, signedIn(context), input)
    return {
      ...value, types: [...value.types], known: value.known.map((one) => ({ ...one, coding: { ...one.coding } })), results: value.results.map((result) => ({ ...result })), encounters: value.encounters.map((encounter) => ({ ...encounter })), decision: toDecision(decision),
    }
  }),
  codes: implement(hospital.writing.codes, async (context, input) => {
    const { items, lists } = await lookUpCodes(context.parts, signedIn(context), input)
    return { items: items.map((item) => ({ ...item })), lists: [...lists] }
  }),
  check: implement(hospital.writing.check, async (context, input) => {
    const drafts = input.resources.map(({ bytes, replaces }, index) => ({ bytes: resourceBytes(bytes, index), replaces }))
    const { problems, issues } = await checkDrafts(context.parts, signedIn(context), input.patient, drafts, context.signal)
    return { ok: problems.length === 0, problems: problems.map((problem) => ({ ...problem })), issues: issues.map((issue) => ({ ...issue })) }
  }),
  commit: implement(hospital.writing.commit, async (context, input) => {
    const commit = { patient: input.patient, entries: input.entries.map(toSignedEntry), wait: input.wait, signal: context.signal, proof: context.proof }
    const { receipts, decision } = await commitWriting(context.parts, signedIn(context), commit)
    return { receipts: receipts.map(toReceipt), ...(decision === undefined ? {} : { decision: toDecision(decision) }) }
  }, { usesProof: true }),
}

/** Errors: Problem INPUT_MALFORMED for text that is not base64url. */
function resourceBytes(text: string, index: number): Uint8Array {
  try {
    return fromBase64url(text)
  } catch (cause) {
    throw new Problem('INPUT_MALFORMED', 'A resource is not canonical base64url.', { cause, details: { path: `resources[${index}].bytes` } })
  }
}
