import { fromUtf8, nodeValue, readJson, utf8, type JsonNode, type JsonObjectNode } from '@careledger/proof'
import { entryProblems, envelopeProblems } from '../../fhir/bundle-envelope.ts'
import { loadDefinitions } from '../../fhir/definitions.ts'
import type { FhirProblem } from '../../fhir/fhir-problem.ts'
import { BUNDLE_LIMITS } from '../../fhir/read-bundle.ts'
import { resourceTypeOf, validateResource } from '../../fhir/validate-resource.ts'
import { LogicError } from '../../logic-error.ts'
import type { ResourceToWrite } from './write-frame.ts'
import type { SearchPairs } from './write-resource.ts'

/** One entry of a transaction. */
export interface Step extends ResourceToWrite {
  /** Place in the Bundle. */
  readonly index: number
  /** The id that a PUT updates. */
  readonly put?: string | undefined
  /** A search that says which one a PUT updates. */
  readonly condition?: SearchPairs | undefined
  readonly ifMatch?: readonly string[] | undefined
  readonly ifNoneExist?: SearchPairs | undefined
  /** A patch of the resource that is updated, as text. */
  readonly patch?: string | undefined
}

/** The entries of a transaction Bundle. Errors: INPUT_MALFORMED, INPUT_TOO_LARGE, FHIR_INVALID with `problems` and their places. */
export async function readSteps(bundle: string): Promise<readonly Step[]> {
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
  items.forEach((item, index) => problems.push(...entryProblems(item, index, root, ['POST', 'PUT', 'PATCH'])))
  const definitions = await loadDefinitions()
  const steps = problems.length > 0 ? [] : items.map((item, index) => {
    const step = toStep(item as JsonObjectNode, index, bytes)
    if (text((item as JsonObjectNode).members.get('request') as JsonObjectNode, 'method') === 'PATCH') {
      problems.push(...patchProblems(step, item as JsonObjectNode))
      return step
    }
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
  const [method, url] = [text(request, 'method'), text(request, 'url') ?? '']
  const changes = method === 'PUT' || method === 'PATCH'
  const [, asked] = changes ? (/^[A-Za-z]+\?(.+)$/.exec(url) ?? []) : []
  const put = changes && asked === undefined ? url.split('/')[1] : undefined
  const common = { index, path: `Bundle.entry[${index}].resource`, value, bytes: bytes.slice(node.start, node.end), references: [], ...(put === undefined ? {} : { put }), ...(asked === undefined ? {} : { condition: [...new URLSearchParams(asked)] }), ifMatch: versionsOf(text(request, 'ifMatch')) }
  if (method === 'PATCH') return { ...common, type: /^[A-Z][A-Za-z]{1,63}/.exec(url)?.[0] ?? '', patch: patchText(node, bytes) ?? '' }
  return {
    ...common, type: resourceTypeOf(value) ?? '', ...(typeof id === 'string' ? { id } : {}),
    ifNoneExist: condition === undefined ? undefined : [...new URLSearchParams(condition)],
  }
}

/** The patch of an entry: a JSON Patch comes in a Binary, a FHIRPath Patch is its Parameters (R4 http, "Patch"). `undefined`: it is neither. */
export function patchText(node: JsonObjectNode, bytes: Uint8Array): string | undefined {
  const type = text(node, 'resourceType')
  if (type === 'Parameters') return fromUtf8(bytes.subarray(node.start, node.end))
  const data = text(node, 'data')
  if (type !== 'Binary' || data === undefined || text(node, 'contentType')?.split(';', 1)[0] !== 'application/json-patch+json') return undefined
  return Buffer.from(data, 'base64').toString('utf8')
}

function patchProblems({ patch, put, condition, type, index }: Step, item: JsonObjectNode): readonly FhirProblem[] {
  const path = `Bundle.entry[${index}]`
  const url = text(item.members.get('request') as JsonObjectNode, 'url') ?? ''
  const well = put === undefined ? condition !== undefined : url === `${type}/${put}`
  return [
    ...(well ? [] : [{ path: `${path}.request.url`, code: 'bundle-entry' as const, message: 'A patch goes to a type and id, or to a type and a search.' }]),
    ...(patch === '' ? [{ path: `${path}.resource`, code: 'bundle-entry' as const, message: 'A patch is a Binary of application/json-patch+json, or a FHIRPath Patch as Parameters.' }] : []),
  ]
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
