import type { Guard, ProjectionWrite } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { authorize, endPermit, groundsOf, isRefusal, type AccessRule, type Grounds, type Permit } from '../../decisions/authorize.ts'
import { record, type Decided } from '../../decisions/decide.ts'
import { newDecision, toDecisionView, toStoredDecision, type DecisionRecord } from '../../decisions/decision-record.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { isStoreError, toLogicError } from '../../to-logic-error.ts'

export interface WriteRequest {
  readonly actor: Actor
  readonly operation: string
  readonly patient: string
  /** Under which rules the caller may do it. */
  readonly rules: readonly AccessRule[]
}

export interface Written<T> {
  readonly value: T
  readonly projections: readonly ProjectionWrite[]
  /** How many records of which type go out with it. */
  readonly types?: Readonly<Record<string, number>> | undefined
}

const attemptsMax = 8

/**
 * Decides, makes the rows, and writes rows and decision together, guarded by what the decision rests on. `make` gives `undefined` for
 * something that is not there; that and a refusal end in the same NOT_ALLOWED, recorded where there is such a patient. Errors: NOT_ALLOWED,
 * STALE (changed eight times in a row), those of `make`; nothing was changed.
 */
export async function decideAndWrite<T>(parts: Parts, request: WriteRequest, make: (grounds: Grounds, permit: Permit) => Promise<Written<T> | undefined>): Promise<Decided<T>> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const outcome = await parts.store.read((view) => decideIn(parts, request, make, view)).catch(rethrow)
    if (outcome.written === undefined) {
      await record(parts, [outcome.record], [])
      throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    }
    try {
      await parts.store.write({ projections: outcome.written.projections, guards: outcome.guards, decisions: [toStoredDecision(outcome.record)] })
      return { value: outcome.written.value, decision: toDecisionView(outcome.record) }
    } catch (error) {
      if (!isStoreError(error, 'STORE_STALE')) throw toLogicError(error)
    }
  }
  throw new LogicError('STALE', 'What the decision rests on keeps changing.')
}

interface Outcome<T> {
  readonly record: DecisionRecord
  readonly guards: readonly Guard[]
  readonly written?: Written<T> | undefined
}

async function decideIn<T>(parts: Parts, { actor, operation, patient, rules }: WriteRequest, make: (grounds: Grounds, permit: Permit) => Promise<Written<T> | undefined>, view: Grounds['view']): Promise<Outcome<T>> {
  const request = { actor, operation, purpose: 'patient-request' as const }
  const refusal = (about: string | undefined): Outcome<T> => ({ record: newDecision({ ...request, rule: 'none', about }, parts.now()), guards: [] })
  const permit = await authorize(parts, view, { ...request, patient })
  if (isRefusal(permit)) return refusal(permit.exists ? patient : undefined)
  try {
    const grounds = groundsOf(permit)
    const written = rules.includes(grounds.rule) ? await make(grounds, permit) : undefined
    if (written === undefined) return refusal(patient)
    return { record: newDecision({ ...request, rule: grounds.rule, about: patient, custodian: grounds.custodian, types: written.types }, parts.now()), guards: grounds.guards, written }
  } finally {
    endPermit(permit)
  }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
