import { randomUUID } from 'node:crypto'
import type { Guard, ReadView } from '@careledger/data-spec'
import type { Actor, PendingProof, ScopeAction } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { authorize, endPermit, groundsOf, isConsented, isRefusal, type Permit } from '../../decisions/authorize.ts'
import { record, withOthers, type Disclosure } from '../../decisions/decide.ts'
import { newDecision, toDecisionView, type DecisionRecord, type DecisionView } from '../../decisions/decision-record.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { readGroup } from './merge-group.ts'

export interface PersonRequest {
  readonly actor: Actor
  readonly operation: string
  readonly purpose: Purpose
  readonly action?: ScopeAction | undefined
  readonly proof?: PendingProof | undefined
  /** The patient asked about, or those whom an address may mean: exactly one person of them must be permitted. */
  readonly patients: (view: ReadView) => Promise<readonly string[]>
}

/** One of those who were said to be one person, with the caller's own permit for them. */
export interface PersonMember {
  readonly patient: string
  readonly permit: Permit
}

export interface PersonDisclosure<T> {
  readonly value: T
  /** What is given out of each. */
  readonly of: (patient: string) => Pick<Disclosure<T>, 'types' | 'consent'>
  /** What the value rests on besides the permits and the merges. */
  readonly guards?: readonly Guard[] | undefined
  /** Decisions about others of whom the value says something. */
  readonly others?: readonly DecisionRecord[] | undefined
}

const attemptsMax = 8
const candidatesMax = 100

/**
 * As `decide`, about everybody who was said to be one person with a patient. Each is decided by their own policy: a consent given for one reaches
 * that one's records, and its withdrawal ends them, whatever stands for the other. The patient asked about must be permitted; of the others
 * nothing is recorded where they are not. `read` gets the permitted, the one asked about first. Errors: NOT_ALLOWED; ENTRY_CONFLICT with check `multiple-matches` where an
 * address means two people that may be read; STALE.
 */
export async function decidePerson<T>(parts: Parts, request: PersonRequest, read: (members: readonly PersonMember[]) => Promise<PersonDisclosure<T>>): Promise<T> {
  return (await decideJoined(parts, request, read)).value
}

/** The same, with the decision about the patient asked about. */
export async function decideJoined<T>(parts: Parts, request: PersonRequest, read: (members: readonly PersonMember[]) => Promise<PersonDisclosure<T>>): Promise<{ readonly value: T; readonly decision: DecisionView }> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const { disclosure, several, records, guards } = await parts.store.read((view) => decideIn(parts, view, request, read)).catch((error: unknown) => {
      throw toLogicError(error)
    })
    if (!(await record(parts, records, guards, request.proof))) continue
    if (several) throw new LogicError('ENTRY_CONFLICT', 'Two records have this id. Use the id of a version.', { details: { check: 'multiple-matches' } })
    if (disclosure === undefined) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    return { value: disclosure.value, decision: toDecisionView(records[0] as DecisionRecord) }
  }
  throw new LogicError('STALE', 'What the decision rests on keeps changing.')
}

interface Outcome<T> {
  readonly disclosure?: PersonDisclosure<T> | undefined
  readonly several: boolean
  readonly records: readonly DecisionRecord[]
  readonly guards: readonly Guard[]
}

async function decideIn<T>(parts: Parts, view: ReadView, request: PersonRequest, read: (members: readonly PersonMember[]) => Promise<PersonDisclosure<T>>): Promise<Outcome<T>> {
  const { patients, actor, operation, purpose, action } = request
  const asked = { actor, operation, purpose, action }
  const members: PersonMember[] = []
  const refusals: DecisionRecord[] = []
  const refuse = (about: string | undefined): void => void refusals.push(newDecision({ ...asked, rule: 'none', about }, parts.now()))
  try {
    const candidates = (await patients(view)).slice(0, candidatesMax)
    // Where there is nobody, the same is asked of the store as where there is somebody who may not be read.
    if (candidates.length === 0) await authorize(parts, view, { ...asked, patient: randomUUID() })
    for (const patient of candidates) {
      const permit = await authorize(parts, view, { ...asked, patient })
      if (isRefusal(permit)) refuse(permit.exists ? patient : undefined)
      else members.push({ patient, permit })
    }
    const [first] = members
    if (first === undefined) {
      if (refusals.length === 0) refuse(undefined)
      return { several: false, records: refusals, guards: [] }
    }
    const group = await readGroup(view, first.patient)
    const several = members.some(({ patient }) => !group.members.includes(patient))
    for (const patient of several ? [] : group.members.filter((member) => !members.some((known) => known.patient === member))) {
      const permit = await authorize(parts, view, { ...asked, patient })
      if (!isRefusal(permit)) members.push({ patient, permit })
    }
    const disclosure = several ? undefined : await read(members)
    const permitted = members.map(({ patient, permit }) => {
      const { rule, custodian, consents, delegation } = groundsOf(permit)
      const { types, consent } = disclosure?.of(patient) ?? { types: {} }
      return newDecision({ ...asked, about: patient, custodian, rule, delegation, consent: isConsented({ rule }) ? (consent ?? consents[0]) : undefined, types }, parts.now())
    })
    const guards = new Map([...members.flatMap(({ permit }) => groundsOf(permit).guards), ...group.guards, ...(disclosure?.guards ?? [])].map((guard) => [`${guard.table}\0${guard.key}`, guard]))
    return { disclosure, several, records: [...withOthers(permitted, disclosure?.others), ...refusals], guards: [...guards.values()] }
  } finally {
    for (const { permit } of members) endPermit(permit)
  }
}
