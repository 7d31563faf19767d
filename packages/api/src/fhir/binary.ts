import type { z } from 'zod'
import { hospital } from '../contracts/hospital/index.ts'
import { Problem } from '../contracts/problem.ts'
import { attachmentHeaders } from '../http/attachment-headers.ts'
import { sendAttachment, withStreamingPlace } from '../http/attachment-route.ts'
import type { Caller } from '../http/identify.ts'
import { send } from '../http/respond.ts'
import type { RouteRequest } from '../http/route-request.ts'
import { API_HEADERS } from '../http/security-headers.ts'
import { toProblem } from '../to-problem.ts'
import { answerCall } from './fhir-call.ts'
import type { FhirAnswer, FhirCall, FhirServer } from './fhir-server.ts'
import { FHIR_JSON } from './negotiate.ts'
import { FhirRefusal } from './outcome.ts'

export interface BinaryRequest {
  readonly form: 'json' | 'bytes'
  readonly caller: Caller
  /** Before anything is answered. */
  readonly useUp: () => Promise<void>
}

/**
 * `GET /Binary/<id>`: a Binary that was written as a resource, or an attachment by the id of its entry. Both are decided like any reading; an
 * attachment streams, whole or by `Range`, and as base64 inside JSON where that is asked for. `record=<entry id>` names the record that leads to
 * it, which a consent for some types or days needs. Errors: Problem, FhirRefusal.
 */
export async function answerBinary(route: RouteRequest, at: FhirServer, call: FhirCall, { form, caller, useUp }: BinaryRequest): Promise<void> {
  const { interaction } = call
  const resource = await keptBinary(at, call)
  await useUp()
  if (resource !== undefined) return sendResource(route, resource, form)
  const operation = at.server.operations.get(hospital.attachments.read.name)
  if (operation === undefined || interaction.kind !== 'read') throw new Problem('NOT_ALLOWED', 'This does not exist or you may not use it.')
  const query = { ...only(call, 'record'), ...(call.purpose === undefined ? {} : { purpose: call.purpose }) }
  await withStreamingPlace(at.server, () => sendAttachment(route, at.server, { operation, caller, id: interaction.id, query, form, ifNoneMatch: call.ifNoneMatch }))
}

/** A Binary that was written as a resource; `undefined`: there may be an attachment. */
async function keptBinary(at: FhirServer, call: FhirCall): Promise<FhirAnswer | undefined> {
  const { interaction } = call
  return answerCall(at, call).catch((thrown: unknown) => {
    if (toProblem(thrown).code === 'NOT_ALLOWED' && interaction.kind === 'read' && interaction.version === undefined && uuid.test(interaction.id)) return undefined
    throw thrown
  })
}

/** Largest attachment inside a Bundle; larger ones stream by themselves. */
const insideMax = 4 * 1_048_576

/** A Binary inside a Bundle, as FHIR JSON: a resource, or an attachment of at most 4 MiB. Errors: Problem; FhirRefusal 413 for a larger one. */
export async function binaryInside(at: FhirServer, call: FhirCall): Promise<FhirAnswer> {
  const resource = await keptBinary(at, call)
  if (resource !== undefined) return resource
  const operation = at.server.operations.get(hospital.attachments.read.name)
  if (operation === undefined || call.interaction.kind !== 'read') throw new Problem('NOT_ALLOWED', 'This does not exist or you may not use it.')
  const { id } = call.interaction
  const reply: { chunks?: AsyncIterable<Uint8Array> } = {}
  const context = at.streaming((chunks) => { reply.chunks = chunks })
  const { mediaType, size, recordedAt } = (await at.server.invoke(operation, context, { ...only(call, 'record'), ...(call.purpose === undefined ? {} : { purpose: call.purpose }), id })) as z.output<typeof hospital.attachments.read.output>
  if (size > insideMax) throw new FhirRefusal(413, 'too-costly', 'Inside a Bundle a Binary has at most 4 MiB. Ask for this one by GET /Binary/<id>.')
  const chunks: Uint8Array[] = []
  for await (const chunk of reply.chunks ?? []) chunks.push(chunk)
  const text = JSON.stringify({ resourceType: 'Binary', id, contentType: mediaType, data: Buffer.concat(chunks).toString('base64') })
  return { status: 200, text, headers: { etag: `W/"${id}"`, 'last-modified': new Date(recordedAt).toUTCString() } }
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const only = ({ query }: FhirCall, wanted: string): object => Object.fromEntries(query.filter(([name]) => name === wanted))

/** A Binary that is a resource holds its bytes as base64. */
function sendResource({ request, response, requestId }: RouteRequest, { status, text, headers }: FhirAnswer, form: BinaryRequest['form']): void {
  const common = { ...API_HEADERS, 'x-request-id': requestId, ...headers }
  if (text === undefined || form === 'json') return send(request, response, status, text ?? '', text === undefined ? common : { 'content-type': FHIR_JSON, ...common })
  const { contentType, data } = JSON.parse(text) as { readonly contentType?: string; readonly data?: string }
  const version = /"(.+)"/.exec(headers['etag'] ?? '')?.[1] ?? ''
  const { 'accept-ranges': _ranges, ...described } = attachmentHeaders(version, contentType ?? '')
  send(request, response, status, Buffer.from(data ?? '', 'base64'), { ...described, ...common })
}
