import type { IncomingMessage, ServerResponse } from 'node:http'

/** One request, as far as every route needs it. */
export interface RouteRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** As sent, without query. */
  readonly path: string
  readonly query: string
  /** The own origin that the caller addressed, for example `https://care.example`. */
  readonly origin: string
  readonly address: string
  readonly requestId: string
  readonly now: Date
}
