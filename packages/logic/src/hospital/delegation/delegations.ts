import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { authorize, endPermit, groundsOf, isRefusal } from '../../decisions/authorize.ts'
import { record } from '../../decisions/decide.ts'
import { newDecision, toStoredDecision } from '../../decisions/decision-record.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { subjectTable, type SubjectRow } from '../../entries/find-patient.ts'
import { readEntryOf } from '../../entries/read-entry-of.ts'
import { openRow, readRow } from '../../entries/rows.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { partyNames } from '../party-names.ts'
import { ownPatients } from '../patients.ts'
import { HOSPITAL, type PatientRow } from '../tables.ts'
import { delegationTable, type DelegationRow } from './delegation-entries.ts'

export interface DelegationItem extends DelegationRow {
  readonly patient: string
  readonly subject: string
  readonly custodian: string
  readonly custodianName: string
  readonly delegateName: string
  readonly state: 'active' | 'expired'
}

const shownMax = 100
const attemptsMax = 4

/** Takes a signed `delegation-given` or `delegation-ended`; decision and entry in one Write. Who may sign what is decided by the network. Errors: NOT_ALLOWED, INPUT_MALFORMED; those of `acceptEntries`. */
export async function writeDelegation(parts: Parts, actor: Actor, signed: SignedEntry, type: 'delegation-given' | 'delegation-ended', signal?: AbortSignal): Promise<EntryReceipt> {
  const entry = readEntryOf(signed, HOSPITAL, [type])
  const request = { actor, operation: type === 'delegation-given' ? 'hospital.delegations.give' : 'hospital.delegations.end', purpose: 'patient-request' as const }
  for (let attempt = 1; ; attempt++) {
    const found = await parts.store.read(async (view) => {
      const row = await view.projection(subjectTable, entry.subject ?? '')
      const patient = row === undefined ? undefined : (readRow(row) as unknown as SubjectRow).patient
      if (patient === undefined) return { decision: newDecision({ ...request, rule: 'none' }, parts.now()) }
      const permit = await authorize(parts, view, { ...request, patient })
      if (isRefusal(permit)) return { decision: newDecision({ ...request, rule: 'none', about: permit.exists ? patient : undefined }, parts.now()) }
      const { rule, guards, delegation } = groundsOf(permit)
      endPermit(permit)
      if (rule === 'consent' || rule === 'link') return { decision: newDecision({ ...request, rule: 'none', about: patient }, parts.now()) }
      return { decision: newDecision({ ...request, rule, about: patient, entry: entry.id, delegation }, parts.now()), guards }
    }).catch(rethrow)
    if (found.guards === undefined) {
      await record(parts, [found.decision], [])
      throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    }
    try {
      const [receipt] = await acceptEntries(parts, [signed], { actor, guards: found.guards, decisions: [toStoredDecision(found.decision)], signal })
      return receipt as EntryReceipt
    } catch (error) {
      if (!isLogicError(error, 'STALE') || attempt === attemptsMax) throw error
    }
  }
}

/** Who acts for the caller, and for whom the caller acts; at all custodians of this instance, newest first, at most 100 each. */
export async function listDelegations(parts: Parts, actor: Actor): Promise<{ readonly forMe: readonly DelegationItem[]; readonly byMe: readonly DelegationItem[] }> {
  return parts.store.read(async (view) => {
    const own = await ownPatients(view, actor.party)
    const forMe = (await Promise.all(own.map(({ key }) => itemsBy(parts, view, 'patient', key)))).flat()
    return { forMe: await named(view, forMe), byMe: await named(view, await itemsBy(parts, view, 'delegate', actor.party)) }
  }).catch(rethrow)
}

type Unnamed = Omit<DelegationItem, 'custodianName' | 'delegateName'>

async function itemsBy(parts: Parts, view: ReadView, index: 'patient' | 'delegate', equals: string): Promise<readonly Unnamed[]> {
  const { rows } = await view.find({ table: delegationTable, index, equals, limit: shownMax })
  const today = parts.now().toISOString().slice(0, 10)
  const items = await Promise.all(rows.map(async (row): Promise<readonly Unnamed[]> => {
    const patient = row.indexes['patient'] as string
    const patientRow = await view.projection('patient', patient)
    const custodian = patientRow?.indexes['custodian']
    if (patientRow === undefined || custodian === undefined) return []
    const [opened, whole] = [await openRow(parts, row, { custodian, patient }), await openRow(parts, patientRow, { custodian, patient })]
    if (opened === undefined || whole === undefined) return []
    const delegation = opened as unknown as DelegationRow
    return [{ ...delegation, patient, subject: (whole as unknown as PatientRow).subject, custodian, state: delegation.until > today ? 'active' : 'expired' }]
  }))
  return items.flat().sort((a, b) => (a.id < b.id ? 1 : -1))
}

async function named(view: ReadView, items: readonly Unnamed[]): Promise<readonly DelegationItem[]> {
  const names = await partyNames(view, items.flatMap(({ custodian, delegate }) => [custodian, delegate]))
  return items.map((item) => ({ ...item, custodianName: names.of(item.custodian), delegateName: names.of(item.delegate) }))
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
