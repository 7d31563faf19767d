import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Parts } from '@careledger/logic'
import type { Authentication } from '@careledger/identity'
import { createAuditTrail } from '../audit-trail.ts'
import type { ElsewherePlace } from '../contracts/federation.ts'
import { createCheckCaller } from '../caller-check.ts'
import { createHeavyCalls } from '../heavy-calls.ts'
import type { HeavyCalls } from '../heavy-calls.ts'
import { createInvoke } from '../invoke.ts'
import type { Logger } from '../logger.ts'
import { createMetrics } from '../metrics.ts'
import type { Metrics } from '../metrics.ts'
import { openapiDocument } from '../openapi.ts'
import { operationsByName } from '../operation.ts'
import type { OperationTree } from '../operation.ts'
import { PROBLEM_TRANSPORT } from '../problem-codes.ts'
import { createRateLimit } from '../rate-limit.ts'
import { toProblem } from '../to-problem.ts'
import type { Tracer } from '../tracing.ts'
import { answerRequest } from './answer-request.ts'
import { EventStreams } from './event-streams.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import type { ServerLimits } from './limits.ts'
import { createLoadShed, type LoadShed } from './load-shed.ts'
import { createOrigins } from './origins.ts'
import { createBodyReader } from './read-body.ts'
import type { RouteRequest } from './route-request.ts'
import type { ServerParts } from './server-parts.ts'
import { createStaticFiles } from './static-files.ts'

export interface ServerOptions {
  /** Usually `createOperations(...)`; a platform with networks of its own adds them to the tree. */
  readonly operations: OperationTree
  readonly parts: Parts
  readonly auth: Authentication
  readonly logger: Logger
  /** Default 127.0.0.1: this machine only. */
  readonly host?: string | undefined
  /** 0 (default): any free port. */
  readonly port?: number | undefined
  /**
   * The origins under which callers may address the server, for example `https://care.example`; proofs of possession are bound to them and
   * any other Host is refused (421). On loopback the loopback names are added.
   */
  readonly origins?: readonly string[] | undefined
  readonly limits?: Partial<ServerLimits> | undefined
  /** Certificate chain and private key, PEM: HTTPS by HTTP/1.1, TLS 1.2 or later. Default: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  /** Other instances that people here may read at through this server; the same as in `createOperations`. */
  readonly elsewhere?: (() => readonly ElsewherePlace[]) | undefined
  /** The built web app, served beside the API. */
  readonly staticDirectory?: string | undefined
  readonly metrics?: Metrics | undefined
  /** Makes a span for each request and operation; default: none, at no cost. */
  readonly tracer?: Tracer | undefined
  /** What decides whether new requests are refused for now; default: the event loop's lateness against `limits.lagMaxMs`. */
  readonly load?: LoadShed | undefined
  /** Where large calls wait for their turn; for others in this process that work beside requests. Default: one of its own. */
  readonly heavy?: HeavyCalls | undefined
  /** Who may read `/metrics`: callers on this machine that no proxy forwarded (default), everyone, or nobody. */
  readonly metricsFor?: 'loopback' | 'everyone' | 'nobody' | undefined
  /** Answers `/health` and `/metrics` and nothing else: a worker's server. */
  readonly onlyHealth?: boolean | undefined
  /** Whether the instance is usable; default: the store's health. */
  readonly ready?: (() => Promise<boolean>) | undefined
  /** The caller's address; default: the socket's. Behind a proxy: from the header that the proxy sets. */
  readonly addressOf?: ((request: IncomingMessage) => string) | undefined
}

export interface ApiServer {
  /** Starts to listen. Errors: those of `net.Server.listen`, for example EADDRINUSE. */
  listen(): Promise<{ readonly url: string; readonly port: number }>
  /** Takes no new connections, waits `stopMs` for requests being answered, then closes what is left. Idempotent. */
  stop(): Promise<void>
  readonly metrics: Metrics
}

/** The HTTP server of an instance: `/trpc`, `/oauth/token`, `/log`, `/health`, `/metrics`, `/openapi.json` and the web app. */
export function createServer(options: ServerOptions): ApiServer {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const metrics = options.metrics ?? createMetrics({ process: true })
  const running = new Set<AbortController>()
  const stopping = new AbortController()
  const origins = createOrigins(options.origins ?? [])
  const server = toServerParts(options, limits, metrics, running, stopping.signal)
  const answer = answerRequest({ server, onlyHealth: options.onlyHealth ?? false, origins, ready: options.ready ?? storeReady(options.parts), openapi: openapiText(server), addressOf: options.addressOf ?? socketAddress })
  const http = createLimitedServer(limits, answer, options.tls)
  let stopped: Promise<void> | undefined
  return {
    metrics,
    async listen() {
      await new Promise<void>((resolve, reject) => {
        http.once('error', reject)
        http.listen(options.port ?? 0, options.host ?? '127.0.0.1', () => resolve(void http.off('error', reject)))
      })
      const { port, address } = http.address() as AddressInfo
      return { port, url: origins.listening(address, port, options.tls === undefined ? 'http' : 'https') }
    },
    stop() {
      stopping.abort()
      return (stopped ??= stop(http, running, limits.stopMs).finally(() => server.load.stop()))
    },
  }
}

