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
import type { FhirAnswer, FhirCall, FhirServer } from './fhir-call.ts'
import { FHIR_JSON } from './negotiate.ts'

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
  const resource = await answerCall(at, call).catch((thrown: unknown) => {
    if (toProblem(thrown).code === 'NOT_ALLOWED' && interaction.kind === 'read' && interaction.version === undefined && uuid.test(interaction.id)) return undefined
    throw thrown
  })
  await useUp()
  if (resource !== undefined) return sendResource(route, resource, form)
  const operation = at.server.operations.get(hospital.attachments.read.name)
  if (operation === undefined || interaction.kind !== 'read') throw new Problem('NOT_ALLOWED', 'This does not exist or you may not use it.')
  const query = { ...only(call, 'record'), ...(call.purpose === undefined ? {} : { purpose: call.purpose }) }
  await withStreamingPlace(at.server, () => sendAttachment(route, at.server, { operation, caller, id: interaction.id, query, form, ifNoneMatch: call.ifNoneMatch }))
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
