import { parseEntry, subjectPseudonym, utf8, type Entry } from '@careledger/proof'
import type { Patient } from '@medplum/fhirtypes'
import type { SignedEntry } from '../entries/signed-entry.ts'
import { loadDefinitions } from '../fhir/definitions.ts'
import type { FhirProblem } from '../fhir/fhir-problem.ts'
import { patientFacts, type PatientIdentifier } from '../fhir/patient-facts.ts'
import { BUNDLE_LIMITS, containedIds, containedPatients } from '../fhir/read-bundle.ts'
import { createReferenceTargets } from '../fhir/reference-targets.ts'
import { referenceProblem } from '../fhir/references.ts'
import { createSlices } from '../fhir/slices.ts'
import { resourceTypeOf, validateResource } from '../fhir/validate-resource.ts'
import { LogicError } from '../logic-error.ts'
import { toLogicError } from '../to-logic-error.ts'
import { parseOrigin } from './custody/payloads.ts'
import { parseLink, parseRegistration } from './payloads.ts'
import { parseResource } from './record-created.ts'
import { HOSPITAL } from './tables.ts'

/** What the entries of one import are held against. */
export interface CommitFrame {
  readonly patient: string
  readonly custodian: string
  readonly subjectSecret: Uint8Array
  /** What is known of the patient already; `undefined`: it is new. */
  readonly known?: KnownPatient | undefined
  /** References by a condition that were found to mean this patient. */
  readonly conditions?: readonly string[] | undefined
}

export interface KnownPatient {
  readonly registered: string
  readonly identifiers: readonly PatientIdentifier[]
  /** Ways in which earlier resources referred to the patient. */
  readonly references: readonly string[]
}

export interface CheckedCommit {
  readonly entries: readonly Entry[]
  /** Records by resource type. */
  readonly types: Readonly<Record<string, number>>
  /** What a new patient is registered with; `undefined`: the patient is known. */
  readonly registered?: readonly PatientIdentifier[] | undefined
  /** The records, with what they amend. */
  readonly resources: readonly CommittedResource[]
}

/** One resource of a write, with its place for problems. */
export interface CommitResource {
  readonly path: string
  readonly type: string
  readonly id?: string | undefined
  readonly value: unknown
  readonly bytes: Uint8Array
  /** It comes with the proof of the same record at a former custodian, which calls the patient by another id; what it refers to was checked there. */
  readonly received?: boolean | undefined
  /** An earlier version, which another resource of the same write amends: what has its id is that other one. */
  readonly superseded?: boolean | undefined
}

export interface CommittedResource extends CommitResource {
  readonly entry: string
  readonly replaces?: string | undefined
}

const entryTypes: readonly string[] = ['patient-registered', 'patient-linked', 'record-created', 'record-received', 'attachment-received', 'custody-received']

/**
 * Checks the entries of one import against its frame and each payload against FHIR R4, whatever the client has checked before.
 * Errors: INPUT_MALFORMED (an entry of another type, subject, custodian or patient; `patient-registered` missing, doubled or out of
 * place), FHIR_INVALID with `problems`.
 */
export async function checkCommit(signed: readonly SignedEntry[], frame: CommitFrame, signal?: AbortSignal): Promise<CheckedCommit> {
  const entries = signed.map((one, index) => readEntry(one, index))
  const subject = subjectPseudonym(frame.subjectSecret)
  entries.forEach((entry, index) => checkEntry(entry, signed[index] as SignedEntry, index, subject, frame))
  checkRegistration(entries, frame)
  const received = new Set(entries.flatMap(({ type }, index) => (type === 'record-received' ? [parseOrigin(signed[index]?.opening?.payload).record] : [])))
  const amended = new Set(entries.flatMap(({ replaces }) => replaces ?? []))
  const resources = entries.flatMap((entry, index) => (entry.type === 'record-created' ? [{ ...toResource(signed[index] as SignedEntry, entry, index), received: received.has(entry.id), superseded: amended.has(entry.id) }] : []))
  const registered = entries[0]?.type === 'patient-registered' ? parseRegistration(signed[0]?.opening?.payload).identifiers : undefined
  const problems = await resourceProblems(resources, frame, registered ?? frame.known?.identifiers ?? [], signal)
  if (problems.length > 0) throw new LogicError('FHIR_INVALID', 'The resources are not valid FHIR R4 of this patient.', { details: { problems: problems.slice(0, BUNDLE_LIMITS.problemsMax) } })
  const types: Record<string, number> = {}
  for (const { type } of resources) types[type] = (types[type] ?? 0) + 1
  return { entries, types, resources, registered: frame.known === undefined ? registered : undefined }
}

function readEntry(signed: SignedEntry, index: number): Entry {
  try {
    return parseEntry(typeof signed.entry === 'string' ? utf8(signed.entry) : signed.entry)
  } catch (error) {
    const known = toLogicError(error)
    throw known instanceof LogicError ? new LogicError(known.code, known.message, { cause: error, details: { ...known.details, index } }) : error
  }
}

function checkEntry(entry: Entry, signed: SignedEntry, index: number, subject: string, frame: CommitFrame): void {
  const wrong = (message: string): LogicError => new LogicError('INPUT_MALFORMED', message, { details: { id: entry.id, index, problems: [{ path: `entries[${index}]`, code: 'entry', message }] } })
  if (entry.network !== HOSPITAL || !entryTypes.includes(entry.type)) throw wrong('An import brings registrations, links and records, with where they come from, only.')
  if (entry.custodian !== frame.custodian) throw wrong('The entry names another custodian than the caller\'s organisation.')
  if (entry.subject !== subject) throw wrong('The entry names another subject than the patient\'s.')
  if (entry.type === 'patient-registered' && parseRegistration(signed.opening?.payload).patient !== frame.patient) throw wrong('The registration names another patient.')
  if (entry.type === 'patient-linked' && parseLink(signed.opening?.payload).patient !== frame.patient) throw wrong('The link names another patient.')
}

