import {
  checkImport, commitImport, findPatients, giveConsent, listAccess, listConsents, listGrants, listPatients, listRecords, listSubjects, prepareImport, readPatientBanner,
  readProofByLedgerId, readRecord, readRecordProof, readRecordStates, withdrawConsent,
} from '@careledger/logic'
import type { ConsentItem, Decided, DecisionView, PatientBanner, RecordItem } from '@careledger/logic'
import { fromBase64url, toBase64url } from '@careledger/proof'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import { implement, signedIn, type OperationsOf } from '../operation.ts'
import { toReceipt, toSignedEntry } from './to-signed-entry.ts'

const { hospital } = contracts

const patients = {
  list: implement(hospital.patients.list, async (context, input) => {
    const page = await listPatients(context.parts, signedIn(context), input)
    return { items: page.items.map(toPatientSummary), ...nextOf(page) }
  }),
  find: implement(hospital.patients.find, async (context, input) => {
    const page = await findPatients(context.parts, signedIn(context), input)
    return { items: page.items.map(toPatientSummary) }
  }),
  read: implement(hospital.patients.read, async (context, input) => toPatientSummary(await readPatientBanner(context.parts, signedIn(context), input))),
}

const records = {
  list: implement(hospital.records.list, async (context, input) => {
    const { value, decision } = await listRecords(context.parts, signedIn(context), input)
    return { items: value.items.map(toRecordItem), decision: toDecision(decision), ...nextOf(value), ...(value.counts === undefined ? {} : { counts: { ...value.counts } }) }
  }),
  read: implement(hospital.records.read, async (context, input) => {
    const { value, decision } = await readRecord(context.parts, signedIn(context), { ...input, proof: context.proof })
    const { salt, mediaType, payload } = value.opening
    const { signature } = value
    return {
      item: toRecordItem(value.item), patient: value.patient, entry: value.entry, decision: toDecision(decision),
      signature: 'path' in signature ? { ...signature, path: [...signature.path] } : signature,
      opening: { salt: toBase64url(salt), mediaType, payload: toBase64url(payload) },
    }
  }, { usesProof: true }),
  readByLedgerId: implement(hospital.records.readByLedgerId, async (context, input) => toProof(await readProofByLedgerId(context.parts, signedIn(context), input))),
  proof: implement(hospital.records.proof, async (context, input) => toProof(await readRecordProof(context.parts, signedIn(context), input))),
  states: implement(hospital.records.states, async (context, input) => ({ items: (await readRecordStates(context.parts, signedIn(context), input.ids)).map(toReceipt) })),
}

const imports = {
  check: implement(hospital.imports.check, async (context, input) => {
    const { counts, problems, patient, ...rest } = await checkImport(bundleBytes(input.bundle), { signal: context.signal })
    return { ...rest, counts: { ...counts }, problems: problems.map((problem) => ({ ...problem })), ...(patient === undefined ? {} : { patient }) }
  }),
  prepare: implement(hospital.imports.prepare, async (context, input) => {
    const { present, ...prepared } = await prepareImport(context.parts, signedIn(context), input.identifiers, input.digests)
    return { ...prepared, present: [...present] }
  }),
  commit: implement(hospital.imports.commit, async (context, input) => {
    const commit = { patient: input.patient, entries: input.entries.map(toSignedEntry), wait: input.wait, signal: context.signal, proof: context.proof }
    const { receipts, decision } = await commitImport(context.parts, signedIn(context), commit)
    return { receipts: receipts.map(toReceipt), ...(decision === undefined ? {} : { decision: toDecision(decision) }) }
  }, { usesProof: true }),
}

const consents = {
  list: implement(hospital.consents.list, async (context, input) => {
    const page = await listConsents(context.parts, signedIn(context), input)
    return { items: page.items.map(toConsentItem), ...nextOf(page) }
  }),
  subjects: implement(hospital.consents.subjects, async (context) => ({ items: [...(await listSubjects(context.parts, signedIn(context)))] })),
  give: implement(hospital.consents.give, async (context, input) =>
    toReceipt(await giveConsent(context.parts, signedIn(context), { entry: toSignedEntry(input.entry), wait: input.wait, signal: context.signal }))),
  withdraw: implement(hospital.consents.withdraw, async (context, input) =>
    toReceipt(await withdrawConsent(context.parts, signedIn(context), { entry: toSignedEntry(input.entry), wait: input.wait, signal: context.signal }))),
}

export const hospitalOperations = {
  patients,
  records,
  imports,
  consents,
  access: {
    list: implement(hospital.access.list, async (context, input) => {
      const page = await listAccess(context.parts, signedIn(context), input)
      return { items: page.items.map(({ types, decision, ...item }) => ({ ...item, types: { ...types }, decision: toDecision(decision) })), ...nextOf(page) }
    }),
  },
  grants: {
    list: implement(hospital.grants.list, async (context, input) => {
      const page = await listGrants(context.parts, signedIn(context), input)
      return { items: page.items.map((grant) => ({ ...grant, epochs: grant.epochs.map((epoch) => ({ ...epoch })) })), ...nextOf(page) }
    }),
  },
} satisfies OperationsOf<typeof hospital>

const nextOf = ({ next }: { readonly next?: string | undefined }): { readonly next?: string } => (next === undefined ? {} : { next })

const toDecision = ({ id, outcome, rule, consent, purpose, expires }: DecisionView) => ({
  id, outcome, rule, ...(consent === undefined ? {} : { consent }), ...(purpose === undefined ? {} : { purpose }), ...(expires === undefined ? {} : { expires }),
})

const toProof = ({ value, decision }: Decided<string>) => ({ proof: value, decision: toDecision(decision) })

function toPatientSummary({ value, decision }: Decided<PatientBanner>) {
  const { allergies, ...banner } = value
  return { ...banner, ...(allergies === undefined ? {} : { allergies: [...allergies] }), access: toDecision(decision) }
}

const toRecordItem = (item: RecordItem) => ({ ...item, author: { ...item.author } })

function toConsentItem(item: ConsentItem) {
  const { types, ...terms } = item.terms
  return { ...item, terms: { ...terms, ...(types === undefined ? {} : { types: [...types] }) } }
}

/** Errors: Problem INPUT_MALFORMED for text that is not base64url. */
function bundleBytes(text: string): Uint8Array {
  try {
    return fromBase64url(text)
  } catch (cause) {
    throw new Problem('INPUT_MALFORMED', 'The bundle is not canonical base64url.', { cause, details: { path: 'bundle' } })
  }
}
