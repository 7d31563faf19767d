import { randomUUID } from 'node:crypto'
import type { Guard, ReadView, Seen } from '@careledger/data-spec'
import type { Actor, PendingProof, ScopeAction } from '@careledger/identity'
import type { Consent, Purpose } from '../consent/consent-terms.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { seenOf } from '../identity/remembered-standings.ts'
import { isStoreError, toLogicError } from '../to-logic-error.ts'
import { authorize, endPermit, groundsOf, isConsented, isRefusal, type Permit } from './authorize.ts'
import { newDecision, toDecisionView, toStoredDecision, type DecisionRecord, type DecisionView } from './decision-record.ts'

export interface DecisionRequest {
  readonly actor: Actor
  readonly operation: string
  readonly purpose: Purpose
  /** The patient, or how to find whose data is asked for; `undefined`: nobody's. */
  readonly patient: string | ((view: ReadView) => Promise<string | undefined>)
  /** The request's proof of possession, to be used up by the write that records the decision. */
  readonly proof?: PendingProof | undefined
  /** What is done with resources, for a token that scopes narrow. Default: read. */
  readonly action?: ScopeAction | undefined
}

/** What a body gives back under its permit. */
export interface Disclosure<T> {
  readonly value: T
  /** How many records of which type it gives out. */
  readonly types: Readonly<Record<string, number>>
  /** Under rule `consent`: the one that the body rested on; default the first that holds. */
  readonly consent?: Consent | undefined
  /** The one record it gives out, where it is one. */
  readonly entry?: string | undefined
  /** What the value rests on besides the permit. */
  readonly guards?: readonly Guard[] | undefined
  /** Decisions about other patients of whom the value says something, recorded with this one; not twice of anybody. */
  readonly others?: readonly DecisionRecord[] | undefined
}

export interface Decided<T> {
  readonly value: T
  readonly decision: DecisionView
}

/** How often a decision is made anew when what it rests on changes meanwhile. */
const attemptsMax = 8

/**
 * Decides, reads and records, in this order: decision and data come from one snapshot, then the decision is written with guards on what it
 * rests on, then the value is returned. A consent withdrawn in between makes the write fail, and everything begins anew.
 *
 * `read` gives `undefined` for something that the permit does not reach. That, a refusal and a patient who does not exist take the same
 * path and end in the same NOT_ALLOWED; where there is such a patient, the refusal is recorded for them to see.
 * Errors: NOT_ALLOWED, STALE (changed eight times in a row), and those of `read` and the store; nothing was given out.
 */
export async function decide<T>(parts: Parts, request: DecisionRequest, read: (permit: Permit) => Promise<Disclosure<T> | undefined>): Promise<Decided<T>> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const outcome = await parts.store.read((view) => decideIn(parts, view, request, read)).catch(rethrow)
    if (!(await record(parts, withOthers([outcome.record], outcome.disclosure?.others), outcome.guards, request.proof))) continue
    if (outcome.disclosure === undefined) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    return { value: outcome.disclosure.value, decision: toDecisionView(outcome.record) }
  }
  throw new LogicError('STALE', 'What the decision rests on keeps changing.')
}

/**
 * Writes decisions with their guards and what they have `seen`, and uses the proof up in the same write; `false`: one of them no longer holds and nothing
 * was written. What a remembered caller rests on is looked at in the same write, and where it may be what changed the caller is confirmed anew.
 * A proof that was used before makes the write fail as a whole. Errors: those of the store, and of `PendingProof.remembered`.
 */
export async function record(parts: Pick<Parts, 'store'>, records: readonly DecisionRecord[], guards: readonly Guard[], proof?: PendingProof, seen: readonly Seen[] = []): Promise<boolean> {
  if (records.length === 0) return true
  const caller = seenOf(proof?.remembered?.evidence)
  try {
    await parts.store.write({ decisions: records.map(toStoredDecision), guards, ...(seen.length + caller.length === 0 ? {} : { seen: [...seen, ...caller] }), ...(proof === undefined ? {} : { claims: [proof.claim] }) })
    if (proof !== undefined) proof.used = true
    return true
  } catch (error) {
    if (!isStoreError(error, 'STORE_STALE')) throw toLogicError(error)
    await proof?.remembered?.confirm()
    return false
  }
}

/** Decisions with those about others, each patient once: whoever is decided for themselves is not named again for what somebody else's record says of them. */
export function withOthers(records: readonly DecisionRecord[], others: readonly DecisionRecord[] = []): readonly DecisionRecord[] {
  if (others.length === 0) return records
  const named = new Set(records.flatMap(({ about, outcome }) => (outcome === 'permitted' ? (about ?? []) : [])))
  return [...records, ...others.filter(({ about = '' }) => !named.has(about) && named.add(about) !== undefined)]
}

/** Writes one decision that rests on no row. Errors: those of the store, as LogicError. */
export async function recordDecision(parts: Pick<Parts, 'store'>, decision: DecisionRecord): Promise<void> {
  await record(parts, [decision], [])
}

interface Outcome<T> {
  readonly record: DecisionRecord
  readonly guards: readonly Guard[]
  readonly disclosure?: Disclosure<T> | undefined
}

async function decideIn<T>(parts: Parts, view: ReadView, request: DecisionRequest, read: (permit: Permit) => Promise<Disclosure<T> | undefined>): Promise<Outcome<T>> {
  const { actor, operation, purpose, action } = request
  const patient = typeof request.patient === 'string' ? request.patient : await request.patient(view)
  const now = parts.now()
  const refusal = (about: string | undefined): Outcome<T> => ({ record: newDecision({ actor, operation, purpose, rule: 'none', about }, now), guards: [] })
  // Where there is nobody, the same is asked of the store as where there is somebody who may not be read.
  const permit = await authorize(parts, view, { actor, operation, purpose, patient: patient ?? randomUUID(), action })
  if (isRefusal(permit) || patient === undefined) return refusal(isRefusal(permit) && permit.exists ? patient : undefined)
  try {
    const grounds = groundsOf(permit)
    const disclosure = await read(permit)
    if (disclosure === undefined) return refusal(patient)
    const consent = isConsented(grounds) ? (disclosure.consent ?? grounds.consents[0]) : undefined
    const facts = { actor, operation, purpose, about: patient, custodian: grounds.custodian, rule: grounds.rule, consent, delegation: grounds.delegation, types: disclosure.types, entry: disclosure.entry }
    return { record: newDecision(facts, now), guards: [...grounds.guards, ...(disclosure.guards ?? [])], disclosure }
  } finally {
    endPermit(permit)
  }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
