import type { IncomingMessage, ServerResponse } from 'node:http'
import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api'

export type { Tracer }

/**
 * Runs `body` in a span of the request, which ends with its answer: method, route (a closed set) and status, and nothing of address, headers
 * or body. A caller's `traceparent` is not taken: its `tracestate` would leave the platform with our spans.
 */
export function inRequestSpan(tracer: Tracer, route: string, request: IncomingMessage, response: ServerResponse, body: () => Promise<void>): Promise<void> {
  const method = request.method ?? 'GET'
  return tracer.startActiveSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes: { 'http.request.method': method, 'http.route': route } }, (span) => {
    response.once('close', () => {
      span.setAttribute('http.response.status_code', response.statusCode)
      if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    })
    return body()
  })
}

/** Runs `body` in a span that says its outcome: `OK`, or what `codeOf` gives of an error. Attributes hold names and numbers only. */
export function inSpan<T>(tracer: Tracer, name: string, { attributes, codeOf }: { readonly attributes: Readonly<Record<string, string | number>>; readonly codeOf: (error: unknown) => string }, body: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      const answer = await body()
      span.setAttribute('careledger.outcome', 'OK')
      return answer
    } catch (error) {
      span.setAttribute('careledger.outcome', codeOf(error))
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}