/** A new patient is registered by the first entry and by no other; a known one only by a retry of the entry that registered it. */
function checkRegistration(entries: readonly Entry[], { known }: CommitFrame): void {
  const places = entries.flatMap((entry, index) => (entry.type === 'patient-registered' ? [index] : []))
  const fits = known === undefined ? places.length === 1 && places[0] === 0 : places.length === 0 || (places.length === 1 && places[0] === 0 && entries[0]?.id === known.registered)
  if (fits) return
  const message = known === undefined ? 'The first entry registers a new patient, and no other does.' : 'The patient is registered already. Prepare the import again.'
  throw new LogicError(known === undefined ? 'INPUT_MALFORMED' : 'STALE', message, { details: { problems: [{ path: 'entries', code: 'registration', message }] } })
}

function toResource(signed: SignedEntry, entry: Entry, index: number): CommittedResource {
  const bytes = signed.opening?.payload ?? new Uint8Array()
  const { value } = parseResource(bytes, entry.id)
  const { id } = value as { id?: unknown }
  return { path: `entries[${index}].resource`, type: resourceTypeOf(value) ?? '', ...(typeof id === 'string' ? { id } : {}), value, bytes, entry: entry.id, ...(entry.replaces === undefined ? {} : { replaces: entry.replaces }) }
}

/** What is wrong with resources of one patient by R4 and by where their references lead. */
export async function resourceProblems(resources: readonly CommitResource[], frame: CommitFrame, identifiers: readonly PatientIdentifier[], signal: AbortSignal | undefined): Promise<readonly FhirProblem[]> {
  const definitions = await loadDefinitions()
  const current = resources.filter(({ superseded }) => superseded !== true)
  const named = createReferenceTargets(current)
  const problems = [...named.problems, ...patientProblems(current, frame, identifiers)]
  const patientReferences = new PatientReferences(resources, frame)
  const slice = createSlices()
  for (const resource of resources) {
    await slice()
    signal?.throwIfAborted()
    const check = validateResource(definitions, resource.value, resource.path, resource.bytes)
    problems.push(...check.problems, ...containedPatients(resource))
    const contained = containedIds(resource.value)
    for (const found of check.references) {
      const onlyPatient = found.targets?.length === 1 && found.targets[0] === 'Patient'
      if (patientReferences.isOurs(found.reference, onlyPatient) || (resource.received === true && /^(Patient\/|urn:uuid:)/.test(found.reference))) continue
      const problem = referenceProblem(found, named.targets, contained)
      // Where a bundle's fullUrls differ from its ids, or an earlier import brought the target, only the whole could tell.
      if (problem !== undefined && problem.code !== 'reference-unresolved') problems.push(problem)
      else if (problem !== undefined && onlyPatient) problems.push({ ...problem, code: 'reference-foreign', message: 'The reference names another patient than the one this is about.' })
    }
    if (problems.length >= BUNDLE_LIMITS.problemsMax) break
  }
  return problems
}

/** One Patient resource where the patient is new, and one that carries an identifier the patient is known by. */
function patientProblems(resources: readonly CommitResource[], frame: CommitFrame, identifiers: readonly PatientIdentifier[]): readonly FhirProblem[] {
  const patients = resources.filter(({ type }) => type === 'Patient')
  if (frame.known === undefined && patients.length !== 1) return [{ path: 'entries', code: 'patient', message: 'A new patient comes with exactly one Patient resource.' }]
  const owned = new Set(identifiers.map(({ system, value }) => `${system ?? ''}\n${value}`))
  return patients.flatMap(({ path, value }) => {
    const own = patientFacts(value as Patient).identifiers
    const same = owned.size === 0 || own.some(({ system, value: number }) => owned.has(`${system ?? ''}\n${number}`))
    return same ? [] : [{ path: `${path}.identifier`, code: 'patient' as const, message: 'The Patient resource carries none of the identifiers that this patient is known by.' }]
  })
}

/**
 * Which references mean this patient: by the ids of the import's Patient resource, by those of earlier ones, and, where the bundle gave its
 * Patient a fullUrl that is not its id, one further `urn:` for the whole import.
 */
class PatientReferences {
  readonly #names: Set<string>
  #further: string | undefined
  readonly #mayBeFurther: boolean

  constructor(resources: readonly CommitResource[], { known, patient, conditions }: CommitFrame) {
    const patients = resources.filter(({ type }) => type === 'Patient')
    const ids = patients.flatMap(({ id }) => (id === undefined ? [] : [id]))
    this.#names = new Set([...(known?.references ?? []), ...(conditions ?? []), ...[...ids, patient].flatMap((id) => [`Patient/${id}`, `urn:uuid:${id}`])])
    this.#mayBeFurther = patients.length === 1
  }

  isOurs(reference: string, onlyPatient: boolean): boolean {
    if (this.#names.has(reference)) return true
    if (!onlyPatient || !this.#mayBeFurther || !reference.startsWith('urn:')) return false
    this.#further ??= reference
    return this.#further === reference
  }
}
