import { z } from 'zod'
import { RpcError, TransportError } from './rpc-error.ts'

/** One JSON-RPC call. */
export interface RpcCall {
  readonly method: string
  readonly params: readonly unknown[]
}

/** JSON-RPC to one node at a time. Rejects with RpcError, TransportError, or the reason of `signal`. */
export interface Rpc {
  call(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown>
  /** Several calls in one request, so that one node answers them all. Rejects when any of them does. */
  batch(calls: readonly RpcCall[], signal?: AbortSignal): Promise<readonly unknown[]>
}

export interface RpcSettings {
  readonly urls: readonly string[]
  readonly timeoutMs: number
  /** Most requests on their way at once; more wait. */
  readonly requestsMax: number
  /** Called before the first use of a node, and again after it was lost: throws when it is not a node of this ledger. */
  verify?(node: Rpc, signal: AbortSignal | undefined): Promise<void>
}

const answerSchema = z.object({
  id: z.union([z.number(), z.string(), z.null()]).optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }).nullish(),
})

type Answer = z.output<typeof answerSchema>

/** Errors of the connection, before any byte of the request went out: libuv and the names that undici gives. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * JSON-RPC 2.0 over HTTP with the platform's `fetch`. It stays with one node and moves to the next when that gives no answer; a
 * call is tried once at each node. Sending the same signed transaction twice is harmless, so that holds for all calls.
 */
export function createRpc(settings: RpcSettings): Rpc {
  const nodes = settings.urls.map((url) => ({ ...toEndpoint(url), verified: settings.verify === undefined }))
  const gate = createGate(settings.requestsMax)
  let current = 0

  async function run(calls: readonly RpcCall[], signal: AbortSignal | undefined): Promise<readonly Answer[]> {
    let sent = false
    let last: TransportError | undefined
    for (let turn = 0; turn < nodes.length; turn += 1) {
      const node = nodes[current]
      if (node === undefined) break
      try {
        if (!node.verified) {
          await settings.verify?.(rpcOver((inner) => post(node, inner, signal)), signal)
          node.verified = true
        }
        return await post(node, calls, signal)
      } catch (error) {
        if (!(error instanceof TransportError)) throw error
        sent ||= error.sent
        last = error
        node.verified = settings.verify === undefined
        current = (current + 1) % nodes.length
      }
    }
    throw new TransportError(last?.message ?? 'No node is configured', { sent, cause: last })
  }

  function post(node: Endpoint, calls: readonly RpcCall[], signal: AbortSignal | undefined): Promise<readonly Answer[]> {
    return gate(() => exchange(node, calls, settings.timeoutMs, signal), signal)
  }

  return rpcOver(run)
}

function rpcOver(run: (calls: readonly RpcCall[], signal: AbortSignal | undefined) => Promise<readonly Answer[]>): Rpc {
  async function batch(calls: readonly RpcCall[], signal?: AbortSignal): Promise<readonly unknown[]> {
    const answers = await run(calls, signal)
    return calls.map(({ method }, index) => {
      const answer = answers[index]
      if (answer?.error != null) throw new RpcError(method, answer.error)
      return answer?.result
    })
  }
  return { batch, call: async (method, params, signal) => (await batch([{ method, params }], signal))[0] }
}

interface Endpoint {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** Credentials go from the URL into a header: `fetch` refuses them in a URL, and messages must not carry them. */
function toEndpoint(text: string): Endpoint {
  const url = new URL(text)
  const { username, password } = url
  url.username = ''
  url.password = ''
  const authorization = username === '' ? {} : { authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}` }
  return { url: url.href, headers: { 'content-type': 'application/json', ...authorization } }
}

async function exchange(endpoint: Endpoint, calls: readonly RpcCall[], timeoutMs: number, signal: AbortSignal | undefined): Promise<readonly Answer[]> {
  const requests = calls.map((call, index) => ({ jsonrpc: '2.0', id: toRequestId(index), ...call }))
  const timeout = AbortSignal.timeout(timeoutMs)
  const sends = calls.some(({ method }) => method === 'eth_sendRawTransaction')
  try {
    const response = await fetch(endpoint.url, {
      method: 'POST',
      headers: endpoint.headers,
      body: JSON.stringify(requests.length === 1 ? requests[0] : requests),
      redirect: 'error',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    })
    return toAnswers(await response.text(), response.status, calls.length)
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    if (error instanceof TransportError) throw new TransportError(error.message, { sent: sends })
    const cause = (error as { cause?: unknown }).cause
    const code = (cause as { code?: unknown } | undefined)?.code
    throw new TransportError(timeout.aborted ? 'The node did not answer in time' : 'The node could not be reached', {
      sent: sends && (typeof code !== 'string' || !NOT_SENT.has(code)),
      cause: cause ?? error,
    })
  }
}

/** Answers in the order of the calls. A node may answer a batch in any order, and a request that it refused whole with one object. */
function toAnswers(text: string, status: number, count: number): readonly Answer[] {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new TransportError(`The node answered with status ${status} and no JSON`, { sent: true })
  }
  const parsed = z.array(answerSchema).safeParse(Array.isArray(body) ? body : [body])
  if (!parsed.success) throw new TransportError(`The node answered with status ${status} and no JSON-RPC`, { sent: true })
  const answers = parsed.data
  if (answers.length === 1 && answers[0] !== undefined && (count === 1 || answers[0].error != null)) return Array.from({ length: count }, () => answers[0] as Answer)
  const byId = new Map(answers.map((answer) => [Number(answer.id), answer]))
  return Array.from({ length: count }, (_, index) => {
    const answer = byId.get(toRequestId(index))
    if (answer === undefined) throw new TransportError('The node left out an answer of a batch', { sent: true })
    return answer
  })
}

/** From 1: tinyrpc (HydraChain) never answers a request with the id 0. */
function toRequestId(index: number): number {
  return index + 1
}

/** At most `most` works run at once, the others wait in order. The queue is bounded by the kit's queues and pages. */
function createGate(most: number): <T>(work: () => Promise<T>, signal: AbortSignal | undefined) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work, signal) => {
    if (running >= most) await new Promise<void>((resolve) => { waiting.push(resolve) })
    else running += 1
    try {
      if (signal?.aborted === true) throw signal.reason
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
