import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '../contracts/problem.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'
import { toProblem } from '../to-problem.ts'
import { handleAttachment } from './attachment-route.ts'
import { handleFhir } from '../fhir/fhir-route.ts'
import { handleBulk, isBulkPath } from '../bulk/bulk-routes.ts'
import { handleEvents } from './event-routes.ts'
import { handleHealthLink, handleIssuer } from './carry-routes.ts'
import { handleElsewhere } from './elsewhere-route.ts'
import { handleIdentity } from './identity-routes.ts'
import { handleLog } from './log-routes.ts'
import type { Origins } from './origins.ts'
import { send, sendJson, sendProblem } from './respond.ts'
import type { RouteRequest } from './route-request.ts'
import type { ServerParts } from './server-parts.ts'
import { handleToken } from './token-route.ts'
import { inRequestSpan } from '../tracing.ts'
import { handleTrpc } from './trpc-handler.ts'

export interface AnswerSettings {
  readonly server: ServerParts
  /** Every route but `/health` and `/metrics` is not there. */
  readonly onlyHealth: boolean
  readonly origins: Origins
  readonly ready: () => Promise<boolean>
  /** The OpenAPI document as served under an origin. */
  readonly openapi: (origin: string) => string
  readonly addressOf: (request: IncomingMessage) => string
}

/** The server's one listener: bounds the requests being answered, finds the route, and turns whatever it throws into an answer. */
export function answerRequest(settings: AnswerSettings): (request: IncomingMessage, response: ServerResponse) => void {
  const { server } = settings
  let open = 0
  return (request, response) => {
    const name = routeName(request.url ?? '')
    const counted = name !== 'events'
    if (counted) open++
    server.metrics.open.inc()
    response.once('close', () => {
      if (counted) open--
      server.metrics.open.dec()
      server.metrics.request(name, response.statusCode)
    })
    request.on('error', ignore)
    // What was accepted is served; what comes on top is told at once to come again. An operator sees in either case.
    const full = name === 'health' || name === 'metrics' ? undefined : open > server.limits.requestsMax ? 'requests' : server.load.overloaded() ? 'lag' : undefined
    if (full !== undefined) {
      server.metrics.shed(full)
      return sendProblem(request, response, new Problem('BUSY', PROBLEM_SENTENCE.BUSY, { details: { retryAfterSeconds: 1 } }))
    }
    const work = () => handle(name, settings, request, response)
    const answered = server.tracer === undefined ? work() : inRequestSpan(server.tracer, name, request, response, work)
    answered.catch((thrown: unknown) => {
      const problem = toProblem(thrown)
      server.logger.error({ route: name, outcome: problem.code }, 'route failed')
      sendProblem(request, response, problem)
    })
  }
}

/** The socket's own trouble ends its request; the routes see it as an aborted body or signal. */
function ignore(): void {}

type RouteName = 'trpc' | 'events' | 'attachments' | 'fhir' | 'bulk' | 'shl' | 'issuers' | 'identity' | 'health' | 'metrics' | 'log' | 'token' | 'openapi' | 'elsewhere' | 'web'

function routeName(url: string): RouteName {
  if (url.startsWith('/trpc/')) return 'trpc'
  if (url.startsWith('/attachments/')) return 'attachments'
  if (url.startsWith('/health/')) return 'health'
  if (url.startsWith('/log/')) return 'log'
  if (url.startsWith('/shl/')) return 'shl'
  if (url.startsWith('/at/')) return 'elsewhere'
  if (url.startsWith('/issuers/')) return 'issuers'
  if (url.startsWith('/orgs/')) return 'identity'
  const path = url.split('?', 1)[0]
  if (path === '/events') return 'events'
  if (path !== undefined && isBulkPath(path)) return 'bulk'
  if (path === '/fhir/r4' || url.startsWith('/fhir/r4/') || path === '/.well-known/smart-configuration') return 'fhir'
  if (path === '/.well-known/did.json') return 'identity'
  return path === '/metrics' ? 'metrics' : path === '/oauth/token' ? 'token' : path === '/openapi.json' ? 'openapi' : 'web'
}

async function handle(name: RouteName, settings: AnswerSettings, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { server } = settings
  const route = toRoute(settings, request, response)
  if (name === 'health') return handleHealth(route, settings.ready)
  if (route.origin === '') return sendProblem(request, response, new Problem('INPUT_MALFORMED', 'This host is not served here.'), 421)
  if (settings.onlyHealth && name !== 'metrics') return sendProblem(request, response, new Problem('INPUT_MALFORMED', 'There is nothing at this address.'), 404)
  if (name === 'trpc') return handleTrpc(route, server)
  if (name === 'attachments') return handleAttachment(route, server)
  if (name === 'fhir') return handleFhir(route, server)
  if (name === 'events') return handleEvents(route, server)
  if (name === 'bulk') return handleBulk(route, server)
  if (name === 'token') return handleToken(route, server)
  if (name === 'log') return handleLog(route, server)
  if (name === 'elsewhere') return handleElsewhere(route, server)
  if (name === 'shl') return handleHealthLink(route, server)
  if (name === 'issuers' && isRead(request)) return handleIssuer(route, server)
  if (name === 'identity' && isRead(request)) return handleIdentity(route, server)
  if (name === 'openapi' && isRead(request)) return sendJson(request, response, 200, settings.openapi(route.origin), { 'cache-control': 'public, max-age=300' })
  if (name === 'metrics' && isRead(request) && server.metricsAllowed(route)) {
    return send(request, response, 200, await server.metrics.scrape(), { 'content-type': server.metrics.registry.contentType })
  }
  if (name === 'web' && server.files !== undefined && (await server.files.serve(route))) return
  sendProblem(request, response, new Problem('INPUT_MALFORMED', 'There is nothing at this address.'), isRead(request) || name === 'web' ? 404 : 405)
}

function isRead(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD'
}

async function handleHealth({ path, request, response }: RouteRequest, ready: () => Promise<boolean>): Promise<void> {
  if (!isRead(request)) return sendProblem(request, response, new Problem('INPUT_MALFORMED', 'Use GET.'), 405)
  if (path === '/health/live') return sendJson(request, response, 200, { status: 'live' })
  if (path !== '/health/ready') return sendProblem(request, response, new Problem('INPUT_MALFORMED', 'There is nothing at this address.'), 404)
  const usable = await ready().catch(() => false)
  sendJson(request, response, usable ? 200 : 503, { status: usable ? 'ready' : 'not-ready' }, usable ? {} : { 'retry-after': '1' })
}

function toRoute({ server, origins, addressOf }: AnswerSettings, request: IncomingMessage, response: ServerResponse): RouteRequest {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  return {
    request, response,
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? '' : url.slice(mark + 1),
    origin: origins.of(request.headers.host ?? '') ?? '',
    address: addressOf(request),
    requestId: randomUUID(),
    now: server.parts.now(),
  }
}
