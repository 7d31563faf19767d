import { issueCard, listCardChoices, listCards, readCardKey, readIssuers, readKeyStatus, revokeCard, writeCardKey } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, originOf, signedIn } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'
import { toDecision } from './to-answer.ts'

export const cards = {
  issue: implement(hospital.cards.issue, async (context, input) => {
    const { value, decision } = await issueCard(context.parts, signedIn(context), { ...input, origin: originOf(context) })
    return { ...value, decision: toDecision(decision) }
  }),
  choices: implement(hospital.cards.choices, async (context, input) => {
    const { value, decision } = await listCardChoices(context.parts, signedIn(context), input)
    return { items: [...value], decision: toDecision(decision) }
  }),
  list: implement(hospital.cards.list, async (context) => ({
    items: (await listCards(context.parts, signedIn(context))).map((item) => ({ ...item, types: { ...item.types }, records: [...item.records] })),
  })),
  revoke: implement(hospital.cards.revoke, async (context, input) => {
    const { value, decision } = await revokeCard(context.parts, signedIn(context), input)
    return { ...value, decision: toDecision(decision) }
  }),
  issuers: implement(hospital.cards.issuers, async (context) => ({
    items: (await readIssuers(context.parts, originOf(context))).map((issuer) => ({ ...issuer, keys: issuer.keys.map((key) => ({ ...key })), crls: issuer.crls.map((crl) => ({ ...crl, rids: [...crl.rids] })) })),
  })),
  keyStatus: implement(hospital.cards.keyStatus, async (context, { custodian }) => ({ ...(await readKeyStatus(context.parts, custodian)) })),
  key: implement(hospital.cards.key, async (context) => {
    const { custodian, key, enrolled, next } = await readCardKey(context.parts, signedIn(context))
    return { custodian, key: { ...key }, enrolled, next: { ...next } }
  }),
  enrol: implement(hospital.cards.enrol, async (context, input) => toReceipt(await writeCardKey(context.parts, signedIn(context), 'card-key-enrolled', toSignedEntry(input.entry)))),
  revokeKey: implement(hospital.cards.revokeKey, async (context, input) => toReceipt(await writeCardKey(context.parts, signedIn(context), 'card-key-revoked', toSignedEntry(input.entry)))),
}
