import { randomUUID } from 'node:crypto'
import type { ReadView } from '@careledger/data-spec'
import type { Actor, KeyVault } from '@careledger/identity'
import { subjectPseudonym } from '@careledger/proof'
import { record } from '../decisions/decide.ts'
import { newDecision } from '../decisions/decision-record.ts'
import { readRow } from '../entries/rows.ts'
import { ownTokens } from '../fhir/search-tokens.ts'
import type { PatientIdentifier } from '../fhir/patient-facts.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { HOSPITAL, recordContentField, writesFor } from './tables.ts'

export interface PreparedImport {
  readonly patient: string
  /** Pseudonym to sign the entries with, base64url. */
  readonly subject: string
  readonly custodian: string
  readonly known: boolean
  /** Records of the patient whose payload has one of the digests asked for: place in `digests`, and the entry's id. */
  readonly present: readonly { readonly index: number; readonly id: string }[]
}

/**
 * Names the patient that a bundle belongs to at the caller's organisation: the one that has one of the identifiers, or a new one. Keys of a
 * new patient are made now; the patient exists once a commit brings `patient-registered`. Identifiers without a system say nothing here.
 * `digests` (SHA-256 of payloads, base64url) are looked up among a known patient's records, so that a bundle brought again adds only what is new.
 * `resume`: the patient that an earlier call named for the same bundle; who goes on with it gets the same one, whether or not its commit arrived.
 * Errors: NOT_ALLOWED for callers who write no records; ENTRY_CONFLICT where the identifiers belong to two patients.
 */
export async function prepareImport(parts: Parts, actor: Actor, identifiers: readonly PatientIdentifier[], digests: readonly string[] = [], resume?: string): Promise<PreparedImport> {
  const { custodian, vault } = writersVault(parts, actor)
  const tokens = ownTokens(await vault.organisation(), identifiers)
  const known = await parts.store.read(async (view) => (await knownPatient(view, tokens)) ?? (resume === undefined ? undefined : await ownPatient(view, resume, custodian))).catch(rethrow)
  const patient = known ?? resume ?? randomUUID()
  if (known === undefined) await vault.createPatient(patient).catch(rethrow)
  const keys = await vault.patient(patient)
  if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this patient.')
  const subject = subjectPseudonym(await keys.subjectSecret(HOSPITAL).catch(rethrow))
  const present = known === undefined ? [] : await presentRecords(parts, digests.map((digest) => keys.token(recordContentField, digest)))
  const decision = newDecision({ actor, operation: 'hospital.imports.prepare', purpose: 'treatment', about: patient, rule: 'custodian-staff' }, parts.now())
  await record(parts, [decision], [])
  return { patient, subject, custodian, known: known !== undefined, present }
}

/** Look-ups in one snapshot; more are done in further ones. */
const lookupsMax = 256

/** Of these content tokens, the records that are there already. */
export async function presentRecords(parts: Parts, tokens: readonly string[]): Promise<PreparedImport['present']> {
  const present: { readonly index: number; readonly id: string }[] = []
  for (let start = 0; start < tokens.length; start += lookupsMax) {
    const some = tokens.slice(start, start + lookupsMax)
    const found = await parts.store.read((view) => Promise.all(some.map((equals) => view.find({ table: 'record', index: 'content', equals, limit: 1 })))).catch(rethrow)
    for (const [place, { rows }] of found.entries()) {
      const [row] = rows
      if (row !== undefined) present.push({ index: start + place, id: row.key })
    }
  }
  return present
}

/** The patient, where it is registered at this custodian. Errors: NOT_ALLOWED for one of another. */
async function ownPatient(view: ReadView, patient: string, custodian: string): Promise<string | undefined> {
  const row = await view.projection('patient', patient)
  if (row !== undefined && row.indexes['custodian'] !== custodian) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
  return row === undefined ? undefined : patient
}

/** The organisation that the caller writes records for. Errors: NOT_ALLOWED. */
export function writersVault(parts: Pick<Parts, 'vaults'>, actor: Actor): { readonly custodian: string; readonly vault: KeyVault } {
  const custodian = actor.organisation
  const vault = custodian === undefined ? undefined : parts.vaults.get(custodian)
  if (custodian === undefined || vault === undefined || !writesFor(actor, custodian)) throw new LogicError('NOT_ALLOWED', 'Records are written by doctors, records clerks and systems of a custodian on this instance.')
  return { custodian, vault }
}

/** The patient that one of the identifiers belongs to; `undefined`: nobody. Errors: ENTRY_CONFLICT where they belong to two. */
export async function knownPatient(view: ReadView, tokens: readonly string[]): Promise<string | undefined> {
  if (tokens.length === 0) return undefined
  const rows = await view.projections('patient-identifier', tokens)
  const owners = new Set(rows.flatMap((row) => (row === undefined ? [] : [(readRow(row) as { readonly patient: string }).patient])))
  if (owners.size > 1) throw new LogicError('ENTRY_CONFLICT', 'These identifiers belong to two different patients here. Find out who it is before importing.')
  return [...owners][0]
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
