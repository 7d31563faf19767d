import type { Guard } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { subjectPseudonym } from '@careledger/proof'
import { record } from '../../decisions/decide.ts'
import { newDecision } from '../../decisions/decision-record.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import type { KnownPatient } from '../check-commit.ts'
import { writersVault } from '../prepare-import.ts'
import { readPatientRow } from '../read-banner.ts'
import { HOSPITAL } from '../tables.ts'

/** Largest attachment: 4 GiB. */
export const ATTACHMENT_BYTES_MAX = 4 * 1024 ** 3

export interface PreparedAttachment {
  readonly patient: string
  /** Pseudonym to sign the entries with, base64url. */
  readonly subject: string
  readonly custodian: string
  /** How resources refer to the patient here: it stays true where the record is carried elsewhere. */
  readonly reference: string
}

/** What a caller signs an attachment of a known patient with. Errors: NOT_ALLOWED for callers who write no records and for patients of others, which is recorded for them. */
export async function prepareAttachment(parts: Parts, actor: Actor, patient: string): Promise<PreparedAttachment> {
  const operation = 'hospital.attachments.prepare'
  const { custodian, subjectSecret, known } = await writablePatient(parts, actor, { operation, patient })
  await record(parts, [newDecision({ actor, operation, purpose: 'treatment', about: patient, rule: 'custodian-staff' }, parts.now())], [])
  return { patient, custodian, subject: subjectPseudonym(subjectSecret), reference: known.references.findLast((reference) => reference.startsWith('Patient/')) ?? `Patient/${patient}` }
}

export interface WritablePatient {
  readonly custodian: string
  readonly subjectSecret: Uint8Array
  readonly known: KnownPatient
  /** Must still hold when something is written. */
  readonly guards: readonly Guard[]
}

/** A patient whom the caller writes for. Systems write without reading, so the rule is who writes, not who reads. Errors: NOT_ALLOWED. */
export async function writablePatient(parts: Parts, actor: Actor, { operation, patient }: { readonly operation: string; readonly patient: string }): Promise<WritablePatient> {
  const { custodian, vault } = writersVault(parts, actor)
  interface Found { readonly exists: boolean; readonly known?: KnownPatient; readonly guards?: readonly Guard[] }
  const found = await parts.store.read(async (view): Promise<Found> => {
    const row = await view.projection('patient', patient)
    if (row === undefined || row.indexes['custodian'] !== custodian) return { exists: row !== undefined }
    return { exists: true, known: await readPatientRow(parts, { patientRow: row, custodian, patient }), guards: [{ table: 'patient', key: patient, version: row.version }] }
  }).catch((error: unknown) => { throw toLogicError(error) })
  const keys = found.known === undefined ? undefined : await vault.patient(patient)
  if (found.known !== undefined && keys !== undefined) return { custodian, known: found.known, guards: found.guards ?? [], subjectSecret: await keys.subjectSecret(HOSPITAL) }
  const about = found.exists ? patient : undefined
  await record(parts, [newDecision({ actor, operation, purpose: 'treatment', about, rule: 'none' }, parts.now())], [])
  throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
}
