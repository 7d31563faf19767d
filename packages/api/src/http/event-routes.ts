import type { ServerResponse } from 'node:http'
import { eventsChanged } from '@careledger/logic'
import type { z } from 'zod'
import { hospital } from '../contracts/hospital/index.ts'
import { Problem } from '../contracts/problem.ts'
import { toProblem } from '../to-problem.ts'
import { CallContext } from './call-context.ts'
import { identify } from './identify.ts'
import type { Caller } from './identify.ts'
import { sendProblem } from './respond.ts'
import type { RouteRequest } from './route-request.ts'
import { API_HEADERS } from './security-headers.ts'
import type { ServerParts } from './server-parts.ts'

type Page = z.output<typeof hospital.events.read.output>
type Position = string

/**
 * `GET /events[?patient=<handle>]`: server-sent events (WHATWG HTML §9.2) as they happen, read with `fetch`, since the request carries token
 * and proof of possession. `Last-Event-ID` resumes. Each event is what `hospital.events.read` gives at the moment it is sent, so it is
 * decided then. The stream follows its own place in the events and holds no queue: a reader that is slow is simply further behind, and
 * one that takes nothing for `slowMs` is closed. It ends with its token.
 */
export async function handleEvents(route: RouteRequest, server: ServerParts): Promise<void> {
  const { request, response } = route
  if (request.method !== 'GET') return sendProblem(request, response, new Problem('INPUT_MALFORMED', 'Use GET.'), 405)
  let caller: Caller
  let leave: () => void
  try {
    caller = await identify({ request, auth: server.auth, origin: route.origin, path: route.path, actorNeeded: true, now: route.now })
    leave = server.events.take(caller.actor?.key ?? '', server.limits)
  } catch (thrown) {
    const problem = toProblem(thrown)
    return sendProblem(request, response, problem.code === 'BUSY' || problem.code === 'RATE_LIMITED' ? problem : server.chargeFailure(route, problem))
  }
  try {
    await stream(route, server, caller)
  } finally {
    leave()
  }
}

async function stream(route: RouteRequest, server: ServerParts, caller: Caller): Promise<void> {
  const { request, response } = route
  const patient = new URLSearchParams(route.query).get('patient') ?? undefined
  const context = new CallContext(route, server, caller)
  const ended = AbortSignal.any([context.signal, server.stopping, AbortSignal.timeout(Math.max(0, (caller.session?.expires.getTime() ?? 0) - Date.now()))])
  const read = async (after: unknown): Promise<Page> => {
    const operation = server.operations.get(hospital.events.read.name)
    if (operation === undefined) throw new Problem('INPUT_MALFORMED', 'There are no events here.')
    return (await server.invoke(operation, context, { ...(after === undefined ? {} : { after }), ...(patient === undefined ? {} : { patient }) })) as Page
  }
  let page: Page
  try {
    page = await read(request.headers['last-event-id'])
  } catch (thrown) {
    return sendProblem(request, response, toProblem(thrown))
  }
  response.writeHead(200, { ...API_HEADERS, 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  const write = (text: string): Promise<boolean> => writeWithin(response, text, server.limits.slowMs, ended)
  if (!(await write(`retry: 2000\n${start(page)}`))) return
  let position: Position = page.next
  let quietSince = performance.now()
  try {
    while (!ended.aborted) {
      if (!page.more) {
        await eventsChanged(server.parts, position, server.limits.eventHeartbeatMs, ended)
        if (ended.aborted) break
      }
      page = await read(position)
      position = page.next
      if (page.items.length > 0 || page.reset) {
        if (!(await write(frames(page)))) return
        quietSince = performance.now()
      } else if (performance.now() - quietSince >= server.limits.eventHeartbeatMs) {
        if (!(await write(`: still here\nid: ${position}\n\n`))) return
        quietSince = performance.now()
      }
    }
  } catch (thrown) {
    await write(`event: end\ndata: ${JSON.stringify({ code: toProblem(thrown).code })}\n\n`)
  }
  response.end()
}

/** The first frame says where the stream stands, so that a reader who loses it at once comes back to the right place. */
function start(page: Page): string {
  return `event: ready\nid: ${page.next}\ndata: {}\n\n${page.items.length > 0 || page.reset ? frames(page) : ''}`
}

/** The id stands on the last event only: a stream that breaks off in the middle of a page brings the page again. */
function frames({ items, next, reset }: Page): string {
  if (reset) return `event: reset\nid: ${next}\ndata: {}\n\n`
  return items.map((item, place) => `${place === items.length - 1 ? `id: ${next}\n` : ''}data: ${JSON.stringify(item)}\n\n`).join('')
}

/** `false`: the reader is gone or has taken nothing for `withinMs`, and the connection is closed. */
async function writeWithin(response: ServerResponse, text: string, withinMs: number, ended: AbortSignal): Promise<boolean> {
  if (response.destroyed || response.write(text)) return !response.destroyed
  const drained = await new Promise<boolean>((resolve) => {
    const finish = (free: boolean): void => {
      clearTimeout(timer)
      response.off('drain', taken).off('close', gone)
      ended.removeEventListener('abort', gone)
      resolve(free)
    }
    const taken = (): void => finish(true)
    const gone = (): void => finish(false)
    const timer = setTimeout(gone, withinMs)
    response.once('drain', taken).once('close', gone)
    ended.addEventListener('abort', gone, { once: true })
  })
  if (!drained) response.destroy()
  return drained
}
