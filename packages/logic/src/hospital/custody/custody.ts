import type { Actor } from '@careledger/identity'
import { isBounded, type Purpose } from '../../consent/consent-terms.ts'
import { groundsOf } from '../../decisions/authorize.ts'
import { decide, record, type Decided } from '../../decisions/decide.ts'
import { newDecision, toStoredDecision } from '../../decisions/decision-record.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { subjectTable, type SubjectRow } from '../../entries/find-patient.ts'
import { openEntry } from '../../entries/open-entry.ts'
import { openRow, readRow } from '../../entries/rows.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { partyNames } from '../party-names.ts'
import { patientOfRecord, permittedRecord } from '../permitted-records.ts'
import { writersVault } from '../prepare-import.ts'
import { readPatientRow } from '../read-banner.ts'
import { HOSPITAL, type PolicyRow } from '../tables.ts'
import type { RecordOriginRow } from './custody-entries.ts'
import { parseOrigin } from './payloads.ts'
import { readEntryOf } from '../../entries/read-entry-of.ts'

export interface OriginOfRecord extends RecordOriginRow {
  /** Proof file at the former custodian. */
  readonly proof: string
}

/** Where a received record comes from, with the former custodian's proof; `origin` is absent where it was written here. Errors: NOT_ALLOWED. */
export function readRecordOrigin(parts: Parts, actor: Actor, query: { readonly id: string; readonly purpose: Purpose }): Promise<Decided<{ readonly origin?: OriginOfRecord | undefined }>> {
  const request = { actor, operation: 'hospital.custody.origin', purpose: query.purpose, patient: patientOfRecord(query.id) }
  return decide<{ readonly origin?: OriginOfRecord | undefined }>(parts, request, async (permit) => {
    const { view, custodian, patient } = groundsOf(permit)
    const found = await permittedRecord(permit, query.id)
    if (found === undefined) return undefined
    const answer = { types: { [found.row.type]: 1 }, consent: found.consent, entry: query.id }
    const row = await view.projection('record-origin', query.id)
    const origin = row === undefined ? undefined : ((await openRow(parts, row, { custodian, patient })) as unknown as RecordOriginRow | undefined)
    const entry = origin === undefined ? undefined : await view.entry(origin.received)
    const opening = entry === undefined ? undefined : await openEntry(parts, entry)
    if (origin === undefined || opening === undefined || opening === 'erased') return { value: {}, ...answer }
    return { value: { origin: { ...origin, proof: parseOrigin(opening.payload).proof } }, ...answer }
  })
}

/** A hospital that the patient has agreed to, by a consent that a transfer could rest on now. */
export interface AgreedTransfer { readonly to: string; readonly toName: string; readonly consent: string; readonly expires: string }

/** What entries about a patient's custody are signed with, and to whom the patient has agreed. Errors: NOT_ALLOWED unless the caller works at the custodian. */
export function prepareCustody(parts: Parts, actor: Actor, patient: string): Promise<Decided<{ readonly subject: string; readonly custodian: string; readonly agreed: readonly AgreedTransfer[] }>> {
  return decide(parts, { actor, operation: 'hospital.custody.prepare', purpose: 'operations', patient }, async (permit) => {
    const grounds = groundsOf(permit)
    if (grounds.rule !== 'custodian-staff') return undefined
    const { subject, custodian } = await readPatientRow(parts, grounds)
    const row = await grounds.view.projection('policy', patient)
    const policy = row === undefined ? undefined : ((await openRow(parts, row, { custodian, patient })) as unknown as PolicyRow | undefined)
    const agreed = (policy?.consents ?? []).filter(({ terms, under }) => under === undefined && terms.purpose === 'patient-request' && !isBounded(terms) && Date.parse(terms.expires) > parts.now().getTime())
    const names = await partyNames(grounds.view, agreed.map(({ terms }) => terms.grantee))
    const toOrganisations = agreed.filter(({ terms }) => names.record(terms.grantee)?.kind === 'organisation')
    return { value: { subject, custodian, agreed: toOrganisations.map(({ id, terms }) => ({ to: terms.grantee, toName: names.of(terms.grantee), consent: id, expires: terms.expires })) }, types: {} }
  })
}

const operation = 'hospital.custody.close'
const attemptsMax = 4

/**
 * Takes a `custody-transferred` entry of the custodian that gave the record away. Errors: NOT_ALLOWED (no such patient of the caller's
 * organisation; the patient has not agreed), ENTRY_CONFLICT (transferred before), and those of `acceptEntries`.
 */
export async function closeCustody(parts: Parts, actor: Actor, write: { readonly entry: SignedEntry; readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined; readonly signal?: AbortSignal | undefined }): Promise<EntryReceipt> {
  const { custodian } = writersVault(parts, actor)
  const entry = readEntryOf(write.entry, HOSPITAL, ['custody-transferred'])
  for (let attempt = 1; ; attempt++) {
    const found = await parts.store.read(async (view) => {
      const subject = await view.projection(subjectTable, entry.subject ?? '')
      const row = subject === undefined ? undefined : (readRow(subject) as unknown as SubjectRow)
      const patient = row?.custodian === custodian && row.patient !== undefined ? await view.projection('patient', row.patient) : undefined
      return patient === undefined ? undefined : { table: 'patient', key: patient.key, version: patient.version }
    }).catch(rethrow)
    if (found === undefined || entry.custodian !== custodian) {
      await record(parts, [newDecision({ actor, operation, purpose: 'patient-request', rule: 'none' }, parts.now())], [])
      throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    }
    const decision = newDecision({ actor, operation, purpose: 'patient-request', rule: 'custodian-staff', about: found.key, entry: entry.id }, parts.now())
    try {
      const [receipt] = await acceptEntries(parts, [write.entry], { actor, guards: [found], decisions: [toStoredDecision(decision)], wait: write.wait, signal: write.signal })
      return receipt as EntryReceipt
    } catch (error) {
      if (!isLogicError(error, 'STALE') || attempt === attemptsMax) throw error
    }
  }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
