import { fromBase64url } from '@careledger/proof'
import type { z } from 'zod'
import { hospital } from '../contracts/hospital/index.ts'
import { Problem } from '../contracts/problem.ts'
import { checkBodyType, FHIR_JSON } from '../fhir/negotiate.ts'
import { FhirRefusal, outcomeText } from '../fhir/outcome.ts'
import { parametersIn } from '../fhir/parameters-in.ts'
import { CallContext } from '../http/call-context.ts'
import { identify } from '../http/identify.ts'
import { problemHeaders, send } from '../http/respond.ts'
import type { RouteRequest } from '../http/route-request.ts'
import { API_HEADERS } from '../http/security-headers.ts'
import type { ServerParts } from '../http/server-parts.ts'
import { PROBLEM_SENTENCE, PROBLEM_TRANSPORT } from '../problem-codes.ts'
import { toProblem } from '../to-problem.ts'

const BASE = '/fhir/r4'
type Status = z.output<typeof hospital.exports.status.output>
type Call = (name: string, input: unknown) => Promise<unknown>

/**
 * Where FHIR Bulk Data Access 2.0.0 stands: kick-off at the three levels, and status and files of an export under `$export-status` and
 * `$export-file`. Groups are those that a caller's rights make: `custodian` (its own organisation's patients) and `shared`.
 */
export function isBulkPath(path: string): boolean {
  return KICK_OFF.test(path) || STATUS.test(path) || FILE.test(path)
}

const KICK_OFF = /^\/fhir\/r4\/(?:(Patient)\/|Group\/([A-Za-z0-9.-]{1,64})\/)?\$export$/
const STATUS = /^\/fhir\/r4\/\$export-status\/([0-9a-f-]{36})$/
const FILE = /^\/fhir\/r4\/\$export-file\/([0-9a-f-]{36})\/([A-Z][A-Za-z]{1,63})\.ndjson$/

/** Every step calls its operation through `invoke`. Refusals are OperationOutcomes. */
export async function handleBulk(route: RouteRequest, server: ServerParts): Promise<void> {
  const { request } = route
  try {
    const caller = await identify({ request, auth: server.auth, origin: route.origin, path: route.path, actorNeeded: true, now: route.now }).catch((thrown: unknown) => {
      throw server.chargeFailure(route, toProblem(thrown))
    })
    const context = new CallContext(route, server, caller)
    const call: Call = (name, input) => {
      const operation = server.operations.get(name)
      if (operation === undefined) throw new Problem('INPUT_MALFORMED', 'Bulk exports are not served here.')
      return server.invoke(operation, context, input)
    }
    const [kickOff, status, file] = [KICK_OFF.exec(route.path), STATUS.exec(route.path), FILE.exec(route.path)]
    if (kickOff !== null) return await begin(route, call, { patient: kickOff[1], group: kickOff[2], query: await queryOf(route, server) })
    if (status !== null && request.method === 'DELETE') return await cancel(route, call, status[1] ?? '')
    if (status !== null) return await tellStatus(route, call, status[1] ?? '')
    if (file !== null) return await sendFile(route, call, file[1] ?? '', file[2] ?? '')
  } catch (thrown) {
    if (thrown instanceof FhirRefusal) return send(route.request, route.response, thrown.status, outcomeText([thrown.issue]), { 'content-type': FHIR_JSON })
    refuse(route, toProblem(thrown))
  }
}

interface KickOff {
  readonly patient: string | undefined
  readonly group: string | undefined
  readonly query: URLSearchParams
}

/** By GET what the address asks for, by POST what a Parameters resource does. */
async function queryOf({ request, response, query }: RouteRequest, { bodies, limits }: ServerParts): Promise<URLSearchParams> {
  if (request.method !== 'POST') return new URLSearchParams(query)
  checkBodyType(request, 'json')
  return new URLSearchParams(parametersIn(await bodies.read(request, response, limits.bodyBytesMax)).map(([name, value]): [string, string] => [name, value]))
}

