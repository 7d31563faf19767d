import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as SecureAgent, request as httpsRequest } from 'node:https'
import { backoffMs, sleep } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import { NodeError } from './node-error.ts'
import type { CheckedSettings } from './settings.ts'

/** JSON-RPC to one node. */
export interface NodeRpc {
  /**
   * The `result` of one call. NodeError: see there. A node that is warming up or says that it did not execute the call is asked
   * again for `busyForMs`. `fresh` opens a connection of its own, so that no write falls on one that the node is closing.
   */
  call(method: string, params: readonly unknown[], signal: AbortSignal, options?: { readonly fresh?: boolean }): Promise<unknown>
  /** Ends every connection. */
  close(): void
}

const ANSWER_BYTES_MAX = 256 * 1_048_576
/** Codes of errno(3) and of resolvers with which no connection was made. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'])
/** libevent's own page while the node stops: `http_reject_request_cb` of rpcserver.cpp answers so without queueing the call. */
const STOPPING_PAGE = '<TITLE>503 Service Unavailable</TITLE>'

/**
 * Over `node:http` and not `fetch`, because a client has to end its own connections on close and a write has to get a fresh one.
 * At most `callsMax` calls are in flight: MultiChain's work queue has 16 places by default and answers 503 beyond (rpcserver.cpp,
 * `-rpcworkqueue`).
 */
export function createNodeRpc(settings: CheckedSettings): NodeRpc {
  const url = new URL(settings.url)
  const secure = url.protocol === 'https:'
  const agent = new (secure ? SecureAgent : Agent)({ keepAlive: true, maxSockets: settings.callsMax })
  const slots = createSlots(settings.callsMax, settings.waitingMax)
  let lastId = 0

  async function call(method: string, params: readonly unknown[], signal: AbortSignal, { fresh = false } = {}): Promise<unknown> {
    const end = Date.now() + settings.busyForMs
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await slots.run(signal, () => once(method, params, signal, fresh))
      } catch (error) {
        const again = notExecuted(error) || (!fresh && attempt === 0 && idleCut(error))
        if (!again || Date.now() >= end || signal.aborted) throw error
      }
      await sleep(backoffMs(attempt, { firstMs: 10 }), signal)
    }
  }

  async function once(method: string, params: readonly unknown[], signal: AbortSignal, fresh: boolean): Promise<unknown> {
    const { user, password } = await readLogin(settings)
    const body = JSON.stringify({ id: ++lastId, method, params, chain_name: settings.chain.name })
    const { status, text } = await post(body, `${user}:${password}`, signal, fresh)
    return readAnswer(method, status, text)
  }

  function post(body: string, auth: string, signal: AbortSignal, fresh: boolean): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      let connected = false
      const outgoing = (secure ? httpsRequest : httpRequest)(url, { method: 'POST', headers, auth, signal, agent: fresh ? false : agent }, (answer) => {
        readText(answer).then((text) => resolve({ status: answer.statusCode ?? 0, text }), fail)
      })
      const timer = setTimeout(() => outgoing.destroy(new Error('no answer in time')), settings.timeoutMs)
      outgoing.on('socket', (socket) => {
        if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', () => { connected = true })
        else connected = true
      })
      outgoing.on('error', fail)
      outgoing.on('close', () => clearTimeout(timer))
      outgoing.end(body)

      function fail(error: Error & { code?: unknown }): void {
        const nothingSent = !connected || (typeof error.code === 'string' && NOT_CONNECTED.has(error.code))
        reject(nothingSent
          ? new NodeError({ kind: 'not-connected' }, 'The node could not be reached')
          : new NodeError({ kind: 'cut', idle: outgoing.reusedSocket }, 'The node did not answer'))
      }
    })
  }

  return { call, close: () => agent.destroy() }
}

async function readLogin({ credentials }: CheckedSettings): Promise<{ readonly user: string; readonly password: string }> {
  if (typeof credentials !== 'function') return credentials
  try {
    return await credentials()
  } catch {
    throw new NodeError({ kind: 'not-connected' }, 'The credentials could not be got')
  }
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > ANSWER_BYTES_MAX) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** MultiChain answers with both `result` and `error`, in the manner of JSON-RPC 1.0; refusals of the HTTP layer are plain text. */
function readAnswer(method: string, status: number, text: string): unknown {
  let answer: { readonly result?: unknown; readonly error?: { readonly code?: unknown; readonly message?: unknown } | null }
  try {
    answer = JSON.parse(text) as typeof answer
  } catch {
    const busy = status === 503 && text.startsWith('Work queue depth exceeded')
    if (busy || (status === 503 && text.includes(STOPPING_PAGE))) throw new NodeError({ kind: 'http', code: status, busy: true }, 'The node did not take the call')
    throw new NodeError({ kind: 'http', code: status, busy: false }, `The node answered ${method} with status ${status}`)
  }
  if (answer?.error) {
    const { code, message } = answer.error
    if (typeof code !== 'number') throw new NodeError({ kind: 'malformed' }, `The error of ${method} has no code`)
    throw new NodeError({ kind: 'rpc', code }, String(message))
  }
  if (status !== 200 || answer?.result === undefined) throw new NodeError({ kind: 'malformed' }, `The answer of ${method} has no result`)
  return answer.result
}

/** -28 is RPC_IN_WARMUP (rpcprotocol.h): the call was not executed. */
function notExecuted(error: unknown): boolean {
  if (!(error instanceof NodeError)) return false
  const { failure } = error
  return (failure.kind === 'http' && failure.busy) || (failure.kind === 'rpc' && failure.code === -28)
}

/** A read that fell on a connection which the node had closed for idleness is asked again. */
function idleCut(error: unknown): boolean {
  return error instanceof NodeError && error.failure.kind === 'cut' && error.failure.idle
}

/** `most` at once, `waitingMax` in line; more are LEDGER_UNAVAILABLE. */
function createSlots(most: number, waitingMax: number) {
  const waiting: (() => void)[] = []
  let taken = 0
  async function run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (taken >= most) {
      if (waiting.length >= waitingMax) throw new LedgerError('LEDGER_UNAVAILABLE', 'Too many calls of the node are waiting', { details: { waitingMax } })
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else taken += 1
    try {
      if (signal.aborted) throw new NodeError({ kind: 'not-connected' }, 'The call was ended before it was sent')
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) taken -= 1
      else next()
    }
  }
  return { run }
}
