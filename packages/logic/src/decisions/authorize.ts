import type { Guard, Projection, ReadView } from '@careledger/data-spec'
import { scopesReach, type Actor, type PatientKeys, type ScopeAction, type SmartScope } from '@careledger/identity'
import type { Consent, Purpose } from '../consent/consent-terms.ts'
import { coveringConsent, holdsFor, type RecordScope } from '../consent/covers.ts'
import { emergencyConsents } from '../hospital/emergency/emergency-consents.ts'
import { openRow } from '../entries/rows.ts'
import { activeDelegation, delegationKey, delegationTable, type DelegationScope } from '../hospital/delegation/delegation-entries.ts'
import { chartMarkTable, type PolicyRow } from '../hospital/tables.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import type { OpenedChart } from './opened-charts.ts'
import { holdsUntil } from './recorded-view.ts'

declare const permitted: unique symbol

/**
 * The right to read one patient's data inside one snapshot. Only `authorize` makes one: the type cannot be written down elsewhere, and at
 * run time an object that `authorize` did not make, or one whose snapshot is over, is refused with a `TypeError`.
 */
export interface Permit {
  readonly [permitted]: 'one patient, one snapshot'
}

/** What is asked. Whether such a patient exists is part of the question. */
export interface AccessRequest {
  readonly actor: Actor
  /** Dotted name of the operation, for the record. */
  readonly operation: string
  readonly purpose: Purpose
  readonly patient: string
  /** What is done with resources, for a token that scopes narrow. Default: read. */
  readonly action?: ScopeAction | undefined
}

/**
 * `delegate`: acts for the patient in their own name. `emergency`: the caller broke the glass, or a seal, and that has not ended; named for as long as it is open, also for what a consent covers.
 * `review`: the custodian's privacy officer looks at such an access, and at nothing of the record. `link`: the patient gave a link to whoever
 * holds it, and only ciphertext goes out. `role`: what the caller's role gives, where no patient's record is opened (an administrative act, the
 * organisation's own audit trail). No permit is ever made for these three.
 */
export type AccessRule = 'self' | 'custodian-staff' | 'delegate' | 'consent' | 'emergency' | 'review' | 'link' | 'role'

/** What a permit rests on and reaches to. */
export interface Grounds {
  readonly patient: string
  readonly custodian: string
  readonly rule: AccessRule
  /** Under `consent` and `emergency`: those that hold for the caller now, and what an emergency opens. */
  readonly consents: readonly Consent[]
  /** Under `delegate`: id of the delegation, and what it is for. */
  readonly delegation?: string | undefined
  readonly delegated?: readonly DelegationScope[] | undefined
  /** Who reads; exceptions of a consent may name them. */
  readonly reader: Pick<Actor, 'party' | 'roles'>
  /** What the caller's token was narrowed to, and what it asks for. */
  readonly scopes?: readonly SmartScope[] | undefined
  readonly action?: ScopeAction | undefined
  readonly keys: PatientKeys
  readonly view: ReadView
  /** The `patient` row, still sealed. */
  readonly patientRow: Projection
  /** What of the patient's rows, as this snapshot has them, lies open in this process; absent: their state has no mark. */
  readonly chart?: OpenedChart | undefined
  /** What the decision rests on; must still hold when the decision is recorded. */
  readonly guards: readonly Guard[]
}

/** Refused: `exists` says whether there is such a patient, for the record only; the caller gets the same answer either way. */
export interface Refusal {
  readonly refused: true
  readonly exists: boolean
}

const permits = new WeakMap<object, Grounds>()

/** Roles with which the custodian's own people read and write its patients' records. */
const staffRoles: readonly string[] = ['doctor', 'records-clerk']
/** What the custodian's people may do without the patient's consent. Research always needs one. */
const staffPurposes: readonly Purpose[] = ['treatment', 'payment', 'operations', 'patient-request']

/**
 * The one decision point. Rules in this order: the patient themselves; doctors and records clerks of the custodian; who acts for the
 * patient, but for research; a consent that holds now for the caller's party or organisation and this purpose, or an emergency that the caller has
 * opened. Reads the policy in `view` and caches nothing.
 */
