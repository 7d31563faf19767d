import type { ReadView } from '@careledger/data-spec'
import { scopesReach, type Actor, type KeyVault, type ScopeAction } from '@careledger/identity'
import { sha256, subjectPseudonym, toBase64url } from '@careledger/proof'
import type { Patient } from '@medplum/fhirtypes'
import { openRow } from '../../entries/rows.ts'
import type { FhirProblem } from '../../fhir/fhir-problem.ts'
import { patientFacts, type PatientIdentifier } from '../../fhir/patient-facts.ts'
import { ownTokens } from '../../fhir/search-tokens.ts'
import type { FoundReference } from '../../fhir/validate-resource.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { knownPatient, prepareImport, presentRecords, type PreparedImport } from '../prepare-import.ts'
import { HOSPITAL, recordAddressField, recordContentField, type RecordRow } from '../tables.ts'
import { patientsAt, referenceParts, type Address } from './addresses.ts'

/** Whose record is written, and where. */
export interface WriteFrame {
  readonly patient: string
  readonly subject: string
  readonly custodian: string
  readonly registered?: readonly PatientIdentifier[] | undefined
  /** Records that hold these very bytes already: place among the resources, and entry id. */
  readonly present: ReadonlyMap<number, string>
  /** Conditional references that mean this patient. */
  readonly conditions: readonly string[]
}

export interface ResourceToWrite {
  readonly path: string
  readonly type: string
  readonly id?: string | undefined
  readonly value: unknown
  readonly bytes: Uint8Array
  readonly references: readonly FoundReference[]
}

/** Errors: NOT_ALLOWED where the caller's token does not reach as far as writing this type. What scopes cut is refused like anything else. */
export function assertMayWrite(actor: Actor, type: string, action: ScopeAction): void {
  if (!scopesReach(actor.scopes, { type, action, self: false })) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
}

/**
 * The patient whom resources are about: the one asked for, the one whom their Patient resource is, or the one whom they refer to. Errors:
 * FHIR_INVALID where they are about nobody known here or about two; NOT_ALLOWED; ENTRY_CONFLICT.
 */
export async function writeFrame(parts: Parts, actor: Actor, { custodian, vault }: { readonly custodian: string; readonly vault: KeyVault }, resources: readonly ResourceToWrite[], asked: string | undefined): Promise<WriteFrame> {
  const patients = resources.filter(({ type }) => type === 'Patient')
  if (patients.length > 1) throw aboutNobody([{ path: (patients[1] as ResourceToWrite).path, code: 'patient', message: 'What is written together is about one patient.' }])
  const known = asked ?? (await patientHere(parts, custodian, patients[0], resources))
  const [patient] = patients
  const digests = resources.map(({ bytes }) => toBase64url(sha256(bytes)))
  if (known === undefined && patient !== undefined) {
    const identifiers = patientFacts(patient.value as Patient).identifiers
    const prepared = await prepareImport(parts, actor, identifiers, digests)
    return { patient: prepared.patient, subject: prepared.subject, custodian, present: await holding(parts, custodian, prepared.patient, prepared.present), conditions: prepared.known ? await conditionsOn(parts, custodian, prepared.patient, resources) : [], ...(prepared.known ? {} : { registered: identifiers }) }
  }
  if (known === undefined) throw aboutNobody([{ path: resources[0]?.path ?? 'Resource', code: 'patient', message: 'The resource is about no patient who is known here. Create the Patient first.' }])
  await parts.store.read(async (view) => {
    if ((await view.projection('patient', known))?.indexes['custodian'] !== custodian) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
  })
  const keys = await vault.patient(known)
  if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
  return { patient: known, subject: subjectPseudonym(await keys.subjectSecret(HOSPITAL)), custodian, present: await holding(parts, custodian, known, await presentRecords(parts, digests.map((digest) => keys.token(recordContentField, digest)))), conditions: await conditionsOn(parts, custodian, known, resources) }
}

/** Of records with the same bytes those that nothing has amended. */
async function holding(parts: Parts, custodian: string, patient: string, present: PreparedImport['present']): Promise<ReadonlyMap<number, string>> {
  if (present.length === 0) return new Map()
  const found = new Map<number, string>()
  for (let from = 0; from < present.length; from += 1000) {
    const some = present.slice(from, from + 1000)
    const rows = await parts.store.read((view) => view.projections('record', some.map(({ id }) => id)))
    for (const [place, { index, id }] of some.entries()) {
      const projection = rows[place]
      const row = projection === undefined ? undefined : ((await openRow(parts, projection, { custodian, patient })) as unknown as RecordRow | undefined)
      if (row !== undefined && row.replacedBy === undefined) found.set(index, id)
    }
  }
  return found
}

function aboutNobody(problems: readonly FhirProblem[]): LogicError {
  return new LogicError('FHIR_INVALID', 'The resources are not about one patient known here.', { details: { problems } })
}

