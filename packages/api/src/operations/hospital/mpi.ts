import { comparePatients, decideIdentity, findDuplicates, listDuplicates, listIdentityDecisions, listMergedRecords, maskNumber } from '@careledger/logic'
import type { PairSide, PatientPair } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'
import { nextOf } from './to-answer.ts'

export const mpi = {
  duplicates: implement(hospital.mpi.duplicates, async (context, { patient, ...query }) => {
    const page = patient === undefined ? await listDuplicates(context.parts, signedIn(context), query) : { items: await findDuplicates(context.parts, signedIn(context), patient) }
    return { items: page.items.map(toPair), ...nextOf(page) }
  }),
  compare: implement(hospital.mpi.compare, async (context, input) => toPair(await comparePatients(context.parts, signedIn(context), input))),
  decide: implement(hospital.mpi.decide, async (context, input) => toReceipt(await decideIdentity(context.parts, signedIn(context), { entry: toSignedEntry(input.entry), wait: input.wait, signal: context.signal }))),
  decisions: implement(hospital.mpi.decisions, async (context, input) => {
    const page = await listIdentityDecisions(context.parts, signedIn(context), input)
    return { items: page.items.map((item) => ({ ...item })), ...nextOf(page) }
  }),
  records: implement(hospital.mpi.records, async (context, input) => {
    const page = await listMergedRecords(context.parts, signedIn(context), input)
    return { items: page.items.map((item) => ({ ...item, author: { ...item.author } })), patients: [...page.patients], ...nextOf(page) }
  }),
}

function toPair({ score, outcome, reasons, left, right, decided }: PatientPair) {
  return { score, outcome, reasons: reasons.map((reason) => ({ ...reason })), left: toSide(left), right: toSide(right), ...(decided === undefined ? {} : { decided }) }
}

function toSide({ patient, subject, custodian, traits }: PairSide) {
  const { name, birthDate, sex } = traits
  return {
    patient, subject, custodian,
    ...(name === undefined ? {} : { name }), ...(birthDate === undefined ? {} : { birthDate }), ...(sex === undefined ? {} : { sex }),
    phones: traits.phones.map(maskNumber),
    addresses: traits.addresses.map(({ line, city, postalCode }) => [line, city, postalCode].filter((part) => part !== '').join(', ')),
    identifiers: traits.identifiers.map(({ system, value }) => ({ ...(system === undefined ? {} : { system }), masked: maskNumber(value) })),
  }
}
