import type { Actor, PendingProof } from '@careledger/identity'
import { fromUtf8, nodeValue, readJson, utf8 } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { describeResource } from '../../fhir/describe-resource.ts'
import type { FhirProblem } from '../../fhir/fhir-problem.ts'
import { loadSearchParameters } from '../../fhir/search/search-parameters.ts'
import { timeRange } from '../../fhir/search/time-range.ts'
import { validateResource } from '../../fhir/validate-resource.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { commitImport } from '../commit-import.ts'
import { writersVault } from '../prepare-import.ts'
import { referenceParts } from './addresses.ts'
import { preparePatch } from './patch-resource.ts'
import { withoutShownLinks } from './shown-links.ts'
import { signAsGateway } from './sign-records.ts'
import { readSteps, type Step } from './transaction-steps.ts'
import { assertMayWrite, holdingVersion, writeFrame } from './write-frame.ts'
import { assertHolds, conditionFinds, theOne, withPaths, type Written } from './write-resource.ts'

export interface TransactionRequest {
  /** The Bundle's text. */
  readonly bundle: string
  readonly patient?: string | undefined
  readonly purpose: Purpose
  readonly proof?: PendingProof | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs a transaction Bundle: every resource is written, or none is, in one write. It is about one patient, creates (POST), updates (PUT) and patches (PATCH)
 * only, and is signed by the custodian's gateway. Answers stand in the order of the Bundle. Errors: as `writeResource`; places are those of the
 * Bundle.
 */
export async function runTransaction(parts: Parts, actor: Actor, request: TransactionRequest): Promise<readonly Written[]> {
  const { custodian, vault } = writersVault(parts, actor)
  const asked = await readSteps(request.bundle)
  for (const { type, put, condition } of asked) assertMayWrite(actor, type, put === undefined && condition === undefined ? 'c' : 'u')
  const answers = new Map<number, Written>()
  const steps: Step[] = []
  for (const step of asked) steps.push(step.patch === undefined ? await meant(parts, actor, step, request.purpose) : await patchedStep(parts, actor, step, { ...request, patch: step.patch }, answers))
  assertApart(steps)
  await assertLeadSomewhere(parts, actor, steps, request.purpose)
  for (const step of steps) {
    if (answers.has(step.index)) continue
    const existing = await conditionFinds(parts, actor, { type: step.type, ifNoneExist: step.ifNoneExist, purpose: request.purpose })
    if (existing !== undefined) answers.set(step.index, existing)
  }
  const fresh = inOrderOfTime(steps.filter(({ index }) => !answers.has(index)))
  if (fresh.length === 0) return inOrder(steps, answers)
  const holdings = await Promise.all(fresh.map(({ type, put }) => (put === undefined ? undefined : holdingVersion(parts, custodian, { type, id: put }))))
  // What is changed says whose record it is, where the resources do not.
  const held = fresh.some(({ type }) => type === 'Patient') ? undefined : holdings.find((holding) => holding !== undefined)?.patient
  const frame = await writeFrame(parts, actor, { custodian, vault }, fresh, request.patient ?? held)
  const toWrite: { readonly step: Step; readonly replaces?: string | undefined }[] = []
  for (const [place, step] of fresh.entries()) {
    const present = frame.present.get(place)
    const holding = holdings[place]
    assertHolds(holding?.id, step)
    if (holding !== undefined && holding.patient !== frame.patient) throw new LogicError('ENTRY_CONFLICT', 'A resource with this id exists here. Use another id.', { details: { path: step.path } })
    if (present !== undefined && (holding === undefined || holding.id === present)) answers.set(step.index, { outcome: 'existing', type: step.type, id: step.id ?? step.put ?? present, version: present })
    else toWrite.push({ step, replaces: holding?.id })
  }
  if (toWrite.length === 0) return inOrder(steps, answers)
  const signed = await signAsGateway(parts, { ...frame, records: toWrite.map(({ step, replaces }) => ({ bytes: step.bytes, replaces })) })
  try {
    await commitImport(parts, actor, { patient: frame.patient, conditions: frame.conditions, entries: signed.entries, author: signed.author, operation: 'hospital.fhir.transaction', proof: request.proof, signal: request.signal })
  } catch (error) {
    throw withPaths(error, toWrite.map(({ step }) => step.path), signed.entries.length - toWrite.length)
  }
  for (const [place, { step, replaces }] of toWrite.entries()) {
    const version = signed.ids[place] as string
    answers.set(step.index, { outcome: replaces === undefined ? 'created' : 'updated', type: step.type, id: step.id ?? step.put ?? version, version, lastUpdated: signed.issuedAt })
  }
  return inOrder(steps, answers)
}

const inOrder = (steps: readonly Step[], answers: ReadonlyMap<number, Written>): readonly Written[] => steps.map(({ index }) => answers.get(index) as Written)

/** What a conditional PUT finds is updated; where it finds nothing, its resource is new. A Patient comes without the links that a reading showed. */
async function meant(parts: Parts, actor: Actor, step: Step, purpose: Purpose): Promise<Step> {
  const found = step.condition === undefined ? undefined : await theOne(parts, actor, { type: step.type, condition: step.condition, purpose })
  if (found !== undefined && step.id !== undefined && step.id !== found.id) throw new LogicError('INPUT_MALFORMED', 'The condition finds a resource with another id than the body.', { details: { problems: [{ path: step.path, code: 'value', message: 'The condition finds a resource with another id than the body.' }] } })
  const own = step.condition === undefined ? step : { ...step, put: found?.id ?? step.id }
  if (step.type !== 'Patient' || own.put === undefined) return own
  const [sent, kept] = [fromUtf8(step.bytes), await withoutShownLinks(parts, actor, { type: step.type, id: own.put, resource: fromUtf8(step.bytes), purpose })]
  return kept === sent ? own : withText(own, kept)
}

/** What a patch makes of the version that holds; `answers` is told where it changes nothing. */
async function patchedStep(parts: Parts, actor: Actor, step: Step, { patch, purpose }: { readonly patch: string; readonly purpose: Purpose }, answers: Map<number, Written>): Promise<Step> {
  const { type, index } = step
  const asked = { type, id: step.put, condition: step.put === undefined ? step.condition : undefined, patch, ifMatch: step.ifMatch, purpose }
  const { current, resource } = await preparePatch(parts, actor, asked).catch((error: unknown) => { throw at(error, step.path) })
  const { id, version, lastUpdated } = current
  if (resource === undefined) answers.set(index, { outcome: 'existing', type, id, version, lastUpdated })
  return withText({ ...step, put: id, ifMatch: [version] }, resource ?? current.resource)
}

/** Problems of a patch say where in it they are; in a Bundle they stand under its entry. */
function at(error: unknown, path: string): unknown {
  if (!isLogicError(error)) return error
  const { problems } = error.details
  if (!Array.isArray(problems)) return error
  return new LogicError(error.code, error.message, { cause: error, details: { ...error.details, problems: (problems as readonly FhirProblem[]).map((problem) => ({ ...problem, path })) } })
}

/** The step with another text, which must be as valid as what was sent. */
async function withText(step: Step, text: string): Promise<Step> {
  const bytes = utf8(text)
  const value = nodeValue(readJson(bytes))
  const check = validateResource(await loadDefinitions(), value, step.path, bytes)
  if (check.problems.length > 0) throw new LogicError('FHIR_INVALID', 'The resource is not valid FHIR R4.', { details: { problems: check.problems } })
  const { id } = value as { readonly id?: unknown }
  if (step.put !== undefined && id !== undefined && id !== step.put) throw new LogicError('INPUT_MALFORMED', 'The resource has another id than the address.', { details: { problems: [{ path: `${step.path}.id`, code: 'value', message: 'The resource has another id than the address.' }] } })
  const { id: _former, ...rest } = step
  return { ...rest, bytes, value, references: check.references, ...(typeof id === 'string' ? { id } : {}) }
}

/** Each resource is changed once (R4 http, "Transaction Processing Rules"). Errors: FHIR_INVALID. */
function assertApart(steps: readonly Step[]): void {
  const seen = new Set<string>()
  for (const { type, put, path } of steps) {
    if (put === undefined) continue
    const name = `${type}/${put}`
    if (seen.has(name)) throw new LogicError('FHIR_INVALID', 'Two entries change one resource.', { details: { problems: [{ path, code: 'duplicate', message: 'Another entry of this transaction changes the same resource.' }] } })
    seen.add(name)
  }
}

/**
 * A conditional reference to something of a patient leads to exactly one resource (R4 http, "Conditional References"). The one to the Patient is looked up where whose record it is
 * is found out; what is about nobody (Practitioner, Organization ...) has no place here, and such a reference stays a name.
 */
async function assertLeadSomewhere(parts: Parts, actor: Actor, steps: readonly Step[], purpose: Purpose): Promise<void> {
  const parameters = await loadSearchParameters()
  const isKept = (type: string): boolean => parameters.find(type, 'patient') !== undefined || parameters.find(type, 'subject') !== undefined
  const conditions = new Map<string, { readonly type: string; readonly text: string; readonly path: string }>()
  for (const { references, path } of steps) {
    for (const { reference } of references) {
      const { type, id } = referenceParts(reference) ?? {}
      if (type !== undefined && id?.startsWith('?') === true && type !== 'Patient' && isKept(type)) conditions.set(reference, { type, text: id.slice(1), path })
    }
  }
  if (conditions.size > conditionsMax) throw new LogicError('INPUT_TOO_LARGE', `A transaction has at most ${conditionsMax} conditional references.`, { details: { limit: conditionsMax } })
  for (const { type, text: condition, path } of conditions.values()) {
    if ((await theOne(parts, actor, { type, condition: [...new URLSearchParams(condition)], purpose })) !== undefined) continue
    throw new LogicError('STALE', 'A conditional reference leads to nothing that you may read.', { details: { check: 'if-match', problems: [{ path, code: 'reference-unresolved', message: 'A conditional reference leads to nothing that you may read.' }] } })
  }
}

const conditionsMax = 100

/** Lists show the newest entry first, so what happened first is written first; what has no date, before. */
function inOrderOfTime(steps: readonly Step[]): readonly Step[] {
  const at = ({ value }: Step): number => timeRange(describeResource(value).date ?? '')?.low ?? Number.NEGATIVE_INFINITY
  return steps.map((step) => ({ step, time: at(step) })).sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.step.index - b.step.index)).map(({ step }) => step)
}
