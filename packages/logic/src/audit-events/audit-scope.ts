import type { Decision, ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import type { AuditEvent } from '@medplum/fhirtypes'
import { fromStoredDecision, type DecisionRecord } from '../decisions/decision-record.ts'
import { custodianOf, toAuditEvents, type AuditSite } from './to-audit-events.ts'

/** Whose audit trail a caller may read: an organisation's, or what is about the caller as a patient. */
export type AuditScope = { readonly organisation: string } | { readonly patients: readonly string[] }

/** The organisation whose trail somebody may read: its own key, and its privacy officers (HIPAA §164.530(a)). */
export function auditedOrganisation(actor: Pick<Actor, 'kind' | 'party' | 'organisation' | 'roles'>): string | undefined {
  if (actor.kind === 'organisation') return actor.party
  return actor.roles.includes('privacy-officer') ? actor.organisation : undefined
}

/** One decision with its events, as far as they are in scope. */
export interface ScopedEvents {
  readonly record: DecisionRecord
  readonly events: readonly AuditEvent[]
}

/**
 * The events of decisions that a scope reaches. Both ends of a disclosure have their own: the custodian the source's, the reader's organisation
 * the recipient's. Of a refusal elsewhere an organisation sees that its person was refused and nothing of whether there was such a patient.
 */
export async function eventsInScope(view: ReadView, origin: string, scope: AuditScope, decisions: readonly Decision[]): Promise<readonly ScopedEvents[]> {
  const records = decisions.map(fromStoredDecision)
  const custodians = await custodiansOf(view, records)
  return records.flatMap((record) => {
    const site: AuditSite = { origin, custodian: record.about === undefined ? undefined : custodians.get(record.about) }
    const events = 'patients' in scope ? ofPatient(record, site, scope.patients) : ofOrganisation(record, site, scope.organisation)
    return events.length === 0 ? [] : [{ record, events }]
  })
}

/** The patient is told by the custodian. */
function ofPatient(record: DecisionRecord, site: AuditSite, patients: readonly string[]): readonly AuditEvent[] {
  return record.about !== undefined && patients.includes(record.about) ? toAuditEvents(record, site).slice(0, 1) : []
}

function ofOrganisation(record: DecisionRecord, site: AuditSite, organisation: string): readonly AuditEvent[] {
  const custodian = custodianOf(record, site)
  if (custodian === organisation) return toAuditEvents(record, site).slice(0, 1)
  if (record.organisation !== organisation && record.party !== organisation) return []
  return record.outcome === 'refused' ? toAuditEvents(withoutPatient(record), { origin: site.origin }) : toAuditEvents(record, site).slice(-1)
}

function withoutPatient({ about: _about, custodian: _custodian, entry: _entry, ...record }: DecisionRecord): DecisionRecord {
  return record
}

/** For records that do not say it; patients who were erased since are of nobody. */
async function custodiansOf(view: ReadView, records: readonly DecisionRecord[]): Promise<ReadonlyMap<string, string>> {
  const handles = [...new Set(records.flatMap((record) => (record.about === undefined || custodianOf(record, {}) !== undefined ? [] : [record.about])))]
  const rows = handles.length === 0 ? [] : await view.projections('patient', handles)
  return new Map(rows.flatMap((row) => (row?.indexes['custodian'] === undefined ? [] : [[row.key, row.indexes['custodian']] as const])))
}
