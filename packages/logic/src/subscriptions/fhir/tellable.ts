import type { Guard, ReadView } from '@careledger/data-spec'
import { actorOf, type Actor } from '@careledger/identity'
import { authorize, endPermit, groundsOf, isConsented, isRefusal } from '../../decisions/authorize.ts'
import { record } from '../../decisions/decide.ts'
import { newDecision, type DecisionRecord } from '../../decisions/decision-record.ts'
import { EVENT_OPERATION, type FeedItem } from '../../events/feed.ts'
import type { Search } from '../../fhir/search/parse-search.ts'
import { matching } from '../../hospital/rest/filter-tests.ts'
import { PatientRecords } from '../../hospital/rest/patient-records.ts'
import { readStanding } from '../../identity/key-directory.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import type { FhirWish, Subscription } from '../subscription-rows.ts'
import { readCriteria } from './criteria.ts'

const attemptsMax = 8

/** Who made a Subscription, with the rights they have now. Errors: KEY_REVOKED, KEY_UNKNOWN. */
export async function makerOf(view: ReadView, { key, fhir }: { readonly key: string; readonly fhir: Pick<FhirWish, 'scopes'> }, now: Date): Promise<Actor> {
  const actor = actorOf(key, await readStanding(view, { key }), now)
  return fhir.scopes === undefined ? actor : { ...actor, scopes: fhir.scopes }
}

/**
 * Those of some entries that the maker of a Subscription may be told of now: records within their permit, which meet the criteria. One decision for
 * each patient is recorded before this returns, so a withdrawal ends it from its commit. Errors: KEY_REVOKED, KEY_UNKNOWN, STALE.
 */
export async function tellable(parts: Parts, subscription: Subscription, wish: FhirWish, items: readonly FeedItem[]): Promise<readonly FeedItem[]> {
  if (items.length === 0) return []
  const search = await readCriteria(wish.criteria, parts.now())
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const found = await parts.store.read(async (view) => {
      const actor = await makerOf(view, { key: subscription.key, fhir: wish }, parts.now())
      const told = { items: new Set<FeedItem>(), records: [] as DecisionRecord[], guards: [] as Guard[] }
      for (const [patient, about] of Map.groupBy(items, (item) => item.patient)) await tellAbout(parts, view, { actor, operation: EVENT_OPERATION, purpose: wish.purpose, patient }, search, about, told)
      return told
    }).catch((error: unknown) => { throw toLogicError(error) })
    if (await record(parts, found.records, found.guards)) return items.filter((item) => found.items.has(item))
  }
  throw new LogicError('STALE', 'What the decisions rest on keeps changing.')
}

async function tellAbout(parts: Parts, view: ReadView, asked: { readonly actor: Actor; readonly operation: string; readonly purpose: FhirWish['purpose']; readonly patient: string }, { type, filters }: Search, items: readonly FeedItem[], told: { readonly items: Set<FeedItem>; readonly records: DecisionRecord[]; readonly guards: Guard[] }): Promise<void> {
  const permit = await authorize(parts, view, { ...asked, action: 's' })
  if (isRefusal(permit)) return
  try {
    const grounds = groundsOf(permit)
    const records = new PatientRecords(parts, permit, asked)
    const versions = (await records.versions(type)).filter(({ id }) => items.some((item) => item.id === id))
    const found = new Map((await matching(versions, filters, records, parts.now().getTime())).map((one) => [one.id, one]))
    if (found.size === 0) return
    for (const item of items) if (found.has(item.id)) told.items.add(item)
    const consent = isConsented(grounds) ? ([...found.values()].find((one) => one.consent !== undefined)?.consent ?? grounds.consents[0]) : undefined
    told.records.push(newDecision({ actor: asked.actor, operation: asked.operation, purpose: asked.purpose, about: asked.patient, custodian: grounds.custodian, rule: grounds.rule, consent, types: { [type]: found.size } }, parts.now()))
    told.guards.push(...grounds.guards)
  } finally {
    endPermit(permit)
  }
}

/** Whether the maker may read somebody of those whom the criteria name; true where they name nobody. A revoked key may nothing. */
export async function mayStill(parts: Parts, key: string, wish: Pick<FhirWish, 'patients' | 'purpose' | 'scopes'>): Promise<boolean> {
  const { patients, purpose } = wish
  if (patients === undefined) return true
  return parts.store.read(async (view) => {
    const actor = await makerOf(view, { key, fhir: wish }, parts.now())
    for (const patient of patients) {
      const permit = await authorize(parts, view, { actor, operation: EVENT_OPERATION, purpose, patient, action: 's' })
      if (isRefusal(permit)) continue
      endPermit(permit)
      return true
    }
    return false
  }).catch((error: unknown) => { throw toLogicError(error) })
}