function toServerParts(options: ServerOptions, limits: ServerLimits, metrics: Metrics, running: Set<AbortController>, stopping: AbortSignal): ServerParts {
  const rate = { keys: createRateLimit(limits.perKey), addresses: createRateLimit(limits.perAddress) }
  const trail = createAuditTrail(options.parts)
  const invoke = createInvoke({ metrics, logger: options.logger, rate, trail, heavy: options.heavy ?? createHeavyCalls(), tracer: options.tracer })
  const takeAddress = (route: RouteRequest, points: number) => rate.addresses.take(route.address, points, performance.now())
  return {
    operations: operationsByName(options.operations),
    parts: trail.parts, auth: options.auth, limits, metrics, logger: options.logger, running, stopping, takeAddress, tracer: options.tracer,
    load: options.load ?? createLoadShed(limits.lagMaxMs),
    events: new EventStreams(),
    invoke,
    checkCaller: createCheckCaller({ rate, trail }),
    trail,
    bodies: createBodyReader(limits),
    elsewhere: options.elsewhere ?? (() => []),
    files: options.staticDirectory === undefined ? undefined : createStaticFiles(options.staticDirectory),
    metricsAllowed: (route) => metricsAllowed(options.metricsFor ?? 'loopback', route.request),
    chargeFailure(route, problem) {
      if (PROBLEM_TRANSPORT[problem.code].status >= 500) {
        options.logger.error({ requestId: route.requestId, outcome: problem.code }, 'caller not checked')
        return problem
      }
      // A proof that names no nonce yet is the first half of every sign-in (RFC 9449 §8), not a failure.
      const failed = problem.details.check !== 'nonce'
      if (failed) options.logger.warn({ requestId: route.requestId, outcome: problem.code, check: String(problem.details.check ?? '') }, 'caller refused')
      try {
        takeAddress(route, failed ? limits.failureCost : 1)
        return problem
      } catch (thrown) {
        return toProblem(thrown)
      }
    },
  }
}

function createLimitedServer(limits: ServerLimits, answer: (request: IncomingMessage, response: ServerResponse) => void, tls: ServerOptions['tls']): Server {
  const settings = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.slowMs,
    // Bodies are bounded by their pace and, but for attachments, by a whole of slowMs * 30 (read-body.ts): one of gigabytes takes its time.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(1000, limits.slowMs),
    keepAliveTimeout: limits.keepAliveMs,
    requireHostHeader: true,
    noDelay: true,
  }
  const http = tls === undefined ? createHttpServer(settings, answer) : createHttpsServer({ ...settings, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: limits.slowMs }, answer)
  http.maxHeadersCount = limits.headersMax
  http.maxConnections = limits.connectionsMax
  http.timeout = limits.slowMs * 12
  http.on('checkContinue', answer)
  http.on('clientError', refuseSocket)
  return http
}

/** What is no HTTP gets one line and the end of the connection. */
function refuseSocket(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}

async function stop(http: Server, running: ReadonlySet<AbortController>, stopMs: number): Promise<void> {
  if (!http.listening) return
  const closed = new Promise<void>((resolve) => http.close(() => resolve()))
  http.closeIdleConnections()
  const timer = setTimeout(() => {
    for (const controller of running) controller.abort()
    setTimeout(() => http.closeAllConnections(), 100)
  }, stopMs)
  await closed
  clearTimeout(timer)
}

/** Made once for each origin asked under, of which there are few. */
function openapiText(server: ServerParts): (origin: string) => string {
  const made = new Map<string, string>()
  const contracts = [...server.operations.values()].map((operation) => operation.contract)
  return (origin) => {
    const text = made.get(origin) ?? JSON.stringify(openapiDocument(contracts, origin))
    made.set(origin, text)
    return text
  }
}

function storeReady(parts: Parts): () => Promise<boolean> {
  return async () => (await parts.store.health()).ok
}

function socketAddress(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? 'unknown'
}

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/

function metricsAllowed(who: 'loopback' | 'everyone' | 'nobody', request: IncomingMessage): boolean {
  if (who !== 'loopback') return who === 'everyone'
  const forwarded = request.headers['forwarded'] ?? request.headers['x-forwarded-for'] ?? request.headers['via']
  return forwarded === undefined && LOOPBACK.test(socketAddress(request))
}