async function begin(route: RouteRequest, call: Call, { patient, group, query }: KickOff): Promise<void> {
  const { request, response } = route
  if (request.method !== 'GET' && request.method !== 'POST') throw new Problem('INPUT_MALFORMED', 'Use GET, or POST with Parameters.')
  if (!prefers(request, 'respond-async')) throw new Problem('INPUT_MALFORMED', 'Ask with Prefer: respond-async.')
  if (group !== undefined && group !== 'custodian' && group !== 'shared') throw new Problem('NOT_ALLOWED', PROBLEM_SENTENCE.NOT_ALLOWED)
  const unknown = [...query.keys()].find((name) => !['_type', '_typeFilter', '_since', '_outputFormat'].includes(name))
  if (unknown !== undefined && !prefers(request, 'handling=lenient')) throw new Problem('INPUT_MALFORMED', 'Only _type, _typeFilter, _since and _outputFormat are taken.')
  if (!['application/fhir+ndjson', 'application/ndjson', 'ndjson'].includes(query.get('_outputFormat') ?? 'ndjson')) throw new Problem('INPUT_MALFORMED', 'The only format is application/fhir+ndjson.')
  const since = query.get('_since')
  if (since !== null && Number.isNaN(Date.parse(since))) throw new Problem('INPUT_MALFORMED', '_since is no instant.')
  const types = query.getAll('_type').flatMap((list) => list.split(',')).filter((type) => type !== '')
  // Several stand in one value too, with a comma before the next type.
  const typeFilters = query.getAll('_typeFilter').flatMap((list) => list.split(/,(?=[A-Z][A-Za-z]{1,63}\?)/))
  const { id } = (await call(hospital.exports.start.name, {
    scope: group === 'shared' ? 'shared' : patient !== undefined ? 'readable' : 'custodian',
    ...(types.length === 0 ? {} : { types }),
    ...(typeFilters.length === 0 ? {} : { typeFilters }),
    ...(since === null ? {} : { since: new Date(since).toISOString() }),
    url: `${route.origin}${route.path}${route.query === '' ? '' : `?${route.query}`}`,
  })) as z.output<typeof hospital.exports.start.output>
  send(request, response, 202, '', { 'content-location': `${route.origin}${BASE}/$export-status/${id}` })
}

const prefers = ({ headers }: RouteRequest['request'], word: string): boolean => String(headers.prefer ?? '').split(/[,;]\s*/).includes(word)

async function tellStatus(route: RouteRequest, call: Call, id: string): Promise<void> {
  const { request, response } = route
  if (request.method !== 'GET') throw new Problem('INPUT_MALFORMED', 'Use GET or DELETE.')
  const status = (await call(hospital.exports.status.name, { id })) as Status
  if (status.state === 'running') return send(request, response, 202, '', { 'x-progress': `${status.patients} patients, ${status.records} records`, 'retry-after': '1' })
  if (status.state === 'failed') throw new Problem('UNAVAILABLE', 'The export ended before it was whole. Ask for it again.')
  const files = status.files.map(({ type, count }) => ({ type, url: `${route.origin}${BASE}/$export-file/${id}/${type}.ndjson`, count }))
  const manifest = {
    transactionTime: status.transactionTime, request: status.url, requiresAccessToken: true,
    output: files.filter(({ type }) => type !== 'OperationOutcome'),
    deleted: [],
    // What is not in the files, and where it is.
    error: files.filter(({ type }) => type === 'OperationOutcome'),
  }
  send(request, response, 200, JSON.stringify(manifest), { 'content-type': 'application/json', expires: new Date(status.expires).toUTCString() })
}

async function cancel(route: RouteRequest, call: Call, id: string): Promise<void> {
  await call(hospital.exports.cancel.name, { id })
  send(route.request, route.response, 202, '', {})
}

/** Part after part, each opened when the one before it has been taken. */
async function sendFile(route: RouteRequest, call: Call, id: string, type: string): Promise<void> {
  const { request, response } = route
  if (request.method !== 'GET') throw new Problem('INPUT_MALFORMED', 'Use GET.')
  const { files } = (await call(hospital.exports.status.name, { id })) as Status
  const file = files.find((one) => one.type === type)
  if (file === undefined) throw new Problem('NOT_ALLOWED', PROBLEM_SENTENCE.NOT_ALLOWED)
  for (let part = 0; part < file.parts && !response.destroyed; part++) {
    const { lines } = (await call(hospital.exports.part.name, { id, type, part })) as z.output<typeof hospital.exports.part.output>
    if (part === 0) response.writeHead(200, { ...API_HEADERS, 'content-type': 'application/fhir+ndjson' })
    if (!response.write(fromBase64url(lines))) await new Promise<void>((resolve) => { response.once('drain', resolve).once('close', resolve) })
  }
  response.end()
}

function refuse({ request, response }: RouteRequest, problem: Problem): void {
  // Half a file must not look like a whole one.
  if (response.headersSent) return void response.destroy()
  const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: ISSUE[problem.code] ?? 'exception', details: { text: problem.message }, diagnostics: problem.code }] }
  send(request, response, problem.code === 'NOT_ALLOWED' ? 404 : PROBLEM_TRANSPORT[problem.code].status, JSON.stringify(outcome), { 'content-type': 'application/fhir+json', ...problemHeaders(problem) })
}

/** Issue types of FHIR R4 (value set issue-type). */
const ISSUE: Readonly<Partial<Record<Problem['code'], string>>> = {
  INPUT_MALFORMED: 'invalid', NOT_SIGNED_IN: 'login', PROOF_OF_POSSESSION_INVALID: 'login', NOT_ALLOWED: 'not-found', RATE_LIMITED: 'throttled', BUSY: 'throttled', UNAVAILABLE: 'transient',
}
