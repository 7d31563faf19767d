import type { Actor } from '@careledger/identity'
import { groundsOf } from '../decisions/authorize.ts'
import { decide, type Decided } from '../decisions/decide.ts'
import type { Parts } from '../parts.ts'
import { openConsent, toConsentItems, type ConsentItem } from './own-consents.ts'

/**
 * The consents of somebody whom the caller acts for in this, newest first; `after`: id of the last one of the former page. Each look is a decision that
 * the patient sees. Errors: NOT_ALLOWED, also where the caller may read and not consent.
 */
export function listConsentsFor(parts: Parts, actor: Actor, query: { readonly patient: string; readonly after?: string | undefined; readonly limit: number }): Promise<Decided<{ readonly items: readonly ConsentItem[]; readonly next?: string | undefined }>> {
  const { patient, after, limit } = query
  return decide(parts, { actor, operation: 'hospital.delegations.consents', purpose: 'patient-request', patient }, async (permit) => {
    const { view, custodian, rule, delegated } = groundsOf(permit)
    if (rule !== 'self' && delegated?.includes('consent') !== true) return undefined
    const { rows, next } = await view.find({ table: 'consent', index: 'patient', equals: patient, after, limit, newestFirst: true })
    const found = (await Promise.all(rows.map((row) => openConsent(parts, row, { custodian, patient })))).flat()
    const items = await toConsentItems(parts, view, found)
    return { value: next === undefined ? { items } : { items, next }, types: {} }
  })
}
