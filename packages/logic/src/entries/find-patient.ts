import { subjectPseudonym, type Entry } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import type { EntryType, Opening } from './network-definition.ts'
import type { Projector } from './projector.ts'

/** Table of subjects: pseudonym → who it is at this custodian, and the epoch of its ledger key. */
export const subjectTable = 'subject'

/** A row of `subject`. */
export interface SubjectRow {
  /** Random UUID, the key in the vault; gone with the patient's keys. */
  readonly patient?: string | undefined
  readonly custodian: string
  readonly network: string
  readonly epoch: number
  /** Id of the entry by which another custodian took the subject's records over: nothing new is written here. */
  readonly moved?: string | undefined
  /** Id of the `subject-erased` entry, once the patient's keys were destroyed. */
  readonly erased?: string | undefined
}

/**
 * The patient behind an entry's subject; `undefined` for entries without one. A type that brings in a subject is checked against the vault:
 * a pseudonym of somebody else cannot be bound to this patient. Errors: NOT_ALLOWED for a subject that is unknown here, erased, or of
 * another custodian or network; INPUT_MALFORMED for a pseudonym that is not the patient's.
 */
export async function findPatient(parts: Pick<Parts, 'vaults'>, projector: Pick<Projector, 'row'>, type: EntryType, accepted: { readonly entry: Entry; readonly opening?: Opening | undefined }): Promise<string | undefined> {
  const { entry } = accepted
  if (entry.subject === undefined) return undefined
  const refused = (): LogicError => new LogicError('NOT_ALLOWED', 'There is no such subject here.', { details: { id: entry.id } })
  if (type.introduces !== undefined) {
    const patient = type.introduces(accepted)
    const keys = await parts.vaults.get(entry.custodian)?.patient(patient)
    if (keys === undefined) throw refused()
    if (subjectPseudonym(await keys.subjectSecret(entry.network)) !== entry.subject) throw new LogicError('INPUT_MALFORMED', 'The subject is not the pseudonym of this patient here.', { details: { id: entry.id } })
    return patient
  }
  const row = (await projector.row(subjectTable, entry.subject)) as unknown as SubjectRow | undefined
  if (row === undefined || row.custodian !== entry.custodian || row.network !== entry.network) throw refused()
  if (row.patient === undefined) throw refused()
  return row.patient
}
