import type { JsonNode, JsonObjectNode } from '@careledger/proof'
import type { FhirProblem } from './fhir-problem.ts'

/** Members of Bundle and of Bundle.entry in FHIR R4. */
const bundleMembers = new Set(['resourceType', 'id', 'meta', 'implicitRules', 'language', 'identifier', 'type', 'timestamp', 'total', 'link', 'entry', 'signature'])
const entryMembers = new Set(['id', 'extension', 'modifierExtension', 'link', 'fullUrl', 'resource', 'search', 'request', 'response'])
const absoluteUri = /^(urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|urn:oid:[0-2](\.(0|[1-9]\d*))+|https?:\/\/\S+)$/

/** What is wrong with the bundle itself, its entries left aside. */
export function envelopeProblems(root: JsonNode): FhirProblem[] {
  if (root.kind !== 'object') return [{ path: 'Bundle', code: 'resource-type', message: 'A Bundle is a JSON object.' }]
  if (text(root, 'resourceType') !== 'Bundle') return [{ path: 'Bundle.resourceType', code: 'resource-type', message: 'Only a Bundle can be imported.' }]
  const problems = unknownMembers(root, bundleMembers, 'Bundle')
  const type = text(root, 'type')
  if (type !== 'transaction' && type !== 'collection' && type !== 'document') problems.push({ path: 'Bundle.type', code: 'bundle-type', message: 'Only a Bundle of type transaction, collection or document can be imported.' })
  const entry = root.members.get('entry')
  if (entry?.kind !== 'array' || entry.items.length === 0) problems.push({ path: 'Bundle.entry', code: 'structure', message: 'A bundle to import has entries.' })
  else if (isDocument(root) && firstType(entry.items[0]) !== 'Composition') problems.push({ path: 'Bundle.entry[0]', code: 'structure', message: 'A document begins with its Composition (FHIR rule bdl-11).' })
  return problems
}

/** Whether it is a FHIR document: a summary of a record, whose parts may refer to what the summary leaves out. */
export const isDocument = (root: JsonNode): boolean => root.kind === 'object' && text(root, 'type') === 'document'

function firstType(item: JsonNode | undefined): string | undefined {
  const resource = item?.kind === 'object' ? item.members.get('resource') : undefined
  return resource?.kind === 'object' ? text(resource, 'resourceType') : undefined
}

/** What is wrong with one entry, its resource left aside. `methods`: those that a transaction may have here. */
export function entryProblems(item: JsonNode, index: number, root: JsonNode, methods: readonly string[] = ['POST', 'PUT']): FhirProblem[] {
  const path = `Bundle.entry[${index}]`
  if (item.kind !== 'object') return [{ path, code: 'structure', message: 'An entry is a JSON object.' }]
  const problems = unknownMembers(item, entryMembers, path)
  if (item.members.get('resource')?.kind !== 'object') problems.push({ path, code: 'bundle-entry', message: 'The entry holds no resource.' })
  const fullUrl = item.members.get('fullUrl')
  if (fullUrl !== undefined && (fullUrl.kind !== 'string' || !absoluteUri.test(fullUrl.value))) problems.push({ path: `${path}.fullUrl`, code: 'structure', message: 'A fullUrl is an absolute URI; `urn:uuid:` in lower case.' })
  if (root.kind === 'object' && text(root, 'type') === 'transaction') problems.push(...requestProblems(item, path, methods))
  return problems
}

function requestProblems(item: JsonObjectNode, path: string, methods: readonly string[]): FhirProblem[] {
  const request = item.members.get('request')
  if (request?.kind !== 'object') return [{ path: `${path}.request`, code: 'bundle-entry', message: 'Each entry of a transaction has a request (FHIR rule bdl-3).' }]
  const problems: FhirProblem[] = []
  const method = text(request, 'method')
  if (method === undefined || !methods.includes(method)) problems.push({ path: `${path}.request.method`, code: 'bundle-entry', message: `Only ${methods.join(' and ')} are taken: records are added and amended, and none is removed.` })
  if (text(request, 'url') === undefined) problems.push({ path: `${path}.request.url`, code: 'bundle-entry', message: 'The request has no url.' })
  return problems
}

function unknownMembers(node: JsonObjectNode, known: ReadonlySet<string>, path: string): FhirProblem[] {
  return [...node.members.keys()].flatMap((name) => (known.has(name) || (name.startsWith('_') && known.has(name.slice(1))) ? [] : [{ path, code: 'structure' as const, message: 'A member that FHIR R4 does not define here.' }]))
}

function text(node: JsonObjectNode, name: string): string | undefined {
  const member = node.members.get(name)
  return member?.kind === 'string' ? member.value : undefined
}