/** The patient of this custodian whom resources name; `undefined`: nobody. */
async function patientHere(parts: Parts, custodian: string, patient: ResourceToWrite | undefined, resources: readonly ResourceToWrite[]): Promise<string | undefined> {
  const own = new Set(patient === undefined ? [] : [patient.id])
  const named = patient?.id === undefined ? [] : [`Patient/${patient.id}`]
  const texts = patient === undefined ? [...new Set(resources.flatMap(({ references }) => references.filter(isToPatient).map(({ reference }) => reference)))] : named
  const found = new Map<string, string>()
  for (const text of texts.slice(0, namesMax)) {
    for (const handle of await patientsNamed(parts, custodian, text)) found.set(handle, text)
  }
  if (found.size > 1) throw aboutNobody([{ path: resources[0]?.path ?? 'Resource', code: 'reference-foreign', message: 'The references lead to two different patients.' }])
  return own.has(undefined) && patient !== undefined ? undefined : [...found.keys()][0]
}

/** References by a condition that lead to this patient and nobody else. */
async function conditionsOn(parts: Parts, custodian: string, patient: string, resources: readonly ResourceToWrite[]): Promise<readonly string[]> {
  const texts = [...new Set(resources.flatMap(({ references }) => references.flatMap(({ reference }) => (reference.startsWith('Patient?') ? [reference] : []))))]
  const found = await Promise.all(texts.slice(0, namesMax).map((text) => patientsNamed(parts, custodian, text)))
  return texts.filter((_, place) => found[place]?.length === 1 && found[place][0] === patient)
}

const namesMax = 20
const isToPatient = ({ reference, targets }: FoundReference): boolean => /^Patient[/?]/.test(reference) || (reference.startsWith('urn:') && (targets === undefined || targets.includes('Patient')))

async function patientsNamed(parts: Parts, custodian: string, reference: string): Promise<readonly string[]> {
  const [, system, value] = /^Patient\?identifier=([^|]+)\|(.+)$/.exec(decodeURIComponent(reference)) ?? []
  return parts.store.read(async (view) => {
    if (system !== undefined && value !== undefined) {
      const keys = await parts.vaults.get(custodian)?.organisation()
      const owner = keys === undefined ? undefined : await knownPatient(view, ownTokens(keys, [{ system, value }]))
      return owner === undefined ? [] : [owner]
    }
    const id = referenceParts(reference)?.id
    const handles = id === undefined ? [] : await patientsAt({ vaults: only(parts, custodian) }, view, { type: 'Patient', id })
    const rows = handles.length === 0 ? [] : await view.projections('patient', handles)
    return rows.flatMap((row) => (row?.indexes['custodian'] === custodian ? [row.key] : []))
  })
}

function only({ vaults }: Pick<Parts, 'vaults'>, custodian: string): Parts['vaults'] {
  const vault = vaults.get(custodian)
  return new Map(vault === undefined ? [] : [[custodian, vault]])
}

/** The version at an address that holds, among this custodian's records; whose it is decides the caller. Internal to writing: nothing of it is shown. */
export async function holdingVersion(parts: Parts, custodian: string, address: Address): Promise<{ readonly id: string; readonly patient: string } | undefined> {
  return parts.store.read(async (view) => {
    const rows = await rowsAt(parts, view, custodian, address)
    for (const { key, patient, row } of rows) if (row.replacedBy === undefined && row.type === address.type) return { id: key, patient }
    return undefined
  })
}

/** Rows at an address, newest first; of an entry's id, the chain of amendments behind it. */
async function rowsAt(parts: Parts, view: ReadView, custodian: string, { type, id }: Address): Promise<readonly { readonly key: string; readonly patient: string; readonly row: RecordRow }[]> {
  const keys = await parts.vaults.get(custodian)?.organisation()
  if (keys === undefined) return []
  const open = async (key: string) => {
    const projection = await view.projection('record', key)
    const patient = projection?.indexes['patient']
    if (projection === undefined || patient === undefined) return undefined
    const owner = await view.projection('patient', patient)
    if (owner?.indexes['custodian'] !== custodian) return undefined
    const row = (await openRow(parts, projection, { custodian, patient })) as unknown as RecordRow | undefined
    return row === undefined ? undefined : { key, patient, row }
  }
  const { rows } = await view.find({ table: 'record', index: 'address', equals: keys.token(recordAddressField, `${type}/${id}`), limit: 1000, newestFirst: true })
  const found = (await Promise.all(rows.map(({ key }) => open(key)))).filter((each) => each !== undefined)
  for (let at = found.length === 0 && /^[0-9a-f-]{36}$/.test(id) ? await open(id) : undefined; at !== undefined; at = at.row.replacedBy === undefined ? undefined : await open(at.row.replacedBy)) found.unshift(at)
  return found
}