export async function authorize(parts: Pick<Parts, 'vaults' | 'now' | 'openedCharts'>, view: ReadView, request: AccessRequest): Promise<Permit | Refusal> {
  const { actor, patient, purpose, action } = request
  // Asked for every patient, also for one who does not exist: the store is asked the same for what is refused and for what is not there.
  const [patientRow, policyRow, mark, delegationRow] = await Promise.all([view.projection('patient', patient), view.projection('policy', patient), view.projection(chartMarkTable, patient), view.projection(delegationTable, delegationKey(patient, actor.party))])
  const custodian = patientRow?.indexes['custodian']
  const keys = custodian === undefined ? undefined : await parts.vaults.get(custodian)?.patient(patient)
  if (patientRow === undefined || custodian === undefined || keys === undefined) {
    parts.openedCharts.forget(patient)
    return { refused: true, exists: patientRow !== undefined }
  }
  const issue = (grounds: Grounds): Permit => {
    holdsUntil(view, endOf(grounds))
    return issuePermit(mark === undefined ? grounds : { ...grounds, chart: parts.openedCharts.of({ custodian, patient }, mark.value) })
  }
  const patientGuard: Guard = { table: 'patient', key: patient, version: patientRow.version }
  const base = { patient, custodian, keys, view, patientRow, scopes: actor.scopes, action, reader: { party: actor.party, roles: actor.roles } }
  if (patientRow.indexes['party'] === actor.party) return issue({ ...base, rule: 'self', consents: [], guards: [patientGuard] })
  if (isCustodianStaff(actor, custodian) && staffPurposes.includes(purpose)) return issue({ ...base, rule: 'custodian-staff', consents: [], guards: [patientGuard] })
  const delegation = actor.kind === 'person' && purpose !== 'research' ? await activeDelegation(parts, delegationRow, { custodian, patient }) : undefined
  if (delegation?.row.scope.includes('read') === true) return issue({ ...base, rule: 'delegate', consents: [], delegation: delegation.row.id, delegated: delegation.row.scope, guards: [patientGuard, delegation.guard] })
  const consents = await activeConsents(parts, policyRow, { custodian, patient }, actor, purpose)
  if (consents.length === 0) return { refused: true, exists: true }
  const rule = consents.some(({ emergency }) => emergency === true) ? 'emergency' : 'consent'
  return issue({ ...base, rule, consents, guards: [patientGuard, { table: 'policy', key: patient, version: policyRow?.version }] })
}

/** Whether the caller is one of the custodian's people who work with its records. */
export function isCustodianStaff(actor: Pick<Actor, 'kind' | 'organisation' | 'roles'>, custodian: string): boolean {
  return actor.kind === 'person' && actor.organisation === custodian && actor.roles.some((role) => staffRoles.includes(role))
}

/** What a permit rests on. Errors: `TypeError` for anything `authorize` did not make, and once its snapshot is over. */
export function groundsOf(permit: Permit): Grounds {
  const grounds = permits.get(permit)
  if (grounds === undefined) throw new TypeError('This is no permit, or its snapshot is over.')
  return grounds
}

/** Ends a permit with its snapshot. */
export function endPermit(permit: Permit): void {
  permits.delete(permit)
}

export function isRefusal(answer: Permit | Refusal): answer is Refusal {
  return (answer as Partial<Refusal>).refused === true
}

/** Whether a permit reaches a record, and under which consent. What scopes cut is refused like anything else. */
export function allows(grounds: Pick<Grounds, 'rule' | 'consents' | 'reader' | 'scopes' | 'action'>, record: RecordScope): { readonly consent?: Consent | undefined } | undefined {
  if (!scopesReach(grounds.scopes, { type: record.type, action: grounds.action ?? 'r', self: grounds.rule === 'self' })) return undefined
  if (!isConsented(grounds)) return {}
  const consent = coveringConsent(grounds.consents, record, grounds.reader)
  return consent === undefined ? undefined : { consent }
}

/** Whether `allows` says yes to every record of the patient, so that none needs to be asked about. */
export function reachesEverything(grounds: Pick<Grounds, 'rule' | 'scopes'>): boolean {
  return !isConsented(grounds) && grounds.scopes === undefined
}

/** Whether a permit reaches no further than its consents; under every other rule it reaches everything. */
export function isConsented({ rule }: Pick<Grounds, 'rule'>): boolean {
  return rule === 'consent' || rule === 'emergency'
}

/** Until when the same rows give the same grounds: the first of its consents to end. Delegations and emergencies are looked at each time. */
function endOf({ rule, consents }: Grounds): number {
  if (rule === 'delegate' || rule === 'emergency') return 0
  return Math.min(...consents.map(({ terms }) => Date.parse(terms.expires)))
}

function issuePermit(grounds: Grounds): Permit {
  const permit = Object.freeze({}) as Permit
  permits.set(permit, grounds)
  return permit
}

async function activeConsents(parts: Pick<Parts, 'vaults' | 'now'>, row: Projection | undefined, sealedFor: { readonly custodian: string; readonly patient: string }, actor: Actor, purpose: Purpose): Promise<readonly Consent[]> {
  if (row === undefined) return []
  const policy = (await openRow(parts, row, sealedFor)) as unknown as PolicyRow | undefined
  if (policy === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this patient.')
  const now = parts.now()
  const held = policy.consents.filter((consent) => holdsFor(consent, actor, purpose, now))
  return [...held, ...emergencyConsents(policy, held, actor, purpose, now)]
}
