import { listRecords, readProofByLedgerId, readRecord, readRecordProof, readRecordStates } from '@careledger/logic'
import type { Decided, RecordDetail, RecordItem } from '@careledger/logic'
import { toBase64url } from '@careledger/proof'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { toReceipt } from '../to-signed-entry.ts'
import { once, withOwn } from '../../prepared-answers.ts'
import { nextOf, toDecision } from './to-answer.ts'

export const records = {
  list: implement(hospital.records.list, async (context, input) => {
    const { value, decision } = await listRecords(context.parts, signedIn(context), { ...input, proof: context.proof })
    return { items: value.items.map(toRecordItem), decision: toDecision(decision), ...nextOf(value), ...(value.counts === undefined ? {} : { counts: { ...value.counts } }) }
  }, { usesProof: true }),
  read: implement(hospital.records.read, async (context, input) => {
    const { value, decision } = await readRecord(context.parts, signedIn(context), { ...input, proof: context.proof })
    return withOwn(once(value, toDetail), { decision: toDecision(decision) })
  }, { usesProof: true }),
  readByLedgerId: implement(hospital.records.readByLedgerId, async (context, input) => toProof(await readProofByLedgerId(context.parts, signedIn(context), input))),
  proof: implement(hospital.records.proof, async (context, input) => toProof(await readRecordProof(context.parts, signedIn(context), input))),
  states: implement(hospital.records.states, async (context, input) => ({ items: (await readRecordStates(context.parts, signedIn(context), input.ids)).map(toReceipt) })),
}

function toDetail({ item, patient, entry, signature, opening: { salt, mediaType, payload } }: RecordDetail) {
  return {
    item: toRecordItem(item), patient, entry,
    signature: 'path' in signature ? { ...signature, path: [...signature.path] } : signature,
    opening: { salt: toBase64url(salt), mediaType, payload: toBase64url(payload) },
  }
}

const toRecordItem = (item: RecordItem) => ({ ...item, author: { ...item.author } })

const toProof = ({ value, decision }: Decided<string>) => ({ proof: value, decision: toDecision(decision) })
