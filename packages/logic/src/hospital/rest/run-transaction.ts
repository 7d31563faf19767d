import type { Actor, PendingProof } from '@careledger/identity'
import { nodeValue, readJson, utf8, type JsonNode, type JsonObjectNode } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import { entryProblems, envelopeProblems } from '../../fhir/bundle-envelope.ts'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { describeResource } from '../../fhir/describe-resource.ts'
import type { FhirProblem } from '../../fhir/fhir-problem.ts'
import { BUNDLE_LIMITS } from '../../fhir/read-bundle.ts'
import { loadSearchParameters } from '../../fhir/search/search-parameters.ts'
import { timeRange } from '../../fhir/search/time-range.ts'
import { resourceTypeOf, validateResource } from '../../fhir/validate-resource.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { commitImport } from '../commit-import.ts'
import { writersVault } from '../prepare-import.ts'
import { referenceParts } from './addresses.ts'
import { signAsGateway } from './sign-records.ts'
import { assertMayWrite, holdingVersion, writeFrame, type ResourceToWrite } from './write-frame.ts'
import { assertHolds, conditionFinds, theOne, withPaths, type SearchPairs, type Written } from './write-resource.ts'

export interface TransactionRequest {
  /** The Bundle's text. */
  readonly bundle: string
  readonly patient?: string | undefined
  readonly purpose: Purpose
  readonly proof?: PendingProof | undefined
  readonly signal?: AbortSignal | undefined
}

interface Step extends ResourceToWrite {
  /** Place in the Bundle. */
  readonly index: number
  /** The id that a PUT updates. */
  readonly put?: string | undefined
  /** A search that says which one a PUT updates. */
  readonly condition?: SearchPairs | undefined
  readonly ifMatch?: readonly string[] | undefined
  readonly ifNoneExist?: SearchPairs | undefined
}

/**
 * Runs a transaction Bundle: every resource is written, or none is, in one write. It is about one patient, creates (POST) and updates (PUT)
 * only, and is signed by the custodian's gateway. Answers stand in the order of the Bundle. Errors: as `writeResource`; places are those of the
 * Bundle.
 */
