import type { ServerResponse } from 'node:http'
import type { Actor, Authentication, PendingProof, Session } from '@careledger/identity'
import type { Parts } from '@careledger/logic'
import type { Context } from '../operation.ts'
import type { Caller } from './identify.ts'
import { declaredBytes } from './read-body.ts'
import type { RouteRequest } from './route-request.ts'
import type { ServerParts } from './server-parts.ts'

/**
 * The context of the calls of one request. Its signal is made when an operation asks for it, which most never do. A class, because a getter
 * in an object literal gives every object a hidden class of its own (V8), and that cost more than the whole call.
 */
export class CallContext implements Context {
  readonly parts: Parts
  readonly auth: Authentication
  readonly actor: Actor | undefined
  readonly session: Session | undefined
  readonly possession: string | undefined
  readonly proof: PendingProof | undefined
  readonly body: AsyncIterable<Uint8Array> | undefined
  readonly reply: ((chunks: AsyncIterable<Uint8Array>) => void) | undefined
  readonly bodyBytes: number | undefined
  readonly address: string
  readonly origin: string
  readonly requestId: string
  readonly now: Date
  readonly #response: ServerResponse
  readonly #running: Set<AbortController>
  #signal: AbortSignal | undefined

  constructor(route: RouteRequest, server: ServerParts, caller: Caller, streams: Pick<Context, 'body' | 'reply'> = {}) {
    this.parts = server.parts
    this.auth = server.auth
    this.actor = caller.actor
    this.session = caller.session
    this.possession = caller.possession
    this.proof = caller.proof
    this.body = streams.body
    this.reply = streams.reply
    this.bodyBytes = declaredBytes(route.request)
    this.address = route.address
    this.origin = route.origin
    this.requestId = route.requestId
    this.now = route.now
    this.#response = route.response
    this.#running = server.running
  }

  get signal(): AbortSignal {
    return (this.#signal ??= abortSignal(this.#response, this.#running))
  }
}

/** Aborted when the caller goes away before the answer, or the server has to stop. */
function abortSignal(response: ServerResponse, running: Set<AbortController>): AbortSignal {
  const controller = new AbortController()
  if (response.closed) controller.abort()
  running.add(controller)
  response.once('close', () => {
    running.delete(controller)
    if (!response.writableFinished) controller.abort()
  })
  return controller.signal
}
