import { checkImport, commitImport, prepareImport } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'
import { bundleBytes } from './bundle-bytes.ts'
import { importJobOperations, importPreview } from './interchange.ts'
import { toDecision } from './to-answer.ts'

export const imports = {
  jobs: importJobOperations,
  preview: importPreview,
  check: implement(hospital.imports.check, async (context, input) => {
    const { counts, problems, patient, ...rest } = await checkImport(bundleBytes(input.bundle), { signal: context.signal })
    return { ...rest, counts: { ...counts }, problems: problems.map((problem) => ({ ...problem })), ...(patient === undefined ? {} : { patient }) }
  }),
  prepare: implement(hospital.imports.prepare, async (context, input) => {
    const { present, ...prepared } = await prepareImport(context.parts, signedIn(context), input.identifiers, input.digests, input.patient)
    return { ...prepared, present: [...present] }
  }),
  commit: implement(hospital.imports.commit, async (context, input) => {
    const commit = { patient: input.patient, entries: input.entries.map(toSignedEntry), wait: input.wait, signal: context.signal, proof: context.proof }
    const { receipts, decision } = await commitImport(context.parts, signedIn(context), commit)
    return { receipts: receipts.map(toReceipt), ...(decision === undefined ? {} : { decision: toDecision(decision) }) }
  }, { usesProof: true }),
}
