import { pipeline } from 'node:stream/promises'
import { fromBase64url, fromUtf8 } from '@careledger/proof'
import { Problem } from '../contracts/problem.ts'
import { FHIR_JSON } from '../fhir/negotiate.ts'
import type { AnyOperation } from '../operation.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'
import { toProblem } from '../to-problem.ts'
import { attachmentHeaders, parseRange } from './attachment-headers.ts'
import { CallContext } from './call-context.ts'
import { parseJson } from './check-json.ts'
import { identify, type Caller } from './identify.ts'
import { declaredBytes } from './read-body.ts'
import { send, sendJson, sendProblem } from './respond.ts'
import type { RouteRequest } from './route-request.ts'
import { API_HEADERS } from './security-headers.ts'
import type { ServerParts } from './server-parts.ts'
import { streamBody } from './stream-body.ts'

/** Uploads and downloads under way, of each server. */
const streaming = new WeakMap<ServerParts, number>()

/**
 * `PUT /attachments/<id>` with the bytes as body and the signed entry in the header `careledger-attachment`, `PATCH` of the same for the next
 * part of one that was begun (`upload-offset`), and `GET` or `HEAD`,
 * whole or by `Range`. Who calls and whether it may is settled before a byte of the body is read or sent.
 */
export async function handleAttachment(route: RouteRequest, server: ServerParts): Promise<void> {
  const { request, response, path } = route
  try {
    const id = /^\/attachments\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(path)?.[1]
    if (id === undefined) return sendProblem(request, response, new Problem('INPUT_MALFORMED', 'There is nothing at this address.'), 404)
    if (request.method === 'PUT') return await handle(route, server, 'hospital.attachments.add', (operation, caller) => upload(route, server, operation, caller, id))
    if (request.method === 'PATCH') return await handle(route, server, 'hospital.attachments.append', (operation, caller) => append(route, server, operation, caller, id))
    if (request.method === 'GET' || request.method === 'HEAD') return await handle(route, server, 'hospital.attachments.read', (operation, caller) => sendAttachment(route, server, { operation, caller, id, query: Object.fromEntries(new URLSearchParams(route.query)), form: 'bytes' }))
    sendProblem(request, response, new Problem('INPUT_MALFORMED', 'Use PUT, PATCH, GET or HEAD.'), 405)
  } catch (thrown) {
    if (response.headersSent) return void response.destroy()
    sendProblem(request, response, toProblem(thrown))
  }
}

/** Proof and rule first; then one of the bounded places. */
async function handle(route: RouteRequest, server: ServerParts, name: string, body: (operation: AnyOperation, caller: Caller) => Promise<void>): Promise<void> {
  const operation = server.operations.get(name)
  if (operation === undefined) throw new Problem('INPUT_MALFORMED', 'There is no such operation here.')
  let caller: Caller
  try {
    caller = await identify({ request: route.request, auth: server.auth, origin: route.origin, path: route.path, actorNeeded: true, now: route.now })
  } catch (thrown) {
    throw server.chargeFailure(route, toProblem(thrown))
  }
  await server.checkCaller(operation.contract, { actor: caller.actor, address: route.address }, performance.now())
  await withStreamingPlace(server, () => body(operation, caller))
}

/** Errors: BUSY where every place is taken. */
export async function withStreamingPlace(server: ServerParts, body: () => Promise<void>): Promise<void> {
  const open = streaming.get(server) ?? 0
  if (open >= server.limits.streamsMax) throw new Problem('BUSY', PROBLEM_SENTENCE.BUSY, { details: { retryAfterSeconds: 5 } })
  streaming.set(server, open + 1)
  try {
    await body()
  } finally {
    streaming.set(server, (streaming.get(server) ?? 1) - 1)
  }
}

async function upload(route: RouteRequest, server: ServerParts, operation: AnyOperation, caller: Caller, id: string): Promise<void> {
  const { request, response } = route
  if (request.headers['content-encoding'] !== undefined) throw new Problem('INPUT_MALFORMED', 'Compressed bodies are not taken.')
  const input = headerInput(request.headers['careledger-attachment'], server.limits.jsonDepthMax)
  const [size, declared] = [memberOf(input, 'size'), declaredBytes(request)]
  if (typeof size === 'number' && size > server.limits.attachmentBytesMax) throw tooLarge(server.limits.attachmentBytesMax)
  if (declared !== undefined && declared !== size) throw new Problem('INPUT_MALFORMED', 'Content-Length is another than the size in the header.')
  const entry = memberOf(input, 'entry')
  if (typeof entry !== 'string' || !entry.includes(`"id":"${id}"`)) throw new Problem('INPUT_MALFORMED', 'The entry in the header is another than the address names.')
  const context = new CallContext(route, server, caller, { body: streamBody(request, response, server.limits) })
  sendJson(request, response, 200, await server.invoke(operation, context, input), { 'x-request-id': route.requestId })
}

