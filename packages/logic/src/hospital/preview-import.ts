import type { Actor } from '@careledger/identity'
import { sha256, toBase64url } from '@careledger/proof'
import { ownTokens } from '../fhir/search-tokens.ts'
import { loadDefinitions } from '../fhir/definitions.ts'
import { readBundle } from '../fhir/read-bundle.ts'
import type { Parts } from '../parts.ts'
import { record } from '../decisions/decide.ts'
import { newDecision } from '../decisions/decision-record.ts'
import { toLogicError } from '../to-logic-error.ts'
import type { ImportCheck } from './check-import.ts'
import { knownPatient, presentRecords, writersVault } from './prepare-import.ts'
import { recordContentField } from './tables.ts'

/** What a bundle would bring in, and for whom. */
export interface ImportPreview extends ImportCheck {
  /** Whether its patient is known at the caller's organisation; absent where the bundle cannot be imported. */
  readonly known?: boolean | undefined
  /** Resources that the patient's record holds already, byte for byte. */
  readonly alreadyThere: number
}

/**
 * As `checkImport`, and says whether the patient is known and how much of the bundle is there already. Nothing is kept but the decision; for
 * a patient not known yet, no keys are made. Errors: NOT_ALLOWED for callers who write no records; ENTRY_CONFLICT where the identifiers belong to two patients.
 */
export async function previewImport(parts: Parts, actor: Actor, bundle: Uint8Array, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<ImportPreview> {
  const { vault } = writersVault(parts, actor)
  const { ok, counts, total, problems, more, patient, resources } = await readBundle(await loadDefinitions(), bundle, options)
  const check: ImportCheck = { ok, counts, total, problems, more, ...(patient === undefined ? {} : { patient: { name: patient.name, birthDate: patient.birthDate, gender: patient.gender } }) }
  if (!ok || patient === undefined) return { ...check, alreadyThere: 0 }
  const tokens = ownTokens(await vault.organisation(), patient.identifiers)
  const known = await parts.store.read((view) => knownPatient(view, tokens)).catch((error: unknown) => { throw toLogicError(error) })
  if (known === undefined) return { ...check, known: false, alreadyThere: 0 }
  const keys = await vault.patient(known)
  const present = keys === undefined ? [] : await presentRecords(parts, resources.map(({ start, end }) => keys.token(recordContentField, toBase64url(sha256(bundle.subarray(start, end))))))
  await record(parts, [newDecision({ actor, operation: 'hospital.imports.preview', purpose: 'treatment', about: known, rule: 'custodian-staff' }, parts.now())], [])
  return { ...check, known: true, alreadyThere: present.length }
}