export async function runTransaction(parts: Parts, actor: Actor, request: TransactionRequest): Promise<readonly Written[]> {
  const { custodian, vault } = writersVault(parts, actor)
  const asked = await readSteps(request)
  for (const { type, put, condition } of asked) assertMayWrite(actor, type, put === undefined && condition === undefined ? 'c' : 'u')
  const steps = await Promise.all(asked.map((step) => meant(parts, actor, step, request.purpose)))
  await assertLeadSomewhere(parts, actor, steps, request.purpose)
  const answers = new Map<number, Written>()
  for (const step of steps) {
    const existing = await conditionFinds(parts, actor, { type: step.type, ifNoneExist: step.ifNoneExist, purpose: request.purpose })
    if (existing !== undefined) answers.set(step.index, existing)
  }
  const fresh = inOrderOfTime(steps.filter(({ index }) => !answers.has(index)))
  if (fresh.length === 0) return inOrder(steps, answers)
  const frame = await writeFrame(parts, actor, { custodian, vault }, fresh, request.patient)
  const toWrite: { readonly step: Step; readonly replaces?: string | undefined }[] = []
  for (const [place, step] of fresh.entries()) {
    const present = frame.present.get(place)
    const holding = step.put === undefined ? undefined : await holdingVersion(parts, custodian, { type: step.type, id: step.put })
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

/** What a conditional PUT finds is updated; where it finds nothing, its resource is new. */
async function meant(parts: Parts, actor: Actor, step: Step, purpose: Purpose): Promise<Step> {
  if (step.condition === undefined) return step
  const found = await theOne(parts, actor, { type: step.type, condition: step.condition, purpose })
  if (found !== undefined && step.id !== undefined && step.id !== found.id) throw new LogicError('INPUT_MALFORMED', 'The condition finds a resource with another id than the body.', { details: { problems: [{ path: step.path, code: 'value', message: 'The condition finds a resource with another id than the body.' }] } })
  return { ...step, put: found?.id ?? step.id }
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

async function readSteps({ bundle }: TransactionRequest): Promise<readonly Step[]> {
  const bytes = utf8(bundle)
  if (bytes.length > BUNDLE_LIMITS.bytesMax) throw new LogicError('INPUT_TOO_LARGE', 'A bundle has at most 32 MiB. Split it.', { details: { limit: BUNDLE_LIMITS.bytesMax } })
  let root: JsonNode
  try {
    root = readJson(bytes, { depthMax: BUNDLE_LIMITS.depthMax, membersMax: BUNDLE_LIMITS.membersMax })
  } catch (cause) {
    throw new LogicError('INPUT_MALFORMED', 'The bundle is not JSON.', { cause })
  }
  const problems: FhirProblem[] = [...envelopeProblems(root)]
  const entry = root.kind === 'object' ? root.members.get('entry') : undefined
  const items = entry?.kind === 'array' ? entry.items : []
  if (items.length > BUNDLE_LIMITS.resourcesMax) throw new LogicError('INPUT_TOO_LARGE', 'A bundle has at most 4,096 resources. Split it.', { details: { limit: BUNDLE_LIMITS.resourcesMax } })
  items.forEach((item, index) => problems.push(...entryProblems(item, index, root)))
  const definitions = await loadDefinitions()
  const steps = problems.length > 0 ? [] : items.map((item, index) => {
    const step = toStep(item as JsonObjectNode, index, bytes)
    const check = validateResource(definitions, step.value, step.path, step.bytes)
    problems.push(...check.problems, ...requestProblems(step, item as JsonObjectNode))
    return { ...step, references: check.references }
  })
  if (problems.length > 0) throw new LogicError('FHIR_INVALID', 'The bundle is not a transaction that can be run here.', { details: { problems: problems.slice(0, BUNDLE_LIMITS.problemsMax) } })
  return steps
}

function toStep(item: JsonObjectNode, index: number, bytes: Uint8Array): Step {
  const node = item.members.get('resource') as JsonObjectNode
  const request = item.members.get('request') as JsonObjectNode
  const value = nodeValue(node)
  const { id } = value as { id?: unknown }
  const condition = text(request, 'ifNoneExist')
  const url = text(request, 'url') ?? ''
  const [, asked] = text(request, 'method') === 'PUT' ? (/^[A-Za-z]+\?(.+)$/.exec(url) ?? []) : []
  const put = text(request, 'method') === 'PUT' && asked === undefined ? url.split('/')[1] : undefined
  return {
    index, path: `Bundle.entry[${index}].resource`, type: resourceTypeOf(value) ?? '', value, bytes: bytes.slice(node.start, node.end), references: [],
    ...(typeof id === 'string' ? { id } : {}), ...(put === undefined ? {} : { put }), ...(asked === undefined ? {} : { condition: [...new URLSearchParams(asked)] }),
    ifMatch: versionsOf(text(request, 'ifMatch')),
    ifNoneExist: condition === undefined ? undefined : [...new URLSearchParams(condition)],
  }
}

function versionsOf(etags: string | undefined): readonly string[] | undefined {
  return etags?.split(',').map((etag) => /^\s*(?:W\/)?"([^"]+)"\s*$/.exec(etag)?.[1] ?? etag.trim())
}

function requestProblems(step: Step, item: JsonObjectNode): readonly FhirProblem[] {
  const request = item.members.get('request') as JsonObjectNode
  const url = text(request, 'url') ?? ''
  const path = `Bundle.entry[${step.index}].request.url`
  if (text(request, 'method') === 'POST') return url === step.type ? [] : [{ path, code: 'bundle-entry', message: 'A create goes to the type of its resource.' }]
  const well = step.condition === undefined ? url === `${step.type}/${step.id ?? ''}` : url.startsWith(`${step.type}?`)
  return well ? [] : [{ path, code: 'bundle-entry', message: 'An update goes to the type and id of its resource, or to its type and a search.' }]
}

function text(node: JsonObjectNode, name: string): string | undefined {
  const member = node.members.get(name)
  return member?.kind === 'string' ? member.value : undefined
}