/** The next part of an attachment that was begun; Content-Length says how much comes. */
async function append(route: RouteRequest, server: ServerParts, operation: AnyOperation, caller: Caller, id: string): Promise<void> {
  const { request, response } = route
  if (request.headers['content-encoding'] !== undefined) throw new Problem('INPUT_MALFORMED', 'Compressed bodies are not taken.')
  const [offset, size] = [request.headers['upload-offset'], declaredBytes(request)]
  if (typeof offset !== 'string' || !/^\d{1,15}$/.test(offset)) throw new Problem('INPUT_MALFORMED', 'The header upload-offset says where the part begins.')
  if (size === undefined) throw new Problem('INPUT_MALFORMED', 'A part says its Content-Length.')
  if (Number(offset) + size > server.limits.attachmentBytesMax) throw tooLarge(server.limits.attachmentBytesMax)
  const context = new CallContext(route, server, caller, { body: streamBody(request, response, server.limits) })
  sendJson(request, response, 200, await server.invoke(operation, context, { id, offset: Number(offset), size }), { 'x-request-id': route.requestId })
}

export interface Download {
  readonly operation: AnyOperation
  readonly caller: Caller
  readonly id: string
  /** Further input of the operation. */
  readonly query: object
  /** `json`: a FHIR Binary, with the bytes as base64; always whole. */
  readonly form: 'bytes' | 'json'
  readonly ifNoneMatch?: readonly string[] | undefined
}

/** Sends an attachment after its decision: whole or by `Range`, nothing of it held in memory. */
export async function sendAttachment(route: RouteRequest, server: ServerParts, { operation, caller, id, query, form, ifNoneMatch }: Download): Promise<void> {
  const { request, response } = route
  const condition = request.headers['if-range']
  const range = form === 'bytes' && (condition === undefined || condition === `"${id}"`) ? parseRange(request.headers.range) : undefined
  const reply: { chunks?: AsyncIterable<Uint8Array> } = {}
  const context = new CallContext(route, server, caller, { reply: (chunks) => { reply.chunks = chunks } })
  const { mediaType, size, from, to } = (await server.invoke(operation, context, { ...query, id, ...(range === undefined ? {} : { range }) })) as { readonly mediaType: string; readonly size: number; readonly from: number; readonly to: number }
  const described = { ...API_HEADERS, ...attachmentHeaders(id, mediaType), 'x-request-id': route.requestId }
  if (ifNoneMatch?.some((tag) => tag === id || tag === '*') === true) return send(request, response, 304, '', described)
  if (range !== undefined && from === to) return send(request, response, 416, '', { ...described, 'content-range': `bytes */${size}` })
  const chunks = request.method === 'HEAD' || reply.chunks === undefined ? nothing() : await begun(reply.chunks)
  const json = form === 'json' ? binaryText(id, mediaType) : undefined
  const { 'accept-ranges': _ranges, 'content-disposition': _disposition, ...whole } = described
  if (json === undefined) response.writeHead(range === undefined ? 200 : 206, { ...described, 'content-length': to - from, ...(range === undefined ? {} : { 'content-range': `bytes ${from}-${to - 1}/${size}` }) })
  else response.writeHead(200, { ...whole, 'content-type': FHIR_JSON, 'content-length': Buffer.byteLength(json.before) + Math.ceil(size / 3) * 4 + json.after.length })
  try {
    await pipeline(json === undefined || request.method === 'HEAD' ? chunks : asBase64(chunks, json), response)
  } catch (thrown) {
    // The caller went away, or the right ended while it read: the answer is cut off, and asking for the rest gives the refusal.
    server.logger.warn({ requestId: route.requestId, outcome: toProblem(thrown).code }, 'attachment cut off')
    response.destroy()
  }
}

const binaryText = (id: string, contentType: string) => ({ before: `${JSON.stringify({ resourceType: 'Binary', id, contentType }).slice(0, -1)},"data":"`, after: '"}' })

async function* asBase64(chunks: AsyncIterable<Uint8Array>, { before, after }: ReturnType<typeof binaryText>): AsyncGenerator<string> {
  yield before
  let rest = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([rest, chunk])
    const whole = bytes.length - (bytes.length % 3)
    yield bytes.toString('base64', 0, whole)
    rest = Buffer.from(bytes.subarray(whole))
  }
  yield rest.toString('base64') + after
}

/** The same chunks, the first of which is there: what is missing or damaged is an answer and not a broken connection. */
async function begun(chunks: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  return (async function* () {
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  })()
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Errors: INPUT_MALFORMED without the header, or where it is not base64url of JSON. */
function headerInput(header: string | string[] | undefined, depthMax: number): unknown {
  if (typeof header !== 'string') throw new Problem('INPUT_MALFORMED', 'The header careledger-attachment with the signed entry is missing.')
  let text: string
  try {
    text = fromUtf8(fromBase64url(header))
  } catch (cause) {
    throw new Problem('INPUT_MALFORMED', 'The header careledger-attachment is not base64url of UTF-8.', { cause })
  }
  return parseJson(text, depthMax)
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function tooLarge(limit: number): Problem {
  return new Problem('INPUT_TOO_LARGE', `An attachment has at most ${limit} bytes here. Split it, or ask the operator for more.`, { details: { limit } })
}
