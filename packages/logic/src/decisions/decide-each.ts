import { randomUUID } from 'node:crypto'
import type { Guard, ReadView } from '@careledger/data-spec'
import type { Actor, PendingProof, ScopeAction } from '@careledger/identity'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import type { Purpose } from '../consent/consent-terms.ts'
import { authorize, endPermit, groundsOf, isConsented, isRefusal, type Permit } from './authorize.ts'
import { record, withOthers, type Decided, type Disclosure } from './decide.ts'
import { newDecision, toDecisionView, type DecisionRecord } from './decision-record.ts'

export interface EachRequest {
  readonly actor: Actor
  readonly operation: string
  /** Tried in this order; the first that is permitted counts. */
  readonly purposes: readonly Purpose[]
  /** Most patients given back. */
  readonly limit: number
  /** Whether a refusal is recorded for the patient to see: where the caller named somebody, not where it asked what it may read. */
  readonly recordRefusals: boolean
  /** What is done with resources, for a token that scopes narrow. Default: read. */
  readonly action?: ScopeAction | undefined
  /** The request's proof of possession, to be used up by the write that records the decisions, if there is one. */
  readonly proof?: PendingProof | undefined
}

export interface EachPage<T> {
  readonly items: readonly Decided<T>[]
  /** The last patient given back, when there are more. */
  readonly next?: string | undefined
}

const attemptsMax = 8
/** Most patients looked at in one call; a caller who may read none of them gets an empty page. */
const candidatesMax = 2000

/**
 * As `decide`, for one page of patients at once: one snapshot, one decision for each, one write. Only permitted patients come back. `read`
 * gives `undefined` where a permit holds nothing of what is asked for; nothing is recorded then.
 */
export async function decideEach<T>(parts: Parts, request: EachRequest, candidates: (view: ReadView) => AsyncIterable<string>, read: (permit: Permit) => Promise<Disclosure<T> | undefined>): Promise<EachPage<T>> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const found = await parts.store.read((view) => collect(parts, view, request, candidates, read)).catch((error: unknown) => {
      throw toLogicError(error)
    })
    const records = found.items.length === 0 && found.refusals.length === 0 && request.recordRefusals ? [nobody(parts, request)] : [...found.items.map((item) => item.record), ...found.refusals]
    if (!(await record(parts, withOthers(records, found.others), found.guards, request.proof))) continue
    const items = found.items.map((item) => ({ value: item.value, decision: toDecisionView(item.record) }))
    return found.next === undefined ? { items } : { items, next: found.next }
  }
  throw new LogicError('STALE', 'What the decisions rest on keeps changing.')
}

interface Found<T> {
  readonly items: { readonly value: T; readonly record: DecisionRecord }[]
  readonly refusals: DecisionRecord[]
  readonly others: DecisionRecord[]
  readonly guards: Guard[]
  next?: string | undefined
}

async function collect<T>(parts: Parts, view: ReadView, request: EachRequest, candidates: (view: ReadView) => AsyncIterable<string>, read: (permit: Permit) => Promise<Disclosure<T> | undefined>): Promise<Found<T>> {
  const found: Found<T> = { items: [], refusals: [], others: [], guards: [] }
  let last: string | undefined
  let looked = 0
  for await (const patient of candidates(view)) {
    if (found.items.length === request.limit || ++looked > candidatesMax) {
      found.next = last
      break
    }
    await addOne(parts, view, request, patient, read, found)
    last = patient
  }
  // Where nobody was found, the same is asked of the store as for somebody who may not be read.
  if (looked === 0 && request.recordRefusals) await addOne(parts, view, request, randomUUID(), read, { items: [], refusals: [], others: [], guards: [] })
  return found
}

async function addOne<T>(parts: Parts, view: ReadView, request: EachRequest, patient: string, read: (permit: Permit) => Promise<Disclosure<T> | undefined>, found: Found<T>): Promise<void> {
  const { actor, operation, action } = request
  for (const purpose of request.purposes) {
    const permit = await authorize(parts, view, { actor, operation, purpose, patient, action })
    if (isRefusal(permit)) continue
    try {
      const grounds = groundsOf(permit)
      const disclosure = await read(permit)
      if (disclosure === undefined) continue
      const consent = isConsented(grounds) ? (disclosure.consent ?? grounds.consents[0]) : undefined
      found.items.push({ value: disclosure.value, record: newDecision({ actor, operation, purpose, about: patient, custodian: grounds.custodian, rule: grounds.rule, consent, types: disclosure.types }, parts.now()) })
      found.guards.push(...grounds.guards, ...(disclosure.guards ?? []))
      found.others.push(...(disclosure.others ?? []))
      return
    } finally {
      endPermit(permit)
    }
  }
  if (request.recordRefusals) found.refusals.push(newDecision({ actor, operation, purpose: request.purposes[0] as Purpose, about: patient, rule: 'none' }, parts.now()))
}

/** Nobody was found: the attempt is written all the same, so that both answers take the same way. */
function nobody(parts: Parts, { actor, operation, purposes }: EachRequest): DecisionRecord {
  return newDecision({ actor, operation, purpose: purposes[0] as Purpose, rule: 'none' }, parts.now())
}
