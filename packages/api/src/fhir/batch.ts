import { patchText } from '@careledger/logic'
import { fromUtf8, readJson, utf8 } from '@careledger/proof'
import type { JsonNode, JsonObjectNode } from '@careledger/proof'
import { fhir } from '../contracts/hospital/fhir.ts'
import { toProblem } from '../to-problem.ts'
import { binaryInside } from './binary.ts'
import { responseItem, responsesText } from './bundle-text.ts'
import { answerCall } from './fhir-call.ts'
import { callOperation } from './fhir-server.ts'
import type { FhirAnswer, FhirCall, FhirServer } from './fhir-server.ts'
import { interactionOf } from './interaction.ts'
import { etagsOf } from './negotiate.ts'
import { FhirRefusal, issuesOf, outcomeText, statusOf } from './outcome.ts'

/** Most entries of a batch; a transaction may have 4,096. */
export const BATCH_MAX = 100

/**
 * A Bundle sent to the base: a transaction is one operation, all or nothing; the entries of a batch are calls of their own, answered one by one
 * whatever becomes of the others. Errors: Problem, FhirRefusal.
 */
export async function answerBundle(at: FhirServer, call: FhirCall): Promise<FhirAnswer> {
  const text = call.body ?? ''
  const bytes = utf8(text)
  const root = parse(bytes)
  const type = member(root, 'type')
  if (member(root, 'resourceType') !== 'Bundle' || (type !== 'transaction' && type !== 'batch')) throw new FhirRefusal(400, 'invalid', 'A Bundle of type transaction or batch is sent here.')
  if (type === 'transaction') {
    const { entries } = await callOperation(at, fhir.transaction, { bundle: text, ...(call.patient === undefined ? {} : { patient: call.patient }), ...(call.purpose === undefined ? {} : { purpose: call.purpose }) })
    return { status: 200, text: responsesText('transaction-response', entries.map((written) => responseItem(at.base, written))), headers: {} }
  }
  const entry = root.kind === 'object' ? root.members.get('entry') : undefined
  const items = entry?.kind === 'array' ? entry.items : []
  if (items.length > BATCH_MAX) throw new FhirRefusal(413, 'too-costly', `A batch has at most ${BATCH_MAX} entries.`)
  const answers: string[] = []
  for (const item of items) answers.push(await answerItem(at, call, item, bytes))
  return { status: 200, text: responsesText('batch-response', answers), headers: {} }
}

function parse(bytes: Uint8Array): JsonNode {
  try {
    return readJson(bytes, { depthMax: 64, membersMax: 2_000_000 })
  } catch {
    throw new FhirRefusal(400, 'structure', 'The bundle is not JSON.')
  }
}

async function answerItem(at: FhirServer, { preferences, purpose, patient }: FhirCall, item: JsonNode, bytes: Uint8Array): Promise<string> {
  let instance = false
  try {
    const request = item.kind === 'object' ? item.members.get('request') : undefined
    if (item.kind !== 'object' || request?.kind !== 'object') throw new FhirRefusal(400, 'required', 'An entry of a batch has a request.')
    const [path = '', query = ''] = (member(request, 'url') ?? '').split(/\?(.*)/s)
    const parameters = new URLSearchParams(query)
    const interaction = interactionOf(member(request, 'method') ?? '', path.startsWith('/') ? path : `/${path}`, parameters)
    instance = interaction.kind === 'read' || interaction.kind === 'delete' || interaction.kind === 'status' || interaction.kind === 'everything' || (interaction.kind === 'patch' && interaction.id !== undefined)
    if (['bundle', 'page', 'smart-configuration'].includes(interaction.kind)) throw new FhirRefusal(400, 'not-supported', 'This cannot be asked in a batch.')
    const answer = await (interaction.kind === 'read' && interaction.type === 'Binary' ? binaryInside : answerCall)(at, { interaction, query: [...parameters], preferences, purpose, patient, ...conditionsOf(request), ...(interaction.kind === 'patch' ? patchOf(item, bytes) : resourceOf(item, bytes)) })
    return itemText(answer, statusText(answer.status))
  } catch (thrown) {
    const { status, text } = refusalOf(thrown, instance)
    return itemText({ status, text, headers: {} }, statusText(status), true)
  }
}

function conditionsOf(request: JsonObjectNode): Pick<FhirCall, 'ifMatch' | 'ifNoneMatch' | 'ifNoneExist'> {
  return { ifMatch: etagsOf(member(request, 'ifMatch')), ifNoneMatch: etagsOf(member(request, 'ifNoneMatch')), ifNoneExist: member(request, 'ifNoneExist') }
}

function resourceOf(item: JsonObjectNode, bytes: Uint8Array): { readonly body?: string } {
  const resource = item.members.get('resource')
  return resource === undefined ? {} : { body: fromUtf8(bytes.subarray(resource.start, resource.end)) }
}

/** A JSON Patch comes as a Binary, a FHIRPath Patch as its Parameters (R4 http, "Patch"). */
function patchOf(item: JsonObjectNode, bytes: Uint8Array): { readonly body: string } {
  const resource = item.members.get('resource')
  const body = resource?.kind === 'object' ? patchText(resource, bytes) : undefined
  if (body === undefined) throw new FhirRefusal(415, 'not-supported', 'A patch in a batch is a Binary of application/json-patch+json, or a FHIRPath Patch as Parameters.')
  return { body }
}

export function refusalOf(thrown: unknown, instance: boolean): { readonly status: number; readonly text: string } {
  if (thrown instanceof FhirRefusal) return { status: thrown.status, text: outcomeText([thrown.issue]) }
  const problem = toProblem(thrown)
  return { status: statusOf(problem, instance), text: outcomeText(issuesOf(problem, instance)) }
}

function itemText({ text, headers }: FhirAnswer, status: string, refused = false): string {
  const { location, etag } = headers
  const modified = headers['last-modified']
  const response = JSON.stringify({ status, ...(location === undefined ? {} : { location }), ...(etag === undefined ? {} : { etag }), ...(modified === undefined ? {} : { lastModified: new Date(modified).toISOString() }) })
  if (text === undefined) return `{"response":${response}}`
  return refused ? `{"response":${response.slice(0, -1)},"outcome":${text}}}` : `{"resource":${text},"response":${response}}`
}

const statusText = (status: number): string => `${status} ${STATUS_WORDS[status] ?? ''}`.trim()
const STATUS_WORDS: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 204: 'No Content', 304: 'Not Modified', 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 409: 'Conflict', 412: 'Precondition Failed', 413: 'Content Too Large', 422: 'Unprocessable Content' }

function member(node: JsonNode, name: string): string | undefined {
  const found = node.kind === 'object' ? node.members.get(name) : undefined
  return found?.kind === 'string' ? found.value : undefined
}
