import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fromBase64url, fromUtf8 } from '@careledger/proof'
import { Problem } from '../contracts/problem.ts'
import { toProblem } from '../to-problem.ts'
import { withStreamingPlace } from './attachment-route.ts'
import { parseJson } from './check-json.ts'
import { identify } from './identify.ts'
import { sendProblem } from './respond.ts'
import type { RouteRequest } from './route-request.ts'
import { API_HEADERS } from './security-headers.ts'
import type { ServerParts } from './server-parts.ts'

/** Of what is sent on, and of what comes back; nothing else passes. */
const SENT = ['authorization', 'dpop', 'content-type', 'accept', 'range'] as const
const RETURNED = ['content-type', 'content-range', 'accept-ranges', 'content-disposition', 'date', 'retry-after', 'dpop-nonce', 'www-authenticate'] as const
/** How long another instance may take to begin its answer. */
const answerMs = 15_000

/**
 * `POST /at/<place>/trpc/…` and `/at/<place>/attachments/…`: hands one request on to another instance that the operator has named, and its
 * answer back, both as they are. Pages call their own origin only; this server is their way out, and the other instance decides. The caller is
 * somebody of this instance, by a session here; for the other one the header `careledger-away` brings what they signed for it, base64url of
 * `{"method", "headers"}`. Its status stands in `careledger-away-status`, so that no answer of there is taken for one of here. Errors: Problem
 * NOT_SIGNED_IN, NOT_ALLOWED, INPUT_MALFORMED; UNAVAILABLE where the other one does not answer.
 */
export async function handleElsewhere(route: RouteRequest, server: ServerParts): Promise<void> {
  const { request, response } = route
  try {
    const [, name, path] = /^\/at\/([a-z0-9][a-z0-9-]{0,30})(\/(?:trpc\/[A-Za-z0-9.,]{1,2000}|attachments\/[0-9a-f-]{36}))$/.exec(route.path) ?? []
    if (request.method !== 'POST' || name === undefined || path === undefined) return sendProblem(request, response, new Problem('INPUT_MALFORMED', 'There is nothing at this address.'), 404)
    await admit(route, server)
    const place = server.elsewhere().find((one) => one.name === name)
    if (place === undefined) throw new Problem('NOT_ALLOWED', 'This does not exist or you may not use it.')
    const away = readAway(request.headers['careledger-away'], server.limits.jsonDepthMax)
    const body = away.method === 'GET' ? undefined : await server.bodies.read(request, response, server.limits.bodyBytesMax)
    await withStreamingPlace(server, () => handOn(route, `${place.url.replace(/\/$/, '')}${path}${route.query === '' ? '' : `?${route.query}`}`, away, body))
  } catch (thrown) {
    if (response.headersSent) return void response.destroy()
    sendProblem(request, response, toProblem(thrown))
  }
}

/** Who may ask which places there are may read at them. */
async function admit(route: RouteRequest, server: ServerParts): Promise<void> {
  const operation = server.operations.get('identity.elsewhere')
  if (operation === undefined) throw new Problem('INPUT_MALFORMED', 'There is no such operation here.')
  try {
    const { actor } = await identify({ request: route.request, auth: server.auth, origin: route.origin, path: route.path, actorNeeded: true, now: route.now })
    await server.checkCaller(operation.contract, { actor, address: route.address }, performance.now())
    server.takeAddress(route, 1)
  } catch (thrown) {
    throw server.chargeFailure(route, toProblem(thrown))
  }
}

interface Away {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
}

/** Errors: INPUT_MALFORMED. */
function readAway(header: string | string[] | undefined, depthMax: number): Away {
  const malformed = new Problem('INPUT_MALFORMED', 'The header careledger-away is base64url of {"method", "headers"}.')
  if (typeof header !== 'string') throw malformed
  let value: { readonly method?: unknown; readonly headers?: unknown } | null
  try {
    value = parseJson(fromUtf8(fromBase64url(header)), depthMax) as typeof value
  } catch {
    throw malformed
  }
  const { method, headers } = value ?? {}
  if ((method !== 'GET' && method !== 'POST') || typeof headers !== 'object' || headers === null) throw malformed
  const kept = SENT.flatMap((name): readonly (readonly [string, string])[] => {
    const text = (headers as Record<string, unknown>)[name]
    return typeof text === 'string' && /^[\t\x20-\x7e]{1,16384}$/.test(text) ? [[name, text]] : []
  })
  return { method, headers: Object.fromEntries(kept) }
}

async function handOn({ response }: RouteRequest, url: string, away: Away, body: string | undefined): Promise<void> {
  const gone = new AbortController()
  const late = setTimeout(() => gone.abort(), answerMs)
  response.once('close', () => gone.abort())
  let answer: Response
  try {
    // A redirect would lead to a place that nobody named.
    answer = await fetch(url, { method: away.method, headers: away.headers, redirect: 'error', signal: gone.signal, ...(body === undefined ? {} : { body }) })
  } catch (cause) {
    throw new Problem('UNAVAILABLE', 'The other instance does not answer.', { cause, details: { place: 'elsewhere' } })
  } finally {
    clearTimeout(late)
  }
  const passed = RETURNED.flatMap((name): readonly (readonly [string, string])[] => {
    const text = answer.headers.get(name)
    return text === null ? [] : [[name, text]]
  })
  response.writeHead(200, { ...API_HEADERS, ...Object.fromEntries(passed), 'careledger-away-status': String(answer.status) })
  if (answer.body === null || response.destroyed) return void response.end()
  await pipeline(Readable.fromWeb(answer.body as never), response)
}
