import { giveConsent, issueReceipt, listConsents, listSubjects, readConsentAsFhir, readFhirConsent, withdrawConsent } from '@careledger/logic'
import type { ConsentItem } from '@careledger/logic'
import type { z } from 'zod'
import type { consentTerms } from '../../contracts/hospital/consents.ts'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { toReceipt, toSignedEntry } from '../to-signed-entry.ts'
import { nextOf } from './to-answer.ts'

export const consents = {
  list: implement(hospital.consents.list, async (context, input) => {
    const page = await listConsents(context.parts, signedIn(context), input)
    return { items: page.items.map(toConsentItem), ...nextOf(page) }
  }),
  subjects: implement(hospital.consents.subjects, async (context) => ({ items: [...(await listSubjects(context.parts, signedIn(context)))] })),
  receipt: implement(hospital.consents.receipt, async (context, input) => ({ ...(await issueReceipt(context.parts, signedIn(context), input.id)) })),
  toFhir: implement(hospital.consents.toFhir, async (context, input) => ({ resource: JSON.stringify(await readConsentAsFhir(context.parts, signedIn(context), input.id)) })),
  fromFhir: implement(hospital.consents.fromFhir, async (context, input) => ({ terms: structuredClone(readFhirConsent(input.resource, context.parts.now())) as z.input<typeof consentTerms> })),
  give: implement(hospital.consents.give, async (context, input) =>
    toReceipt(await giveConsent(context.parts, signedIn(context), { entry: toSignedEntry(input.entry), wait: input.wait, signal: context.signal }))),
  withdraw: implement(hospital.consents.withdraw, async (context, input) =>
    toReceipt(await withdrawConsent(context.parts, signedIn(context), { entry: toSignedEntry(input.entry), wait: input.wait, signal: context.signal }))),
}

export function toConsentItem(item: ConsentItem) {
  return { ...item, terms: structuredClone(item.terms) as z.input<typeof consentTerms> }
}
