import type { Claim, Guard } from '@careledger/data-spec'
import type { Actor, KeyVault, PendingProof } from '@careledger/identity'
import { record } from '../decisions/decide.ts'
import { newDecision, toDecisionView, toStoredDecision, type DecisionView } from '../decisions/decision-record.ts'
import { acceptEntries } from '../entries/accept-entries.ts'
import type { EntryReceipt, SignedEntry } from '../entries/signed-entry.ts'
import type { PatientIdentifier } from '../fhir/patient-facts.ts'
import { ownTokens } from '../fhir/search-tokens.ts'
import { isLogicError, LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { checkCommit, type KnownPatient } from './check-commit.ts'
import { knownPatient, writersVault } from './prepare-import.ts'
import { readPatientRow } from './read-banner.ts'
import { HOSPITAL } from './tables.ts'
import { assertOwnWriting } from './writing/own-writing.ts'
import { writableTypes, WRITING_RULES } from './writing/writing-rules.ts'

export interface ImportCommit {
  /** From `prepareImport`. */
  readonly patient: string
  readonly entries: readonly SignedEntry[]
  readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined
  readonly signal?: AbortSignal | undefined
  /** The request's proof of possession, to be used up by the same Write. */
  readonly proof?: PendingProof | undefined
  /** Party that signed the entries; default: the caller. The custodian's gateway signs for callers who cannot. */
  readonly author?: string | undefined
  /** One resource that the caller writes now, by REST: their own writing, unless it says that it is reported. */
  readonly direct?: boolean | undefined
  /** Conditional references that were found to mean this patient (FHIR transactions). */
  readonly conditions?: readonly string[] | undefined
  /** What the decision calls it; default `hospital.imports.commit`. */
  readonly operation?: string | undefined
  /** Further claims that the same Write uses up. */
  readonly claims?: readonly Claim[] | undefined
}

export interface CommittedImport {
  /** In the order of the entries. */
  readonly receipts: readonly EntryReceipt[]
  /** Absent for a retry that changed nothing. */
  readonly decision?: DecisionView | undefined
}

const attemptsMax = 4

/**
 * Writes the entries of one import in one Write, all or none, with the decision that allowed it. The same entries again change nothing and
 * give the same receipts. Errors: NOT_ALLOWED (with `problems` of code `role` for what the caller may not write or amend, of code `author` for a prescription in a colleague's name), INPUT_MALFORMED, FHIR_INVALID,
 * SAFETY_CHECK (of what is the caller's own writing),
 * STALE (prepare the import again), and those of `acceptEntries`.
 */
export async function commitImport(parts: Parts, actor: Actor, commit: ImportCommit): Promise<CommittedImport> {
  const { custodian, vault } = writersVault(parts, actor)
  const operation = commit.operation ?? 'hospital.imports.commit'
  for (let attempt = 1; ; attempt++) {
    const { known, guards } = await readKnown(parts, actor, operation, custodian, commit.patient)
    const { types, registered, resources } = await checkCommit(commit.entries, { patient: commit.patient, custodian, known, subjectSecret: await secretOf(vault, commit.patient), conditions: commit.conditions }, commit.signal)
    assertMayAmend(actor, resources.flatMap(({ type, replaces }) => (replaces === undefined ? [] : [type])))
    await assertOwnWriting(parts, actor, { patient: commit.patient, resources, direct: commit.direct === true })
    const decision = newDecision({ actor, operation, purpose: 'treatment', about: commit.patient, rule: 'custodian-staff', types }, parts.now())
    try {
      if (registered !== undefined) await assertUnknown(parts, vault, registered)
      const claims = [...(commit.claims ?? []), ...(commit.proof === undefined ? [] : [commit.proof.claim])]
      const receipts = await acceptEntries(parts, commit.entries, { actor: { party: commit.author ?? actor.party }, guards, claims, decisions: [toStoredDecision(decision)], wait: commit.wait, signal: commit.signal })
      // A retry may have written nothing.
      if (commit.proof !== undefined && !receipts.some((receipt) => receipt.duplicate)) commit.proof.used = true
      return receipts.every((receipt) => receipt.duplicate) ? { receipts } : { receipts, decision: toDecisionView(decision) }
    } catch (error) {
      if (!isLogicError(error, 'STALE') || attempt === attemptsMax) throw error
    }
  }
}

/** What people may not write in a chart they may not change by way of an import either; a system brings what its source says. */
function assertMayAmend(actor: Actor, amended: readonly string[]): void {
  const problems = amended.flatMap((type) => (actor.kind === 'person' && type in WRITING_RULES && !writableTypes(actor.roles).includes(type) ? [{ path: 'entries', code: 'role', message: `Somebody with your role does not amend ${type}.` }] : []))
  if (problems.length > 0) throw new LogicError('NOT_ALLOWED', 'Your role does not amend resources of this type.', { details: { problems } })
}

/** Errors: STALE where somebody has been registered with one of the identifiers since the import was prepared. */
async function assertUnknown(parts: Parts, vault: KeyVault, identifiers: readonly PatientIdentifier[]): Promise<void> {
  const tokens = ownTokens(await vault.organisation(), identifiers)
  const owner = await parts.store.read((view) => knownPatient(view, tokens)).catch(rethrow)
  if (owner !== undefined) throw new LogicError('STALE', 'The patient has been registered meanwhile. Prepare the import again.')
}

async function secretOf(vault: KeyVault, patient: string): Promise<Uint8Array> {
  const keys = await vault.patient(patient)
  if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
  return keys.subjectSecret(HOSPITAL)
}

/**
 * What is known of the patient, and what must still hold when the entries are written. A patient of another custodian is refused, and the
 * attempt recorded for them. Systems of the custodian write without reading, so the rule here is who writes, not who reads.
 */
async function readKnown(parts: Parts, actor: Actor, operation: string, custodian: string, patient: string): Promise<{ readonly known?: KnownPatient | undefined; readonly guards: readonly Guard[] }> {
  const found = await parts.store.read(async (view) => {
    const row = await view.projection('patient', patient)
    if (row === undefined) return { guards: [{ table: 'patient', key: patient }] }
    if (row.indexes['custodian'] !== custodian) return 'foreign' as const
    const guards: readonly Guard[] = [{ table: 'patient', key: patient, version: row.version }]
    return { known: await readPatientRow(parts, { patientRow: row, custodian, patient }), guards }
  }).catch(rethrow)
  if (found !== 'foreign') return found
  await record(parts, [newDecision({ actor, operation, purpose: 'treatment', about: patient, rule: 'none' }, parts.now())], [])
  throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
